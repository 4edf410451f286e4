"""`ClassMix` pastes half of another sample's classes."""

from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest

from seqaug import ClassMix


def mixed(own: np.ndarray, other: np.ndarray, **arguments: Any) -> np.ndarray:
    """Mix masks that are fed as images too."""
    composition = A.Compose([ClassMix(p=1, **arguments)], seed=3)
    partners = [{"image": other[..., np.newaxis], "mask": other}]
    result = composition(image=own[..., np.newaxis], mask=own, partners=partners)
    assert np.array_equal(result["image"][..., 0], result["mask"])
    return result["mask"]


@pytest.mark.parametrize(("classes", "pasted"), [(1, 1), (2, 1), (3, 2), (4, 2), (7, 4)])
def test_half_of_the_classes_are_pasted_where_they_are(classes: int, pasted: int) -> None:
    other = np.random.default_rng(classes).integers(10, 10 + classes, (30, 40)).astype(np.uint8)
    other[:, ::2] = np.arange(10, 10 + classes)[np.arange(30) % classes, np.newaxis]
    result = mixed(np.zeros((30, 40), np.uint8), other)
    found = set(np.unique(result)) - {0}
    assert len(found) == pasted
    assert np.array_equal(result != 0, np.isin(other, list(found)))
    assert np.array_equal(result[result != 0], other[result != 0])


def test_ignored_pixels_are_not_pasted() -> None:
    other = np.full((8, 8), 255, np.uint8)
    assert not mixed(np.zeros((8, 8), np.uint8), other, ignore_index=255).any()
    other[0] = 3
    assert set(np.unique(mixed(np.zeros((8, 8), np.uint8), other, ignore_index=255))) == {0, 3}


def test_sizes_may_differ() -> None:
    result = mixed(np.zeros((20, 8), np.uint8), np.full((8, 20), 4, np.uint8))
    assert (result == 4).sum() == 64


def test_masks_that_hold_no_ids() -> None:
    one_hot = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match=r"the mask is uint8 of shape \(8, 8, 3\); expected integer class ids"):
        A.Compose([ClassMix(p=1)])(image=one_hot, mask=one_hot, partners=[{"image": one_hot, "mask": one_hot}])
    with pytest.raises(ValueError, match="mask"):
        A.Compose([ClassMix(p=1)])(image=one_hot, partners=[{"image": one_hot}])
