"""Slots of shared memory."""

import gc
import mmap
import os
from pathlib import Path

import numpy as np
import pytest

from seqaug.engines.processes.slots import SlotPool


def held_bytes(descriptor: int) -> int:
    """Count the bytes of a file that take memory, whatever its length."""
    return os.fstat(descriptor).st_blocks * 512


@pytest.fixture
def slot_pool() -> SlotPool:
    return SlotPool(keep=2)


def test_workers_see_a_slot_at_its_offset(slot_pool: SlotPool) -> None:
    slots = [slot_pool.acquire(10_000) for _ in range(3)]
    for number, slot in enumerate(slots):
        slot_pool.view(slot)[:] = number + 1
    for number, slot in enumerate(slots):
        seen = np.frombuffer(mmap.mmap(slot_pool.descriptor, slot.size, offset=slot.offset), np.uint8)
        assert (seen == number + 1).all()


def test_a_slot_is_reused_when_the_last_view_is_gone(slot_pool: SlotPool) -> None:
    slot = slot_pool.acquire(10_000)
    memory = slot_pool.view(slot)
    views = [memory[:100].view(np.float32).reshape(5, 5)[1:, 2:], memory[200:]]
    del memory
    gc.collect()
    assert slot_pool.acquire(10_000) != slot
    views.pop()
    gc.collect()
    assert slot_pool.acquire(10_000) != slot
    views.pop()
    gc.collect()
    assert slot_pool.acquire(10_000) == slot


def test_the_smallest_slot_that_fits_is_taken(slot_pool: SlotPool) -> None:
    small, large = slot_pool.acquire(10_000), slot_pool.acquire(100_000)
    slot_pool.release(large)
    slot_pool.release(small)
    assert slot_pool.acquire(5_000) == small
    assert slot_pool.acquire(5_000) == large


def test_the_memory_of_slots_that_are_too_small_is_freed(slot_pool: SlotPool) -> None:
    for slot in [slot_pool.acquire(1_000_000) for _ in range(3)]:
        slot_pool.release(slot)
    large = slot_pool.acquire(2_000_000)
    assert large.size >= 2_000_000
    assert held_bytes(slot_pool.descriptor) < 2_100_000


def test_no_more_than_keep_free_slots_are_kept(slot_pool: SlotPool) -> None:
    for slot in [slot_pool.acquire(1_000_000) for _ in range(9)]:
        slot_pool.view(slot)
    gc.collect()
    slot_pool.acquire(1_000_000)
    assert held_bytes(slot_pool.descriptor) < 3_100_000


def test_views_outlive_the_pool(slot_pool: SlotPool) -> None:
    memory = slot_pool.view(slot_pool.acquire(10_000))
    memory[:] = 7
    slot_pool.close()
    del slot_pool
    gc.collect()
    assert (memory == 7).all()


def mapped_bytes() -> int:
    lines = Path("/proc/self/smaps").read_text().split("/memfd:seqaug")[1:]
    return sum(int(part.split("Rss:")[1].split()[0]) * 1024 for part in lines)


def test_a_closed_pool_keeps_no_memory(slot_pool: SlotPool) -> None:
    before = mapped_bytes()
    view = slot_pool.view(slot_pool.acquire(1_000_000))
    view[:] = 1
    unused = slot_pool.acquire(1_000_000)
    np.frombuffer(unused.mapping, np.uint8)[:] = 1
    slot_pool.release(unused)
    del unused
    assert mapped_bytes() - before > 1_900_000
    slot_pool.close()
    gc.collect()
    assert mapped_bytes() - before < 1_100_000
    del view
    gc.collect()
    assert mapped_bytes() - before < 100_000


def test_too_little_memory_is_an_error_and_no_crash(slot_pool: SlotPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(MemoryError, match=r"no 2 MB of shared memory .*No space left on device.*smaller batch_size"):
        slot_pool.acquire(2_000_000)
