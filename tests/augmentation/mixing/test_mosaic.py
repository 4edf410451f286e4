"""`Mosaic` draws and makes what Albumentations' does, for all arrays of a sample."""

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest

from seqaug.augmentation.mixing.mosaic import Mosaic, with_all_targets


def samples(rng: np.random.Generator, count: int, channels: int = 3) -> list[dict[str, np.ndarray]]:
    sizes = rng.integers(20, 60, (count, 2))
    images = [rng.integers(0, 256, (*size, channels), np.uint8) for size in sizes]
    return [{"image": image, "mask": rng.integers(0, 4, image.shape[:2], np.uint8)} for image in images]


@pytest.mark.parametrize("fit_mode", ["cover", "contain"])
@pytest.mark.parametrize("seed", range(25))
def test_image_and_mask_are_those_of_albumentations(fit_mode: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = [(2, 2), (2, 2), (3, 1), (1, 2), (3, 3)][seed % 5]
    cell = rng.integers(10, 40, 2).tolist()
    target = [int(rng.integers(8, parts * length + 1)) for parts, length in zip(grid, cell, strict=True)]
    theirs = A.Mosaic(
        grid_yx=grid,
        target_size=tuple(target),
        cell_shape=tuple(cell),
        center_range=(0.0, 1.0),
        fit_mode=fit_mode,
        interpolation=[cv2.INTER_LINEAR, cv2.INTER_NEAREST, cv2.INTER_CUBIC][seed % 3],
        fill=(1, 2, 3),
        fill_mask=9,
        p=1,
    )
    ours = Mosaic(**{name: getattr(theirs, name) for name in theirs.get_transform_init_args_names()})
    own, *others = samples(rng, int(rng.integers(1, 10)))
    results = []
    for mosaic in (theirs, ours):
        mosaic.set_random_seed(seed)
        results.append(mosaic(**own, mosaic_metadata=others))
    for name in own:
        assert np.array_equal(results[0][name], results[1][name])
        assert results[0][name].dtype == results[1][name].dtype


def test_additional_targets_come_from_their_own_arrays() -> None:
    rng = np.random.default_rng(0)
    own, *others = samples(rng, 4)
    for sample in (own, *others):
        sample["left"] = sample["image"].copy()
        sample["instances"] = sample["mask"].astype(np.int32) + 1000
    mosaic = Mosaic(target_size=(40, 50), cell_shape=(40, 50), fit_mode="contain", fill_mask=255, p=1)
    mosaic.add_targets({"left": "image", "instances": "mask"})
    result = mosaic(**own, mosaic_metadata=others)
    assert np.array_equal(result["left"], result["image"])
    is_filled = result["mask"] == 255
    assert is_filled.any()
    assert np.array_equal(result["instances"][~is_filled], result["mask"][~is_filled].astype(np.int32) + 1000)
    assert (result["instances"][is_filled] == 255).all()


def test_a_subclass_of_the_users_own_has_no_way_with_additional_targets() -> None:
    class Own(A.Mosaic):
        pass

    with_all_targets(Own(), [])
    with pytest.raises(ValueError, match=r"^Own puts 'depth' together from images or masks"):
        with_all_targets(Own(), ["depth"])
    plain = A.Mosaic()
    with_all_targets(plain, ["depth"])
    assert type(plain) is Mosaic
