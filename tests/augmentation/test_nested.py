"""Nested transforms are found and seeded, wherever a transform holds them."""

from __future__ import annotations

from functools import partial
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.nested import nested_transforms
from seqaug.core.rng import sample_generators


class Holder(A.ImageOnlyTransform):
    """Keeps a composition somewhere, and applies it to images."""

    def __init__(self, held: Any, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.held = held

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        changed: np.ndarray = inner_of(self.held)(image=img)["image"]
        return changed


class Policy:
    """Holds a composition, but is not a transform."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.itself = self

    def run(self) -> Any:
        return self.inner


def inner_of(held: Any) -> Any:
    if isinstance(held, dict):
        return held["inner"]
    if isinstance(held, list):
        return held[0][0]
    if isinstance(held, partial):
        return held.args[0]
    if isinstance(held, Policy):
        return held.inner
    if isinstance(held, A.BaseCompose | A.BasicTransform):
        return held
    return held()


def noise() -> Any:
    return A.Compose([A.RandomBrightnessContrast(p=0.5), A.OneOf([A.GaussNoise(p=1), A.RandomGamma(p=1)], p=0.7)])


HELD = {
    "composition": lambda: noise(),
    "transform": lambda: A.RandomBrightnessContrast(p=1),
    "one of": lambda: A.OneOf([A.GaussNoise(p=1), A.RandomGamma(p=1)], p=0.7),
    "list": lambda: [(noise(),)],
    "dict": lambda: {"inner": noise()},
    "partial": lambda: partial(inner_of, noise()),
    "object": lambda: Policy(noise()),
    "method": lambda: Policy(noise()).run,
    "holder": lambda: Holder(noise()),
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_a_sample_made_twice_is_the_same_wherever_a_composition_is_held(held: Any) -> None:
    image = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    transform = A.Compose([A.OneOf([Holder(held())], p=1), A.HorizontalFlip()])
    one, other = (
        Augmenter(transform, {}, None, None, has_mask=False),
        Augmenter(transform, {}, None, None, has_mask=False),
    )
    made = [one({"image": image}, partial(sample_generators, 0, 0, number))["image"] for number in range(12)]
    for number in reversed(range(12)):
        again = other({"image": image}, partial(sample_generators, 0, 0, number))["image"]
        assert np.array_equal(again, made[number])
    assert len({image.tobytes() for image in made}) > 4


def test_nested_transforms_are_listed_once() -> None:
    inner = noise()
    holder = Holder([(inner,)])
    holder.again, holder.leaf, holder.number = inner, inner.transforms[0], np.arange(3)
    composition = A.Compose([holder, A.HorizontalFlip()])
    assert nested_transforms(composition) == [composition, inner]
    plain = A.Compose([A.HorizontalFlip(), A.SomeOf([A.Transpose(), A.D4()], n=1)], bbox_params=None)
    assert nested_transforms(plain) == [plain]
