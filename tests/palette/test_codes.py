"""Colours as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from seqaug.palette.codes import distinct, pack, unpack


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_unpack_undoes_pack_and_order_is_kept(count: int) -> None:
    colors = np.random.default_rng(count).integers(0, 256, (count, 3), dtype=np.uint8)
    codes = pack(colors)
    assert np.array_equal(unpack(codes), colors)
    assert np.array_equal(unpack(np.sort(codes)), colors[np.lexsort(colors.T[::-1])])
    assert (codes > 0).all()


@pytest.mark.parametrize("values", [[], [7], [7, 7, 7], [3, 3, 1, 2, 2, 1, 3], [1, 2, 3, 4]])
def test_distinct_is_what_occurs(values: list[int]) -> None:
    assert distinct(np.array(values, np.uint32)).tolist() == sorted(set(values))
