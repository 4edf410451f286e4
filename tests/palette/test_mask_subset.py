"""Fixed subsets of masks."""

import numpy as np
import pytest

from seqaug.palette.mask_subset import MaskSubset


@pytest.mark.parametrize(
    ("num_samples", "loaded"),
    [(1, [0]), (2, [0, 1]), (8, [0, 1, 2, 3, 4, 5, 6, 7]), (71, [0, 10, 20, 30, 40, 50, 60, 70])],
)
def test_masks_are_evenly_spaced(num_samples: int, loaded: list[int]) -> None:
    mask_subset = MaskSubset(lambda index: np.array([[index]]), num_samples)
    assert [int(mask[0, 0]) for mask in mask_subset.masks()] == loaded


def test_ids_are_counted_once_and_failures_are_skipped() -> None:
    loaded = []

    def load(index: int) -> np.ndarray:
        loaded.append(index)
        if index == 1:
            raise OSError
        shapes = {2: (2, 2, 3), 3: (2, 2, 1), 4: (0, 2)}
        return np.ones(shapes.get(index, (2, 2)), np.float32 if index == 5 else np.uint8)

    mask_subset = MaskSubset(load, 7)
    for _ in range(2):
        assert [count.pixels.tolist() for count in mask_subset.ids()] == [[4], [4], [4]]
    assert loaded == [0, 1, 2, 3, 4, 5, 6]
