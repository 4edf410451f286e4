"""The memory of a batch."""

import numpy as np
import pytest

from seqaug.core.alignment import ALIGNMENT
from seqaug.core.batch import Batch

LAYOUT = {"image": ((2, 3, 3), np.dtype(np.float32)), "mask": ((2, 3), np.dtype(np.uint8))}


def test_rows_are_views_of_the_batch() -> None:
    batch = Batch(4)
    for number in (2, 0, 3, 1):
        batch.row(number, LAYOUT, "sample".format)["mask"][...] = number
    assert batch.arrays["mask"].shape == (4, 2, 3)
    assert batch.arrays["image"].dtype == np.float32
    assert batch.arrays["mask"][:, 0, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("other", [((3, 2, 3), np.dtype(np.float32)), ((2, 3, 3), np.dtype(np.uint8))])
def test_unequal_rows_name_two_samples_and_the_remedy(other: tuple[tuple[int, ...], np.dtype]) -> None:
    batch = Batch(4)
    batch.row(0, LAYOUT, "sample 5 (a.png)".format)
    described = "x".join(map(str, other[0]))
    message = (
        r"samples of one batch differ in 'image': 2x3x3 of float32 in sample 5 \(a.png\), "
        rf"{described} of {other[1]} in sample 9 \(b.png\); set image_size=\(height, width\), or add a crop"
    )
    with pytest.raises(ValueError, match=message):
        batch.row(1, {**LAYOUT, "image": other}, "sample 9 (b.png)".format)


@pytest.mark.parametrize("size", [1, 3])
def test_arrays_are_aligned_so_that_frameworks_need_no_copy(size: int) -> None:
    batch = Batch(size)
    batch.row(0, LAYOUT, "a sample".format)
    assert [array.ctypes.data % ALIGNMENT for array in batch.arrays.values()] == [0, 0]
    assert [array.shape for array in batch.arrays.values()] == [(size, 2, 3, 3), (size, 2, 3)]


def test_received_rows_are_not_copied_if_they_are_the_whole_batch() -> None:
    batch, arrays = Batch(2), {"image": np.arange(8.0).reshape(2, 4)}
    arrays["image"].flags.writeable = False
    batch.add_rows([0, 1], arrays, "a".format)
    assert batch.arrays["image"] is arrays["image"]
    batch.add_rows([1], {"image": np.full((1, 4), 9.0)}, "b".format)
    assert batch.arrays["image"].tolist() == [[0, 1, 2, 3], [9, 9, 9, 9]]
    assert arrays["image"][1, 0] == 4


def test_received_rows_at_an_odd_address_are_aligned() -> None:
    memory = np.zeros(65, np.uint8)
    batch = Batch(2)
    batch.add_rows([0, 1], {"image": memory[1:].view(np.float32).reshape(2, 8)}, "a".format)
    assert batch.arrays["image"].flags.aligned


def test_received_rows_that_differ_name_both_samples() -> None:
    batch = Batch(2)
    batch.add_rows([0], {"image": np.zeros((1, 4))}, "a".format)
    with pytest.raises(ValueError, match=r"differ in 'image': 4 of float64 in a, 5 of float64 in b"):
        batch.add_rows([1], {"image": np.zeros((1, 5))}, "b".format)
