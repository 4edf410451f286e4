"""The memory budget of a process."""

from __future__ import annotations

import gc
import os

import numpy as np
import pytest
from roundtrip import pickle_roundtrip

from seqaug.cache.budget import MemoryBudget, process_budget
from seqaug.cache.memory import MemoryStore
from seqaug.sources.base import CacheKey


def key(index: int) -> CacheKey:
    return CacheKey(str(index), "")


def fill(store: MemoryStore, count: int = 10) -> int:
    """Store samples of 1,000 bytes plus headers, and return how many are stored."""
    for index in range(count):
        store.put(index, key(index), {"image": np.zeros(1000, np.uint8)})
    return sum(store.get(index, key(index)) is not None for index in range(count))


@pytest.fixture
def shared() -> MemoryBudget:
    """A budget of 11,000 bytes, which nine samples fill."""
    budget = MemoryBudget()
    budget.set_limit(22_000)
    return budget


def test_caches_share_the_limit(shared: MemoryBudget) -> None:
    train, val, test = (MemoryStore(10, None, shared) for _ in range(3))
    assert (fill(train, 6), fill(val, 3), fill(test)) == (6, 3, 0)
    assert train.write_error() is None
    assert test.write_error() == (
        'cache="memory" is full: 0 of 10 samples take 0 bytes of the 11 KB that all in-memory caches of this process '
        "share (50% of the memory that was free), and the others are decoded each time; set cache_limit, or give "
        "cache= a directory"
    )


def test_reserved_memory_counts_as_available_to_caches(shared: MemoryBudget) -> None:
    store = MemoryStore(10, None, shared)
    stored = fill(store, 5)
    assert stored == 5
    shared.set_limit(22_000 - 5760)  # of which 5 samples took 1,152 bytes each
    assert shared.limit == 11_000


def test_workers_share_the_budget(shared: MemoryBudget) -> None:
    train, val = MemoryStore(10, None, shared), MemoryStore(10, None, shared)
    assert fill(pickle_roundtrip(train)) == 9
    assert fill(pickle_roundtrip(val)) == fill(val) == 0


def test_a_cache_with_its_own_limit_ignores_the_budget_and_reserves_from_it(shared: MemoryBudget) -> None:
    own, other = MemoryStore(10, 13_000, shared), MemoryStore(10, None, shared)
    assert fill(own) == 10
    assert fill(other) == 0


def test_released_memory_can_be_reserved_again(shared: MemoryBudget) -> None:
    train, val = MemoryStore(10, None, shared), MemoryStore(10, None, shared)
    assert (fill(train), fill(val)) == (9, 0)
    train.clear()
    gc.collect()
    assert (fill(val), fill(train)) == (9, 0)
    del val
    gc.collect()
    assert fill(train) == 9


def test_the_garbage_collector_may_release_at_any_time(shared: MemoryBudget) -> None:
    assert shared.reserve(5000, limited=True)
    with shared._exclusively():
        shared.release(2000)  # as a finalizer does during a call that holds the lock
    assert not shared.reserve(9000, limited=True)
    assert shared.reserve(8000, limited=True)


def test_a_fork_that_ends_releases_nothing(shared: MemoryBudget) -> None:
    store = MemoryStore(10, None, shared)
    assert fill(store) == 9
    child = os.fork()
    if child == 0:
        store.clear()
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert fill(MemoryStore(10, None, shared)) == 0


def test_each_process_and_fork_has_one_budget() -> None:
    assert process_budget() is process_budget()
    reading, writing = os.pipe()
    before = process_budget()
    child = os.fork()
    if child == 0:
        os.write(writing, b"same" if process_budget() is before else b"other")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 9) == b"other"
    os.close(reading)
    os.close(writing)
