"""The first sample is recomputed, and the cause of a difference is named."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable
from typing import Any

import albumentations as A  # noqa: N812
import cloudpickle
import numpy as np
import pytest
from engine_settings import ENGINES
from small_pairs import COLORS, Pairs

from seqaug import Palette, SegmentationSequence, SeqaugWarning
from seqaug.sequence.first_batch import FirstBatchChecks
from seqaug.sequence.repeating import RepeatingCheck

# Workers cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PALETTE = Palette(COLORS, ignore=("void",))


class Global(A.ImageOnlyTransform):
    """Draws from the global state."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        return img // 2 + np.random.randint(0, 100, img.shape, np.uint8)  # noqa: NPY002


class Own(A.DualTransform):
    """Has a generator of its own, unseeded, and tosses a coin."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.own_rng = random.Random(7)

    def get_params(self) -> dict[str, Any]:
        return {"shift": self.own_rng.randrange(4)}

    def apply(self, img: np.ndarray, shift: int = 0, **params: Any) -> np.ndarray:
        return np.ascontiguousarray(np.roll(img, shift, 1))


class Counting(A.ImageOnlyTransform):
    """Keeps state between samples."""

    count = 0

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        self.count += 1
        return img // 2 + np.uint8(self.count)


class Held(A.ImageOnlyTransform):
    """Keeps a composition, as it should."""

    def __init__(self, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.inner = A.Compose([A.RandomBrightnessContrast(p=1), A.GaussNoise(p=0.5)])

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        changed: np.ndarray = self.inner(image=img)["image"]
        return changed


class AsItShould(A.ImageOnlyTransform):
    """Draws from its own generators, and leaves NaN in float images."""

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        noisy = img / np.float32(255) + self.random_generator.random(img.shape, np.float32)
        noisy[0, 0] = np.nan
        return noisy.astype(np.float32)


class SomeOfItsOwn(A.Compose):
    """A composition that skips transforms by a random number of its own."""

    own_rng = np.random.default_rng(1)

    def __call__(self, *args: Any, **data: Any) -> Any:
        return super().__call__(**data) if self.own_rng.random() < 0.5 else data


def noisy(image: np.ndarray, **params: Any) -> np.ndarray:
    return image // 2 + np.random.default_rng().integers(0, 100, image.shape, np.uint8)


def warnings_of(make: Callable[[], SegmentationSequence]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sequence = make()
        with sequence:
            list(sequence)
            list(sequence)
    return [str(warning.message) for warning in caught if issubclass(warning.category, SeqaugWarning)]


def of(pairs: Pairs, transform: Any, **arguments: Any) -> Callable[[], SegmentationSequence]:
    settings = {"palette": PALETTE, "batch_size": 3, "workers": 0, **arguments}
    return lambda: SegmentationSequence(pairs.images, pairs.masks, transform=transform, **settings)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_transform_that_draws_from_global_state_is_named_once(pairs: Pairs, engine: dict[str, Any]) -> None:
    transform = A.Compose([A.HorizontalFlip(), A.OneOf([Global(p=1)], p=1), A.RandomGamma()])
    (message,) = warnings_of(of(pairs, transform, **engine))
    assert message.startswith("Global gave a different result when the first sample (")
    assert pairs.images[0].rpartition("/")[0] in message
    assert "draw from self.py_random and self.random_generator, not from np.random" in message


@pytest.mark.parametrize(
    ("transform", "name"),
    [
        (A.Compose([A.OneOf([Own(p=0.01), A.NoOp()], p=0.01)]), "Own"),
        (A.Compose([Counting(p=1)]), "Counting"),
        (A.Compose([A.Lambda(image=noisy, p=0.01)]), "Lambda(image=noisy)"),
        (A.Compose([Global(p=0.1), A.SomeOf([Own()], n=1)]), "Global, Own"),
        (A.Compose([SomeOfItsOwn([A.InvertImg(p=1)], p=1)]), "SomeOfItsOwn"),
    ],
)
def test_rare_and_unusual_ones_are_named_too(pairs: Pairs, transform: Any, name: str) -> None:
    (message,) = warnings_of(of(pairs, transform))
    assert message.startswith(f"{name} gave a different result")


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_transforms_with_their_own_generators_are_not_warned_of(pairs: Pairs, engine: dict[str, Any]) -> None:
    transform = A.Compose(
        [Held(), A.HorizontalFlip(), A.GaussNoise(p=1), A.OneOf([AsItShould(p=1), A.ToFloat(p=1)], p=1)]
    )
    states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert warnings_of(of(pairs, transform, **engine)) == []
    assert warnings_of(of(pairs, None, **engine)) == []
    assert states == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


class Loaded(SegmentationSequence):
    """Loads unseeded noise."""

    def load(self, index: int) -> dict[str, np.ndarray]:
        sample = dict(super().load(index))
        sample["image"] = np.random.default_rng().integers(0, 256, sample["image"].shape, np.uint8)
        return sample


class LoadedAlike(SegmentationSequence):
    """Loads the same sample each time."""

    def load(self, index: int) -> dict[str, np.ndarray]:
        return dict(super().load(index))


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_load_that_draws_is_named(pairs: Pairs, engine: dict[str, Any]) -> None:
    transform = A.Compose([Held()])
    (message,) = warnings_of(lambda: Loaded(pairs.images, pairs.masks, palette=PALETTE, transform=transform, **engine))
    assert message.startswith("load() returns different arrays each time that it loads sample ")
    assert (
        warnings_of(lambda: LoadedAlike(pairs.images, pairs.masks, palette=PALETTE, transform=transform, **engine))
        == []
    )


def test_a_batch_from_another_machine_is_compared(pairs: Pairs) -> None:
    sequence = of(pairs, A.Compose([A.HorizontalFlip()]))()
    batch = sequence._loader.batch(0, 0)
    batch["image"] = batch["image"].copy()
    batch["image"][0, 1, 2] += 1 / 255
    sequence._first_batch_checks = FirstBatchChecks(sequence._pipeline, [RepeatingCheck(sequence._pipeline)])
    with pytest.warns(
        SeqaugWarning, match="differs between the batch and this process: 3 of 2,304 values of 'image' differ"
    ):
        sequence._first_batch_checks.check(batch, sequence._loader, 0, 0)
