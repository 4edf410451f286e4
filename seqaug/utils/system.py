"""Resources of the machine: cores and free memory, within the limits of this process."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import NamedTuple


def available_cores(root: Path = Path("/")) -> int:
    """Return the number of cores that this process may use: by its affinity, and by the quotas of its control groups.

    Args:
        root: directory of the system's files.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for folder, _ in _control_groups(root, "cpu") if (quota := _core_quota(folder)) is not None]
    return max(min([cores, *map(ceil, quotas)]), 1)


def free_memory(root: Path = Path("/")) -> int:
    """Return the free memory in bytes: the minimum over the machine and its control groups.

    The groups are those of this process and all their parents, of version 1 or 2: containers, Slurm jobs, systemd
    slices. Page cache counts as free, because the system reclaims it. If the system does not report free memory, half
    of its memory counts.

    Args:
        root: directory of the system's files.
    """
    groups = _control_groups(root, "memory")
    free = [free for folder, version in groups for free in _free_in_group(folder, version)]
    return max(min([_machine_memory(root), *free]), 0)


class _Version(NamedTuple):
    """File and field names of a control group version."""

    limits: tuple[str, ...]
    used: str
    page_cache: tuple[str, ...]


# https://docs.kernel.org/admin-guide/cgroup-v2.html and .../cgroup-v1/memory.html; "file" in memory.stat would count
# shared memory, which is not reclaimed, as page cache.
_V2 = _Version(("memory.max", "memory.high"), "memory.current", ("active_file", "inactive_file", "slab_reclaimable"))
_V1 = _Version(("memory.limit_in_bytes",), "memory.usage_in_bytes", ("total_active_file", "total_inactive_file"))


def _machine_memory(root: Path) -> int:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _control_groups(root: Path, controller: str) -> Iterator[tuple[Path, _Version]]:
    """Yield the folders of this process's groups, and of their parents, for a controller of version 1 or 2."""
    with suppress(OSError, ValueError):  # a system without control groups
        mounts = _mounts((root / "proc/self/mountinfo").read_text(), controller)
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            number, controllers, path = line.split(":", 2)
            version = _V2 if number == "0" and not controllers else _V1
            if version is _V2 or controller in controllers.split(","):
                for mounted, mount_point in mounts[version]:
                    top = root / mount_point.lstrip("/")
                    for folder in _group_and_parents(top, posixpath.relpath(path, mounted)):
                        yield folder, version


def _mounts(text: str, controller: str) -> dict[_Version, list[tuple[str, str]]]:
    """Return the mounted part of each group hierarchy and its mount point (proc_pid_mountinfo(5))."""
    mounts: dict[_Version, list[tuple[str, str]]] = {_V1: [], _V2: []}
    for line in text.splitlines():
        mount, _, rest = line.partition(" - ")
        (_, _, _, mounted, mount_point, *_), (file_system, _, options, *_) = mount.split(), rest.split()
        if file_system == "cgroup2":
            mounts[_V2].append((mounted, mount_point))
        elif file_system == "cgroup" and controller in options.split(","):
            mounts[_V1].append((mounted, mount_point))
    return mounts


def _group_and_parents(top: Path, group: str) -> Iterator[Path]:
    """Yield the folders of a group and of its parents, as far as they are visible."""
    # A container may see its own group as the top, under the path that it has outside.
    parts = [] if ".." in group.split("/") else [part for part in group.split("/") if part != "."]
    for count in range(len(parts), -1, -1):
        yield top.joinpath(*parts[:count])


def _core_quota(folder: Path) -> float | None:
    """Return how many cores' time a group may use; None without a limit."""
    with suppress(OSError, ValueError):
        quota, period = (folder / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError):
        quota_us = int((folder / "cpu.cfs_quota_us").read_text())
        return None if quota_us < 0 else quota_us / int((folder / "cpu.cfs_period_us").read_text())
    return None


def _free_in_group(folder: Path, version: _Version) -> Iterator[int]:
    with suppress(OSError, ValueError):  # the group does not account memory
        used = int((folder / version.used).read_text())
        with suppress(OSError, ValueError):
            counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            used -= sum(int(counts.get(name, 0)) for name in version.page_cache)
        for name in version.limits:
            with suppress(OSError, ValueError):  # no limit ("max")
                yield int((folder / name).read_text()) - max(used, 0)
