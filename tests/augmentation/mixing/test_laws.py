"""No label is invented, and image and mask stay together, whatever is mixed and moved in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from strategies import GEOMETRIC

from seqaug import ClassMix, CopyPaste, CutMix
from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.mixing.handover import PartnerSample, PartnerSource
from seqaug.core.rng import sample_generators

LABELS = (3, 7, 200)
EXACT = {"interpolation": cv2.INTER_NEAREST}

MIXING: dict[str, Callable[[], Any]] = {
    "mosaic": lambda: A.Mosaic(target_size=(48, 64), cell_shape=(40, 56), p=0.8, **EXACT),
    "mosaic_filled": lambda: A.Mosaic(
        grid_yx=(2, 3), target_size=(64, 96), cell_shape=(40, 56), fit_mode="contain", p=0.8, **EXACT
    ),
    "cutmix": lambda: CutMix(area=(0.1, 0.9), p=0.8),
    "classmix": lambda: ClassMix(p=0.8),
    "copy_paste": lambda: CopyPaste(p=0.8, **EXACT),
    "copy_paste_large": lambda: CopyPaste([7, 200], objects=(3, 6), scale=(0.3, 3), p=0.8, **EXACT),
}


def label_map(seed: int) -> np.ndarray:
    """Make a mask of rectangles and void, of some size."""
    rng = np.random.default_rng(seed)
    height, width = 48 + 8 * rng.integers(0, 4), 64 + 8 * rng.integers(0, 4)
    coarse = rng.choice([*LABELS, 255], (height // 8, width // 8), p=[0.5, 0.2, 0.2, 0.1]).astype(np.uint8)
    return coarse.repeat(8, 0).repeat(8, 1)


def any_mixing_composition(seed: int) -> A.Compose:
    """Create a composition of mixing and geometric transforms, nested or not."""
    rng = random.Random(seed)

    def part(depth: int = 0) -> Any:
        nest = rng.randrange(7) if depth < 2 else 6
        if nest < 3:
            parts = [part(depth + 1) for _ in range(rng.randint(1, 3))]
            kind = (A.OneOf, A.Sequential, partial(A.SomeOf, n=len(parts), replace=True))[nest]
            return kind(parts, p=0.8)
        kinds = MIXING if rng.random() < 0.6 else GEOMETRIC
        return kinds[rng.choice(list(kinds))]()

    return A.Compose([part() for _ in range(rng.randint(1, 4))])


def source(seed: int, transform: Augmenter) -> PartnerSource:
    def sample(number: int) -> dict[str, np.ndarray]:
        mask = label_map(number)
        return {"image": mask[..., np.newaxis], "mask": mask, "again": mask[..., np.newaxis], "more": mask}

    def draw(place: int, call: int) -> list[PartnerSample]:
        numbers = [hash((seed, place, call, number)) % 10**6 for number in range(9)]
        count = transform.partner_requests[place].number
        return [
            PartnerSample(
                number,
                partial("sample {}".format, number),
                partial(sample, number),
                LABELS[number % 3] if number % 2 else None,
            )
            for number in numbers[:count]
        ]

    return PartnerSource(draw)


def check(seed: int) -> None:
    """Mix and move masks that are fed as images too."""
    augmenter = Augmenter(any_mixing_composition(seed), {"again": "image", "more": "mask"}, 255, 201)
    mask = label_map(seed + 10**7)
    given = {"image": mask[..., np.newaxis], "mask": mask, "again": mask[..., np.newaxis], "more": mask}
    generators = partial(sample_generators, seed, 0, 0)
    result = augmenter(given, generators, None, source(seed, augmenter))
    assert set(np.unique(result["mask"])) <= {*LABELS, 255}
    kept = result["mask"] != 255
    assert np.array_equal(result["image"][..., 0][kept], result["mask"][kept])
    assert np.array_equal(result["again"], result["image"])
    assert np.array_equal(result["more"], result["mask"])
    again = augmenter(given, generators, None, source(seed, augmenter))
    assert all(again[name].tobytes() == result[name].tobytes() for name in result)


@pytest.mark.parametrize("seed", range(40))
def test_no_label_is_invented_and_image_and_mask_stay_together(seed: int) -> None:
    check(seed)
