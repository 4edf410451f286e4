"""The scan of all masks."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqaug.engines.base import Engine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.threads import ThreadEngine
from seqaug.errors import SampleError
from seqaug.jobs import class_scan
from seqaug.jobs.class_scan import Scan
from seqaug.jobs.count_classes import ClassCounter
from seqaug.palette.label_spec import LabelSpec
from seqaug.sources.base import CacheKey
from seqaug.statistics.store import ScanStore

COUNT = 150
RNG = np.random.default_rng(0)
MASKS = RNG.choice(np.array([0, 1, 2, 255], np.uint8), (COUNT, 6, 7), p=[0.5, 0.3, 0.1, 0.1])
EXPECTED = np.stack([[(mask == label).sum() for label in (0, 1, 2)] for mask in MASKS])


class Masks:
    """Masks by index, which record what is loaded."""

    def __init__(self) -> None:
        self.loaded: list[int] = []
        self.states = dict.fromkeys(range(COUNT), "old")
        self.bad: set[int] = set()
        self.stop_at = COUNT

    def load(self, index: int) -> np.ndarray:
        if index == self.stop_at:
            raise KeyboardInterrupt
        if index in self.bad:
            raise ValueError("bad")
        self.loaded.append(index)
        return MASKS[index]

    def key(self, index: int) -> CacheKey | None:
        return CacheKey(f"mask {index}", self.states[index]) if index in self.states else None

    def scan(self, store: ScanStore | None = None, engine: Engine | None = None, on_failure: Any = None) -> Scan:
        return Scan(
            engine or InlineEngine(),
            ClassCounter(load_mask=self.load, describe=lambda index: f"mask {index}", labels=LabelSpec(None, 3, 255)),
            num_samples=COUNT,
            num_classes=3,
            store=store,
            key_of=self.key,
            on_failure=on_failure,
        )


@pytest.fixture
def store(tmp_path: Path) -> ScanStore:
    return ScanStore(tmp_path / "scans", "a way", 3)


ENGINES: dict[str, Callable[[], Engine]] = {
    "inline": InlineEngine,
    "threads": lambda: ThreadEngine(3),
    "processes": lambda: ProcessEngine(2, 4),
}


@pytest.mark.parametrize("kind", ENGINES)
def test_every_engine_counts_the_same(kind: str) -> None:
    masks, expected, engine = MASKS, EXPECTED, ENGINES[kind]()
    scan = Scan(
        engine,
        ClassCounter(load_mask=masks.__getitem__, describe=str, labels=LabelSpec(None, 3, 255)),
        num_samples=COUNT,
        num_classes=3,
        store=None,
        key_of=None,
        on_failure=None,
    )
    counts = scan.counts()
    engine.close()
    assert np.array_equal(counts.to_rows(), expected)
    assert np.array_equal(counts.ignored, (masks == 255).sum((1, 2)))


def test_masks_are_read_once() -> None:
    masks = Masks()
    scan = masks.scan()
    assert scan.counts() is scan.counts()
    assert masks.loaded == list(range(COUNT))


def test_later_runs_read_only_new_and_changed_masks(store: ScanStore) -> None:
    masks = Masks()
    masks.scan(store).counts()
    assert len(masks.loaded) == COUNT
    masks.loaded.clear()
    assert np.array_equal(masks.scan(store).counts().to_rows(), EXPECTED)
    assert masks.loaded == []
    masks.states[7] = "new"
    del masks.states[9]
    for _ in range(2):
        assert np.array_equal(masks.scan(store).counts().to_rows(), EXPECTED)
    assert masks.loaded == [7, 9, 9], "what has no key is read each time"


def test_an_interrupted_scan_is_resumed(store: ScanStore) -> None:
    masks = Masks()
    masks.stop_at = 100
    with pytest.raises(KeyboardInterrupt):
        masks.scan(store).counts()
    masks.stop_at = COUNT
    masks.loaded.clear()
    assert np.array_equal(masks.scan(store).counts().to_rows(), EXPECTED)
    assert masks.loaded == list(range(64, COUNT)), "but for the 64 that it was at"


def test_a_long_scan_is_saved_regularly(store: ScanStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_scan, "_SECONDS_BETWEEN_SAVES", 0.0)
    known = []
    save = store.save
    monkeypatch.setattr(
        store, "save", lambda prints, partial: (known.append(partial.known.sum()), save(prints, partial))
    )
    Masks().scan(store).counts()
    assert known == [64, 128, COUNT, COUNT]


def test_masks_that_cannot_be_used(store: ScanStore) -> None:
    masks = Masks()
    masks.bad = {3, 70}
    with pytest.raises(SampleError, match=r"sample 3 \(mask 3\): bad"):
        masks.scan(store).counts()
    errors: list[SampleError] = []
    counts = masks.scan(store, on_failure=errors.append).counts()
    assert [error.index for error in errors] == [3, 70]
    expected = EXPECTED.copy()
    expected[[3, 70]] = 0
    assert np.array_equal(counts.to_rows(), expected)
    # They are not taken for known.
    masks.bad = set()
    assert np.array_equal(masks.scan(store).counts().to_rows(), EXPECTED)


def test_counts_from_another_source() -> None:
    masks = Masks()
    counts = masks.scan().counts()
    masks.loaded.clear()
    scan = masks.scan()
    scan.adopt(counts)
    assert scan.counts() is counts
    assert not masks.loaded


def test_states_of_remote_files_are_requested_in_threads_and_kept_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_scan, "_KEY_CHUNK", 3)
    threads = set()

    def key_of(index: int) -> CacheKey:
        threads.add(threading.current_thread().name.split("_")[0])
        return CacheKey(f"s3://b/{index}\ns3://b/m{index}", "")

    assert [key and key.name[7:].split("\n")[0] for key in class_scan._all_keys(key_of, 8)] == list("01234567")
    assert threads == {"MainThread", "seqaug-states"}
    threads.clear()
    local = class_scan._all_keys(lambda index: key_of(index)._replace(name=f"/b/{index}"), 8)
    assert [key and key.name for key in local] == [f"/b/{index}" for index in range(8)]
    assert threads == {"MainThread"}
