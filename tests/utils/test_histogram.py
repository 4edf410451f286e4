"""Pixel counts of labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seqaug.utils import histogram
from seqaug.utils.histogram import label_histogram

shapes = hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=9)
masks = st.sampled_from([np.uint8, np.uint16]).flatmap(lambda dtype: hnp.arrays(dtype, shapes))


@given(masks)
def test_counts_equal_numpys(mask: np.ndarray) -> None:
    counts = label_histogram(mask)
    assert counts.dtype == np.int64
    assert np.array_equal(counts, np.bincount(mask.ravel(), minlength=256**mask.itemsize))


def test_large_masks_are_counted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histogram, "_EXACT", 10)
    mask = np.arange(99, dtype=np.uint8).reshape(9, 11)[:, ::-1] % 4
    assert label_histogram(mask)[:4].tolist() == [25, 25, 25, 24]
