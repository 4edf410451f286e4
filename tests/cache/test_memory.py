"""Decoded samples in memory."""

import gc
import os
import threading

import numpy as np
import pytest
from roundtrip import pickle_roundtrip

from seqaug.cache.memory import MemoryStore
from seqaug.sources.base import CacheKey


def key(index: int, state: str = "") -> CacheKey:
    return CacheKey(f"sample {index}", state)


def sample(index: int, side: int = 8) -> dict[str, np.ndarray]:
    return {"image": np.full((side, side, 3), index, np.uint8), "mask": np.full((side, side), index + 100, np.uint8)}


def same(found: dict[str, np.ndarray] | None, expected: dict[str, np.ndarray]) -> bool:
    return found is not None and all(np.array_equal(found[name], expected[name]) for name in expected)


def test_workers_share_samples() -> None:
    store = MemoryStore(10, 100_000)
    other = pickle_roundtrip(store)
    assert store.get(3, key(3)) is None
    store.put(3, key(3), sample(3))
    other.put(4, key(4), sample(4))
    for each in (store, other, pickle_roundtrip(other)):
        for index in (3, 4):
            found = each.get(index, key(index))
            assert same(found, sample(index))
            assert found is not None
            assert not found["image"].flags.writeable
        assert each.get(5, key(5)) is None
    assert store.write_error() is None


def test_a_new_state_takes_another_entry_and_views_of_the_old_one_stay() -> None:
    store = MemoryStore(2, 100_000)
    store.put(0, key(0, "old"), sample(1))
    old = store.get(0, key(0, "old"))
    assert store.get(0, key(0, "new")) is None
    store.put(0, key(0, "new"), sample(2))
    assert same(store.get(0, key(0, "new")), sample(2))
    assert same(old, sample(1))
    assert store.get(0, key(0, "old")) is None


def test_a_full_cache_is_reported_with_figures() -> None:
    store = MemoryStore(100, 1_000)
    for index in range(100):
        store.put(index, key(index), sample(index))
    stored = [index for index in range(100) if same(store.get(index, key(index)), sample(index))]
    assert stored == [0, 1]
    assert store.write_error() == (
        'cache="memory" is full: 2 of 100 samples take 768 bytes of cache_limit=1 KB, and the others are decoded each '
        "time; all would take about 38.4 KB; raise cache_limit, or give cache= a directory"
    )


def test_a_sample_larger_than_the_limit() -> None:
    store = MemoryStore(1, 100)
    store.put(0, key(0), sample(0))
    assert store.get(0, key(0)) is None
    assert store.write_error() == (
        'cache="memory" is full: 0 of 1 samples take 0 bytes of cache_limit=100 bytes, and the others are decoded each '
        "time; raise cache_limit, or give cache= a directory"
    )


def test_a_system_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore(10, 100_000)
    store.put(0, key(0), sample(0))

    def refuse(*_: object) -> int:
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", refuse)
        store.put(1, key(1), sample(1))
    assert store.get(1, key(1)) is None
    assert same(store.get(0, key(0)), sample(0))
    assert "is full: 1 of 10 samples" in (store.write_error() or "")


def test_a_killed_writer_leaves_a_working_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore(10, 100_000)
    worker = pickle_roundtrip(store)

    class KilledError(BaseException):
        pass

    def die(*_: object) -> int:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", die)
        with pytest.raises(KilledError):
            worker.put(1, key(1), sample(1))
    assert store.get(1, key(1)) is None
    store.put(1, key(1), sample(1))
    store.put(2, key(2), sample(2))
    assert same(worker.get(1, key(1)), sample(1))
    assert same(worker.get(2, key(2)), sample(2))


def test_many_threads_of_two_stores() -> None:
    store = MemoryStore(400, 400 * 384)
    stores = [store, pickle_roundtrip(store)]
    barrier = threading.Barrier(8)

    def fill(number: int) -> None:
        barrier.wait()
        for index in range(number, 400, 8):
            stores[number % 2].put(index, key(index), sample(index % 100))

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.write_error() is None, "all of them fit exactly"
    assert all(same(stores[index % 2].get(index, key(index)), sample(index % 100)) for index in range(400))


def test_memory_is_freed() -> None:
    store = MemoryStore(4, 10_000_000)
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    store.put(0, key(0), {"image": np.ones(5_000_000, np.uint8)})
    view = store.get(0, key(0))
    assert len(os.listdir("/proc/self/fd")) == before + 3  # the file, and a duplicate of each of two mappings
    store.clear()
    gc.collect()
    assert view is not None
    assert view["image"].all(), "views keep their memory"
    assert store.get(0, key(0)) is None
    del view
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before + 3
    del store
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before
