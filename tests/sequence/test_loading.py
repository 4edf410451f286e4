"""What a subclass's `load` draws: from `rng`, reproducibly, or from global state, with a warning."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import albumentations as A  # noqa: N812
import cloudpickle
import numpy as np
import pytest
from small_pairs import Pairs

from seqaug import ClassificationSequence, SegmentationSequence
from seqaug.core.rng import load_generator, sample_generators

# Workers cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

SIZE = (8, 8)


def drawn_pair(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {"image": rng.integers(0, 256, SIZE, np.uint8), "mask": rng.integers(0, 2, SIZE, np.uint8)}


class Drawing(SegmentationSequence):
    """Samples that are drawn."""

    def load(self, index: int, rng: np.random.Generator) -> dict[str, np.ndarray]:  # type: ignore[override]
        return drawn_pair(rng)


class DrawingImages(ClassificationSequence):
    """Images that are drawn."""

    def load(self, index: int, *, rng: np.random.Generator) -> dict[str, np.ndarray]:  # type: ignore[override]
        return {"image": drawn_pair(rng)["image"]}


@contextmanager
def engine(kind: str) -> Iterator[dict[str, Any]]:
    with ThreadPoolExecutor(2) as pool:
        yield {
            "inline": {"workers": 0},
            "threads": {"workers": 3},
            "processes": {"workers": 2, "use_multiprocessing": True},
            "executor": {"executor": pool},
        }[kind]


ENGINES = ["inline", "threads", "processes", "executor"]


def drawing(**arguments: Any) -> Drawing:
    return Drawing(**{"num_samples": 5, "num_classes": 2, "batch_size": 2, "rescale": None, "seed": 4, **arguments})


# With a generator


@pytest.mark.parametrize("kind", ENGINES)
def test_rng_is_made_of_seed_epoch_and_position(kind: str) -> None:
    with engine(kind) as settings, drawing(**settings) as sequence:
        for epoch in range(2):
            sequence.set_epoch(epoch)
            x, y = (np.concatenate(part) for part in zip(*sequence, strict=True))
            for position in range(5):
                expected = drawn_pair(load_generator(4, epoch, position))
                assert np.array_equal(x[position, ..., 0], expected["image"])
                assert np.array_equal(y[position], expected["mask"])


def test_images_with_labels_draw_the_same() -> None:
    sequence = DrawingImages(labels=[0, 1, 0], num_samples=3, rescale=None, seed=4)
    assert np.array_equal(sequence[0][0][2, ..., 0], drawn_pair(load_generator(4, 0, 2))["image"])


def test_augmentation_draws_as_without(pairs: Pairs) -> None:
    class Plain(SegmentationSequence):
        def load(self, index: int) -> dict[str, np.ndarray]:
            return dict(super().load(index))

    class Takes(SegmentationSequence):
        def load(self, index: int, rng: Any = None) -> dict[str, np.ndarray]:
            rng.random(100)
            return dict(super().load(index))

    transform = A.Compose([A.RandomCrop(16, 16), A.D4(), A.RandomBrightnessContrast()])
    for epoch in range(2):
        batches = []
        for made in (SegmentationSequence, Plain, Takes):
            sequence = made(pairs.pixels, pairs.ids, transform=transform)
            sequence.set_epoch(epoch)
            batches.append(sequence[0])
        for x, y in batches[1:]:
            assert np.array_equal(x, batches[0][0])
            assert np.array_equal(y, batches[0][1])


def test_loading_and_augmenting_draw_from_streams_of_their_own() -> None:
    assert load_generator(0, 1, 2).random() != sample_generators(0, 1, 2)[0].random()


def test_statistics_know_the_position_of_the_index() -> None:
    sequence = drawing()
    expected = [int((drawn_pair(load_generator(4, 0, index))["mask"] == 1).sum()) for index in range(5)]
    assert sequence.class_statistics().pixels[1] == sum(expected)


def test_a_preview_shows_what_is_drawn_at_the_position() -> None:
    pytest.importorskip("matplotlib")
    sequence = drawing(shuffle=False)
    assert sequence.preview(index=2).png == sequence.preview(index=2).png


def test_what_is_drawn_is_not_cached(tmp_path: Any) -> None:
    for cache in ("memory", tmp_path / "cache"):
        with pytest.raises(
            ValueError, match=r"^cache=.* beside load\(self, index, rng\), whose first draw it would keep"
        ):
            drawing(cache=cache)


def test_a_load_that_cannot_be_called() -> None:
    class Generator(SegmentationSequence):
        def load(self, index: int, generator: Any) -> Any:  # type: ignore[override]
            return drawn_pair(generator)

    class Nothing(SegmentationSequence):
        def load(self) -> Any:  # type: ignore[override]
            return {}

    for made in (Generator, Nothing):
        with pytest.raises(TypeError, match=r"^load\(self.*\) cannot be called with an index alone; expected "):
            made(num_samples=2)


# From global state


class FromNumpy(SegmentationSequence):
    """Draws from NumPy's global state."""

    def load(self, index: int) -> dict[str, np.ndarray]:
        return {"image": np.random.randint(0, 256, SIZE, np.uint8), "mask": np.zeros(SIZE, np.uint8)}  # noqa: NPY002


class FromPython(SegmentationSequence):
    """Draws from Python's global state."""

    def load(self, index: int) -> dict[str, np.ndarray]:
        return {"image": np.full(SIZE, random.randrange(256), np.uint8), "mask": np.zeros(SIZE, np.uint8)}


class Seeding(SegmentationSequence):
    """Seeds NumPy's global state, which other threads use at the same time."""

    def load(self, index: int) -> dict[str, np.ndarray]:
        np.random.seed(index)  # noqa: NPY002
        return {"image": np.random.randint(0, 256, SIZE, np.uint8), "mask": np.zeros(SIZE, np.uint8)}  # noqa: NPY002


@pytest.mark.parametrize("kind", ENGINES)
@pytest.mark.parametrize(
    ("made", "where"), [(FromNumpy, r"np\.random"), (FromPython, "random"), (Seeding, r"np\.random")]
)
def test_global_state_is_noticed_once(kind: str, made: type[SegmentationSequence], where: str) -> None:
    with engine(kind) as settings, made(num_samples=4, num_classes=2, batch_size=2, **settings) as sequence:
        with pytest.warns(UserWarning, match=rf"^load\(\) draws from the global {where}, .*load\(self, index, rng\)"):
            sequence[0]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            sequence[1]


def test_a_load_that_draws_nothing_is_not_warned_of(pairs: Pairs) -> None:
    class Plain(SegmentationSequence):
        def load(self, index: int) -> dict[str, np.ndarray]:
            return dict(super().load(index))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Plain(pairs.pixels, pairs.ids)[0]
        drawing()[0]
