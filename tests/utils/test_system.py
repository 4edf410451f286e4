"""Cores and free memory of machines and control groups."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqaug.utils.system import available_cores, free_memory

MACHINE = 64_000_000_000
MOUNTS_V2 = "25 30 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
MOUNTS_V1 = (
    "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 {} /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
)


def system(root: Path, group: str, mounts: str, groups: dict[str, dict[str, str]]) -> Path:
    """Write the files in which Linux reports memory."""
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


def group_v2(limit: str, used: int, *, high: str = "max", **stat: int) -> dict[str, str]:
    counts = "".join(f"{name} {count}\n" for name, count in {"anon": 1, "file": 10**9, **stat}.items())
    return {
        "memory.max": f"{limit}\n",
        "memory.high": f"{high}\n",
        "memory.current": f"{used}\n",
        "memory.stat": counts,
    }


def group_v1(limit: int, used: int, **stat: int) -> dict[str, str]:
    counts = "".join(f"{name} {count}\n" for name, count in {"cache": 10**9, **stat}.items())
    return {
        "memory.limit_in_bytes": f"{limit}\n",
        "memory.usage_in_bytes": f"{used}\n",
        "memory.stat": counts,
    }


def test_free_memory_is_part_of_the_machine() -> None:
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert 0 < free_memory() <= total


@pytest.mark.parametrize(("limit", "expected"), [("3000000", 2_000_000), ("max", MACHINE), ("900000", 0)])
def test_a_container_limits_memory(limit: str, expected: int, tmp_path: Path) -> None:
    root = system(tmp_path, "0::/\n", MOUNTS_V2, {".": group_v2(limit, 1_000_000)})
    assert free_memory(root) == expected


def test_without_control_groups_the_machine_limits(tmp_path: Path) -> None:
    root = system(tmp_path, "", "", {})
    assert free_memory(root) == MACHINE
    (root / "proc/self/cgroup").unlink()
    assert free_memory(root) == MACHINE


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ({"a/b/c": group_v2("9000", 1000)}, 8000),
        ({"a/b/c": group_v2("max", 1000), "a": group_v2("7000", 3000)}, 4000),
        ({"a/b/c": group_v2("9000", 1000), "a/b": group_v2("8000", 7000), "a": group_v2("max", 9000)}, 1000),
        ({"a/b/c": group_v2("9000", 1000, high="5000")}, 4000),
        ({"a/b/c": group_v2("9000", 8000, active_file=2000, inactive_file=1500, slab_reclaimable=500)}, 5000),
        ({"a/b/other": group_v2("10", 10), "other": group_v2("10", 10)}, MACHINE),
    ],
)
def test_control_groups_v2(tmp_path: Path, groups: dict[str, dict[str, str]], expected: int) -> None:
    assert free_memory(system(tmp_path, "0::/a/b/c\n", MOUNTS_V2, groups)) == expected


def test_a_slurm_job_and_a_systemd_slice(tmp_path: Path) -> None:
    step = "system.slice/slurmstepd.scope/job_7/step_0/user/task_0"
    job = {"system.slice/slurmstepd.scope/job_7": group_v2("16000", 6000, inactive_file=1000)}
    assert free_memory(system(tmp_path / "slurm", f"0::/{step}\n", MOUNTS_V2, job)) == 11_000
    service = "user.slice/user-1000.slice/user@1000.service/app.slice/run-7.scope"
    groups = {service: group_v2("max", 10), "user.slice/user-1000.slice": group_v2("max", 2000, high="5000")}
    assert free_memory(system(tmp_path / "systemd", f"0::/{service}\n", MOUNTS_V2, groups)) == 3000


@pytest.mark.parametrize(
    ("mounted", "folders"),
    [
        ("/", ["memory/slurm/uid_1/job_7"]),  # on the machine itself
        ("/slurm/uid_1/job_7/step_0", ["memory"]),  # in a container that sees only its own group
    ],
)
def test_control_groups_v1(tmp_path: Path, mounted: str, folders: list[str]) -> None:
    unlimited = {"memory": group_v1(9_223_372_036_854_771_712, 10**9)}
    groups = unlimited | {
        name: group_v1(9000, 8000, total_active_file=2000, total_inactive_file=500) for name in folders
    }
    group = "5:cpu,cpuacct:/else\n4:memory:/slurm/uid_1/job_7/step_0\n1:name=systemd:/user\n0::/\n"
    assert free_memory(system(tmp_path, group, MOUNTS_V1.format(mounted), groups)) == 3500


def test_a_group_outside_the_mounted_part(tmp_path: Path) -> None:
    mounts = MOUNTS_V2.replace(" / /sys", " /docker/a /sys")
    groups = {".": group_v2("9000", 1000), "docker/b": group_v2("1", 1)}
    assert free_memory(system(tmp_path, "0::/docker/b\n", mounts, groups)) == 8000


CORES = available_cores(Path("/nowhere"))


@pytest.mark.parametrize(
    ("group", "mounts", "folder", "files", "expected"),
    [
        ("0::/job\n", MOUNTS_V2, "job", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/job\n", MOUNTS_V2, "job", {"cpu.max": "20000 100000\n"}, 1),
        ("0::/job/step\n", MOUNTS_V2, "job", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/job\n", MOUNTS_V2, "job", {"cpu.max": "max 100000\n"}, CORES),
        ("0::/job\n", MOUNTS_V2, "job", {"cpu.max": "99900000 100000\n"}, CORES),
        ("3:cpu,cpuacct:/job\n", MOUNTS_V1.format("/"), "cpu/job", {"cpu.cfs_quota_us": "90000"}, CORES),
        ("3:cpu,cpuacct:/job\n", MOUNTS_V1.format("/"), "cpu/job", {"cpu.cfs_quota_us": "-1"}, CORES),
        (
            "3:cpu,cpuacct:/job\n",
            MOUNTS_V1.format("/"),
            "cpu/job",
            {"cpu.cfs_quota_us": "90000", "cpu.cfs_period_us": "100000"},
            1,
        ),
    ],
)
def test_a_container_limits_cores(
    group: str, mounts: str, folder: str, files: dict[str, str], expected: int, tmp_path: Path
) -> None:
    assert available_cores(system(tmp_path, group, mounts, {folder: files})) == expected


def test_quotas_are_rounded_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    root = system(tmp_path, "0::/job\n", MOUNTS_V2, {"job": {"cpu.max": "250000 100000\n"}})
    assert available_cores(root) == 3
