"""`MixUp` averages images."""

import albumentations as A  # noqa: N812
import numpy as np
import pytest

from seqaug import MixUp, SegmentationSequence


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_average_of_two_images(dtype: type) -> None:
    own, other = np.full((8, 8, 3), 40, dtype), np.full((6, 9, 3), 140, dtype)
    composition = A.Compose([MixUp(alpha=1, p=1)], seed=0)
    weights = []
    for _ in range(100):
        image = composition(image=own, partners=[{"image": other}])["image"]
        assert image.dtype == dtype
        assert image.shape == (8, 8, 3)
        weights.append((float(image[0, 0, 0]) - 40) / 100)
        shares = composition[0].label_shares(composition[0].params)
        assert abs(shares[0] - weights[-1]) <= 0.006
    assert min(weights) < 0.1
    assert max(weights) > 0.9


def test_small_alpha_leaves_one_image_nearly_alone() -> None:
    transform = MixUp(alpha=0.05, p=1)
    drawn = [transform.get_params_dependent_on_data({}, {})["weight"] for _ in range(200)]
    assert np.mean([0.05 < weight < 0.95 for weight in drawn]) < 0.3


def test_masks_have_no_average() -> None:
    image, mask = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8)
    with pytest.raises(ValueError, match="MixUp averages images, and ids of classes in masks have no average"):
        A.Compose([MixUp(p=1)])(image=image, mask=mask, partners=[{"image": image, "mask": mask}])
    with pytest.raises(ValueError, match="MixUp averages images, and ids of classes in masks have no average"):
        SegmentationSequence([image] * 3, [mask] * 3, num_classes=2, transform=A.OneOf([MixUp(), A.VerticalFlip()]))
    with pytest.raises(ValueError, match="alpha=0; expected a number above 0"):
        MixUp(alpha=0)
