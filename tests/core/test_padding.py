"""Rows of unequal sizes, padded to one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.core.alignment import ALIGNMENT
from seqaug.core.batch import Batch
from seqaug.core.padding import Padding

SIZES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=5)


def rows_of(sizes: list[tuple[int, int]], *, channels_first: bool) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(len(sizes))
    shapes = [(3, *size) if channels_first else (*size, 3) for size in sizes]
    return [
        {
            "image": rng.random(shape, np.float32),
            "mask": rng.integers(0, 3, size, np.uint8),
            "number": np.array(number),
        }
        for number, (shape, size) in enumerate(zip(shapes, sizes, strict=True))
    ]


@given(SIZES, st.integers(1, 8), st.booleans())
def test_rows_lie_at_the_top_left_of_what_is_filled(
    sizes: list[tuple[int, int]], multiple: int, channels_first: bool
) -> None:
    rows = rows_of(sizes, channels_first=channels_first)
    arrays = Padding(multiple, {"image": 0.0, "mask": 255.0}, channels_first).stacked(rows)
    height, width = arrays["mask"].shape[1:]
    for given_size, size in ((height, max(h for h, _ in sizes)), (width, max(w for _, w in sizes))):
        assert given_size % multiple == 0
        assert size <= given_size < size + multiple
    assert arrays["number"].tolist() == list(range(len(sizes)))
    for number, (row, (h, w)) in enumerate(zip(rows, sizes, strict=True)):
        mask = np.full((height, width), 255)
        mask[:h, :w] = row["mask"]
        assert np.array_equal(arrays["mask"][number], mask)
        image = np.zeros((height, width, 3))
        image[:h, :w] = np.moveaxis(row["image"], 0, -1) if channels_first else row["image"]
        shown = arrays["image"][number]
        assert np.array_equal(np.moveaxis(shown, 0, -1) if channels_first else shown, image)
    assert {name: array.dtype for name, array in arrays.items()} == {
        "image": np.float32,
        "mask": np.uint8,
        "number": int,
    }
    assert [arrays[name].ctypes.data % ALIGNMENT for name in ("image", "mask")] == [0, 0]


def test_what_an_array_cannot_hold_is_an_error() -> None:
    message = "pad_batches= fills 'mask' with 65535.0, which uint8 cannot hold; expected a wider dtype"
    with pytest.raises(ValueError, match=message):
        Padding(1, {"mask": 65_535.0}).stacked(rows_of([(2, 3)], channels_first=False))


@pytest.mark.parametrize(
    "other", [{"image": ((3, 3, 4), np.dtype(np.float32))}, {"image": ((3, 3, 3), np.dtype(np.uint8))}]
)
def test_channels_and_dtypes_must_be_equal(other: Any) -> None:
    batch = Batch(2, Padding(1, {"image": 0.0}))
    batch.row(0, {"image": ((2, 2, 3), np.dtype(np.float32))}, "sample 5".format)
    batch.row(1, {"image": ((9, 8, 3), np.dtype(np.float32))}, "sample 6".format)
    with pytest.raises(ValueError, match=r"differ in 'image': .* in sample 5, .* in sample 9; pad_batches= makes"):
        batch.row(1, other, "sample 9".format)
