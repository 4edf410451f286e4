"""Copies of a sequence, in this process and in others: they work, with workers of their own."""

from __future__ import annotations

import copy
import multiprocessing
import operator
import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cloudpickle
import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import ClassificationSequence, ClassUniform, ClassWeights, Palette, SegmentationSequence
from seqaug.engines.serialization import pickle_for_workers

# Workers cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PALETTE = Palette(COLORS, ignore=("void",))

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda sequence: pickle.loads(pickle.dumps(sequence)),
    "cloudpickle": lambda sequence: cloudpickle.loads(cloudpickle.dumps(sequence)),
}


def make(pairs: Pairs, **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {
        "palette": PALETTE,
        "batch_size": 4,
        "workers": 0,
        "seed": 3,
        "transform": A.Compose([A.RandomCrop(16, 16), A.D4(), A.Rotate(20), A.RandomBrightnessContrast()]),
    }
    return SegmentationSequence(pairs.images, pairs.masks, **{**settings, **arguments})


def as_bytes(sequence: Any) -> list[tuple[bytes, ...]]:
    return [tuple(part.tobytes() for part in batch) for batch in sequence]


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"workers": 2},
        {"workers": 2, "use_multiprocessing": True, "cache": "memory"},
        {"cache": "folder"},
        {"oversample": ClassUniform(), "class_weights": ClassWeights("inverse", of="drawn"), "samples_per_epoch": 8},
    ],
    ids=lambda arguments: "-".join(arguments) or "plain",
)
def test_a_copy_gives_the_same_batches(pairs: Pairs, tmp_path: Path, way: str, arguments: dict[str, Any]) -> None:
    if arguments.get("cache") == "folder":
        arguments = {**arguments, "cache": tmp_path / "cache"}
    with make(pairs, **arguments) as sequence:
        sequence.set_epoch(2)
        before = as_bytes(sequence)
        with COPIES[way](sequence) as twin:
            assert twin.epoch == 2
            assert twin.state_dict() == sequence.state_dict()
            assert as_bytes(twin) == before
            twin.set_epoch(5)
            assert sequence.epoch == 2
            again = COPIES[way](twin)
            assert again.epoch == 5
            assert [sample.image for sample in again.samples] == pairs.images
            again.close()
        assert as_bytes(sequence) == before


@pytest.mark.parametrize("way", COPIES)
def test_copies_are_closed_separately(pairs: Pairs, way: str) -> None:
    sequence = make(pairs, workers=2)
    before = as_bytes(sequence)
    twin = COPIES[way](sequence)
    assert twin._engine is not sequence._engine
    sequence.close()
    assert as_bytes(twin) == before
    twin.close()


class Own(SegmentationSequence):
    """Loads samples itself, brighter by an attribute of the instance."""

    def __init__(self, added: int, **arguments: Any) -> None:
        self.added = added
        super().__init__(num_samples=5, num_classes=2, **arguments)

    def load(self, index: int) -> dict[str, np.ndarray]:
        return {"image": np.full((8, 8), index + self.added, np.uint8), "mask": np.zeros((8, 8), np.uint8)}


class Reduced(Own):
    """Leaves an attribute out of its state and restores it, as one with an open file does."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(1, **arguments)
        self.file: Any = lambda: None

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "file": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.file = "opened"


@pytest.mark.parametrize("way", COPIES)
def test_a_subclass_loads_with_the_copy(way: str) -> None:
    sequence = Own(10, shuffle=False, rescale=None, workers=1)
    twin = COPIES[way](sequence)
    twin.added = 20
    assert twin[0][0][:, 0, 0, 0].tolist() == [20, 21, 22, 23, 24]
    assert sequence[0][0][:, 0, 0, 0].tolist() == [10, 11, 12, 13, 14]
    twin.close()
    sequence.close()


def test_a_subclass_may_define_how_it_is_pickled() -> None:
    for workers in (0, 1):
        sequence = Reduced(shuffle=False, rescale=None, workers=workers, use_multiprocessing=bool(workers))
        twin = pickle.loads(pickle.dumps(sequence))
        assert twin.file == "opened"
        for each in (sequence, twin):
            assert each[0][0][:, 0, 0, 0].tolist() == [1, 2, 3, 4, 5]
            each.close()


@pytest.mark.parametrize("way", COPIES)
def test_images_with_labels(pairs: Pairs, way: str) -> None:
    sequence = ClassificationSequence(
        pairs.images, [0, 1, 2, 0, 1, 2], batch_size=4, workers=0, class_weights="inverse"
    )
    assert as_bytes(COPIES[way](sequence)) == as_bytes(sequence)


def test_counts_are_copied(pairs: Pairs, decoded: list[str]) -> None:
    sequence = make(pairs)
    expected = sequence.class_statistics().pixels
    decoded.clear()
    for way in COPIES.values():
        assert np.array_equal(way(sequence).class_statistics().pixels, expected)
        assert np.array_equal(way(way(sequence)).class_statistics().pixels, expected)
    assert decoded == []


def test_the_users_own_processes_can_use_one(pairs: Pairs) -> None:
    sequence = make(pairs, workers=1)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        x, _ = pool.apply(operator.itemgetter(0), (sequence,))
    assert np.array_equal(x, sequence[0][0])
    sequence.close()


def test_an_executor_stays_in_its_process(pairs: Pairs) -> None:
    with ThreadPoolExecutor(2) as pool, make(pairs, executor=pool) as sequence:
        before = as_bytes(sequence)
        for way in (copy.copy, copy.deepcopy):
            assert as_bytes(way(sequence)) == before
        with pytest.raises(TypeError, match=r"^a sequence with executor= cannot be pickled.*expected one that is made"):
            pickle.dumps(sequence)


def test_workers_get_what_load_needs_and_no_more() -> None:
    sequence = Own(10, transform=A.HorizontalFlip(), workers=0)
    assert b"_pipeline" in pickle.dumps(sequence)
    light = pickle_for_workers(sequence)
    assert b"_pipeline" not in light
    away = pickle.loads(light)
    assert away.load(1)["image"][0, 0] == 11
    with pytest.raises(RuntimeError, match=r"^Own was sent to a worker, which has what load"):
        away[0]
