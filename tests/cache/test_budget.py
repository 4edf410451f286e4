"""How much memory there is to spend, and who shares it."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import numpy as np
import pytest
from roundtrip import pickle_roundtrip

from seqaug.cache import budget
from seqaug.cache.budget import MemoryBudget, free_memory, process_budget
from seqaug.cache.memory import MemoryStore
from seqaug.sources.base import CacheKey

MACHINE = 64_000_000_000
SECOND = "25 30 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
FIRST = (
    "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 {} /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
)


def system(root: Path, group: str, mounts: str, groups: dict[str, dict[str, str]]) -> Path:
    """Make the files in which Linux says what memory there is."""
    files = {
        "proc/meminfo": f"MemTotal: 99999999 kB\nMemFree: 1 kB\nMemAvailable:   {MACHINE // 1024} kB\n",
        "proc/self/cgroup": group,
        "proc/self/mountinfo": f"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n{mounts}",
    }
    files |= {f"sys/fs/cgroup/{folder}/{name}": text for folder, of in groups.items() for name, text in of.items()}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def second(limit: str, used: int, *, high: str = "max", **stat: int) -> dict[str, str]:
    counts = "".join(f"{name} {count}\n" for name, count in {"anon": 1, "file": 10**9, **stat}.items())
    return {
        "memory.max": f"{limit}\n",
        "memory.high": f"{high}\n",
        "memory.current": f"{used}\n",
        "memory.stat": counts,
    }


def first(limit: int, used: int, **stat: int) -> dict[str, str]:
    counts = "".join(f"{name} {count}\n" for name, count in {"cache": 10**9, **stat}.items())
    return {
        "memory.limit_in_bytes": f"{limit}\n",
        "memory.usage_in_bytes": f"{used}\n",
        "memory.stat": counts,
    }


def test_it_is_a_part_of_the_machine() -> None:
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert 0 < budget.free_memory() <= total


@pytest.mark.parametrize(("limit", "expected"), [("3000000", 2_000_000), ("max", MACHINE), ("900000", 0)])
def test_a_container_may_have_less(limit: str, expected: int, tmp_path: Path) -> None:
    root = system(tmp_path, "0::/\n", SECOND, {".": second(limit, 1_000_000)})
    assert free_memory(root) == expected


def test_without_groups_the_machine_counts(tmp_path: Path) -> None:
    root = system(tmp_path, "", "", {})
    assert free_memory(root) == MACHINE
    (root / "proc/self/cgroup").unlink()
    assert free_memory(root) == MACHINE


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ({"a/b/c": second("9000", 1000)}, 8000),
        ({"a/b/c": second("max", 1000), "a": second("7000", 3000)}, 4000),
        ({"a/b/c": second("9000", 1000), "a/b": second("8000", 7000), "a": second("max", 9000)}, 1000),
        ({"a/b/c": second("9000", 1000, high="5000")}, 4000),
        ({"a/b/c": second("9000", 8000, active_file=2000, inactive_file=1500, slab_reclaimable=500)}, 5000),
        ({"a/b/other": second("10", 10), "other": second("10", 10)}, MACHINE),
    ],
)
def test_groups_of_version_two(tmp_path: Path, groups: dict[str, dict[str, str]], expected: int) -> None:
    assert free_memory(system(tmp_path, "0::/a/b/c\n", SECOND, groups)) == expected


def test_a_job_of_slurm_and_a_slice_of_systemd(tmp_path: Path) -> None:
    step = "system.slice/slurmstepd.scope/job_7/step_0/user/task_0"
    job = {"system.slice/slurmstepd.scope/job_7": second("16000", 6000, inactive_file=1000)}
    assert free_memory(system(tmp_path / "slurm", f"0::/{step}\n", SECOND, job)) == 11_000
    service = "user.slice/user-1000.slice/user@1000.service/app.slice/run-7.scope"
    groups = {service: second("max", 10), "user.slice/user-1000.slice": second("max", 2000, high="5000")}
    assert free_memory(system(tmp_path / "systemd", f"0::/{service}\n", SECOND, groups)) == 3000


@pytest.mark.parametrize(
    ("mounted", "folders"),
    [
        ("/", ["memory/slurm/uid_1/job_7"]),  # on the machine itself
        ("/slurm/uid_1/job_7/step_0", ["memory"]),  # in a container that sees its own group alone
    ],
)
def test_groups_of_version_one(tmp_path: Path, mounted: str, folders: list[str]) -> None:
    unlimited = {"memory": first(9_223_372_036_854_771_712, 10**9)}
    groups = unlimited | {name: first(9000, 8000, total_active_file=2000, total_inactive_file=500) for name in folders}
    group = "5:cpu,cpuacct:/else\n4:memory:/slurm/uid_1/job_7/step_0\n1:name=systemd:/user\n0::/\n"
    assert free_memory(system(tmp_path, group, FIRST.format(mounted), groups)) == 3500


def test_a_group_that_lies_outside_of_what_is_mounted(tmp_path: Path) -> None:
    mounts = SECOND.replace(" / /sys", " /docker/a /sys")
    groups = {".": second("9000", 1000), "docker/b": second("1", 1)}
    assert free_memory(system(tmp_path, "0::/docker/b\n", mounts, groups)) == 8000


# The budget of a process


def key(index: int) -> CacheKey:
    return CacheKey(str(index), "")


def fill(store: MemoryStore, count: int = 10) -> int:
    """Put samples of 1,000 bytes, and a head each, and tell how many are kept."""
    for index in range(count):
        store.put(index, key(index), {"image": np.zeros(1000, np.uint8)})
    return sum(store.get(index, key(index)) is not None for index in range(count))


@pytest.fixture
def shared() -> MemoryBudget:
    """A budget of 11,000 bytes: of nine samples."""
    budget = MemoryBudget()
    budget.settle(22_000)
    return budget


def test_caches_take_together_what_one_may_take(shared: MemoryBudget) -> None:
    train, val, test = (MemoryStore(10, None, shared) for _ in range(3))
    assert (fill(train, 6), fill(val, 3), fill(test)) == (6, 3, 0)
    assert train.trouble() is None
    assert test.trouble() == (
        'cache="memory" is full: 0 of 10 samples take 0 bytes of the 11 KB that all caches in memory of this process '
        "may take (half of what was free), and the others are decoded each time; set cache_limit, or give cache= a "
        "directory"
    )


def test_what_they_have_is_not_counted_as_used_by_others(shared: MemoryBudget) -> None:
    store = MemoryStore(10, None, shared)
    kept = fill(store, 5)
    assert kept == 5
    shared.settle(22_000 - 5760)  # of which 5 samples took 1,152 bytes each
    assert shared.limit == 11_000


def test_workers_spend_of_the_same_budget(shared: MemoryBudget) -> None:
    train, val = MemoryStore(10, None, shared), MemoryStore(10, None, shared)
    assert fill(pickle_roundtrip(train)) == 9
    assert fill(pickle_roundtrip(val)) == fill(val) == 0


def test_a_limit_of_ones_own_holds_alone_and_counts_for_others(shared: MemoryBudget) -> None:
    own, other = MemoryStore(10, 13_000, shared), MemoryStore(10, None, shared)
    assert fill(own) == 10
    assert fill(other) == 0


def test_what_is_freed_can_be_taken_again(shared: MemoryBudget) -> None:
    train, val = MemoryStore(10, None, shared), MemoryStore(10, None, shared)
    assert (fill(train), fill(val)) == (9, 0)
    train.clear()
    gc.collect()
    assert (fill(val), fill(train)) == (9, 0)
    del val
    gc.collect()
    assert fill(train) == 9


def test_the_garbage_collector_may_come_at_any_time(shared: MemoryBudget) -> None:
    assert shared.take(5000, limited=True)
    with shared._exclusively():
        shared.give_back(2000)  # as a finalizer does that runs in the midst of another call, which holds the lock
    assert not shared.take(9000, limited=True)
    assert shared.take(8000, limited=True)


def test_a_fork_that_ends_gives_nothing_back(shared: MemoryBudget) -> None:
    store = MemoryStore(10, None, shared)
    assert fill(store) == 9
    child = os.fork()
    if child == 0:
        store.clear()
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert fill(MemoryStore(10, None, shared)) == 0


def test_a_process_has_one_budget_and_a_fork_its_own() -> None:
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
