"""Slots of shared memory."""

import gc
import mmap
import os
from pathlib import Path

import numpy as np
import pytest

from seqaug.engines.processes.slots import SlotPool


def held_bytes(descriptor: int) -> int:
    """Count the bytes of a file that take memory, whatever its length says."""
    return os.fstat(descriptor).st_blocks * 512


@pytest.fixture
def arena() -> SlotPool:
    return SlotPool(keep=2)


def test_a_slot_is_what_workers_see_at_its_offset(arena: SlotPool) -> None:
    slots = [arena.acquire(10_000) for _ in range(3)]
    for number, slot in enumerate(slots):
        arena.lend(slot)[:] = number + 1
    for number, slot in enumerate(slots):
        seen = np.frombuffer(mmap.mmap(arena.descriptor, slot.size, offset=slot.offset), np.uint8)
        assert (seen == number + 1).all()


def test_a_slot_is_used_again_when_the_last_view_is_gone(arena: SlotPool) -> None:
    slot = arena.acquire(10_000)
    memory = arena.lend(slot)
    views = [memory[:100].view(np.float32).reshape(5, 5)[1:, 2:], memory[200:]]
    del memory
    gc.collect()
    assert arena.acquire(10_000) != slot
    views.pop()
    gc.collect()
    assert arena.acquire(10_000) != slot
    views.pop()
    gc.collect()
    assert arena.acquire(10_000) == slot


def test_the_smallest_slot_that_fits_is_taken(arena: SlotPool) -> None:
    small, large = arena.acquire(10_000), arena.acquire(100_000)
    arena.release(large)
    arena.release(small)
    assert arena.acquire(5_000) == small
    assert arena.acquire(5_000) == large


def test_the_memory_of_slots_that_became_too_small_is_given_back(arena: SlotPool) -> None:
    for slot in [arena.acquire(1_000_000) for _ in range(3)]:
        arena.release(slot)
    large = arena.acquire(2_000_000)
    assert large.size >= 2_000_000
    assert held_bytes(arena.descriptor) < 2_100_000


def test_no_more_free_slots_are_kept_than_asked(arena: SlotPool) -> None:
    for slot in [arena.acquire(1_000_000) for _ in range(9)]:
        arena.lend(slot)
    gc.collect()
    arena.acquire(1_000_000)
    assert held_bytes(arena.descriptor) < 3_100_000


def test_memory_that_is_lent_outlives_the_arena(arena: SlotPool) -> None:
    memory = arena.lend(arena.acquire(10_000))
    memory[:] = 7
    arena.close()
    del arena
    gc.collect()
    assert (memory == 7).all()


def mapped_bytes() -> int:
    lines = Path("/proc/self/smaps").read_text().split("/memfd:seqaug")[1:]
    return sum(int(part.split("Rss:")[1].split()[0]) * 1024 for part in lines)


def test_a_closed_arena_keeps_no_memory(arena: SlotPool) -> None:
    before = mapped_bytes()
    lent = arena.lend(arena.acquire(1_000_000))
    lent[:] = 1
    unused = arena.acquire(1_000_000)
    np.frombuffer(unused.mapping, np.uint8)[:] = 1
    arena.release(unused)
    del unused
    assert mapped_bytes() - before > 1_900_000
    arena.close()
    gc.collect()
    assert mapped_bytes() - before < 1_100_000
    del lent
    gc.collect()
    assert mapped_bytes() - before < 100_000


def test_too_little_memory_is_an_error_and_no_crash(arena: SlotPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(MemoryError, match=r"no 2 MB of shared memory .*No space left on device.*smaller batch_size"):
        arena.acquire(2_000_000)
