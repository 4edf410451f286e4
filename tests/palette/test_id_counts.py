"""Counts of ids."""

import numpy as np
import pytest

from seqaug.palette.id_counts import IdCounts


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
def test_ids_of_a_mask_and_of_several(dtype: type) -> None:
    one = IdCounts.of(np.array([[0, 0, 9], [3, 0, 9]], dtype))
    assert (one.ids.tolist(), one.pixels.tolist(), one.masks, one.max_distinct) == (
        [0, 3, 9],
        [3, 1, 2],
        1,
        3,
    )
    total = IdCounts.total([one, IdCounts.of(np.array([[7, 9]], dtype))])
    assert (total.ids.tolist(), total.pixels.tolist(), total.masks, total.max_distinct) == (
        [0, 3, 7, 9],
        [3, 1, 1, 3],
        2,
        3,
    )
    assert total.share(9) == 3 / 8
    assert total.share(8) == 0
    assert total.without(9).ids.tolist() == [0, 3, 7]
    assert total.without(9).share(0) == 3 / 5
    assert total.without(None) is total


def test_the_text_of_counts() -> None:
    few = IdCounts.of(np.array([[0, 0, 0, 255]], np.uint8))
    assert str(few) == "it holds 0 (75.0%), 255 (25.0%)"
    many = IdCounts.total([IdCounts.of(np.arange(10)[np.newaxis]), few])
    assert str(many) == (
        "the 2 masks checked hold 0 (28.6%), 1 (7.1%), 2 (7.1%), 3 (7.1%), 4 (7.1%), 5 (7.1%) and 5 more values, "
        "up to 255"
    )
