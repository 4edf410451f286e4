"""Decoded samples in a directory, which persists between runs and serves concurrent ones."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import secrets
import socket
import warnings
import weakref
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.cache.base import Arrays
from seqaug.cache.entry import FORMAT_VERSION, DamagedEntryError, Entry, decode_entry, encode_entry, entry_is_intact
from seqaug.cache.maintenance import ENTRY_SUFFIX, UNFINISHED_SUFFIX, make_entry_dir, prepare_cache_dir
from seqaug.core.shared_memory import SharedFile, can_attach
from seqaug.sources.base import CacheKey

Array = np.ndarray[Any, Any]

_MAX_MAPPINGS = 4096  # of the 65,530 that Linux allows a process


class DirectoryStore:
    """One memory-mapped file for each decoded sample, of which only the accessed pages are read.

    Each process keeps its last mappings, for as long as the files do not change.

    Files are written under a temporary name and then renamed, so they are complete unless damaged later. Damage is
    detected by the length and, when one of this sequence's processes first opens a file, by its checksum; damaged files
    are written again. Files may be deleted at any time.

    It can be sent to this sequence's own workers, which share its state, and to remote processes, which have their own
    state and create the directory if it is missing.

    Args:
        folder: the directory, which exists.
        fingerprint: how samples are read; entries with other fingerprints are ignored.
        num_samples: number of samples.
        writable: whether entries may be added.
    """

    def __init__(self, folder: Path, fingerprint: str, num_samples: int, writable: bool) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._num_samples = num_samples
        self._writable = writable
        self._is_remote = False
        self._is_prepared = True
        self._create_state()
        # The space of deleted files is freed when no process has them mapped.
        weakref.finalize(self, _open_entry.cache_clear).atexit = False

    def _create_state(self) -> None:
        # Shared by all processes: the error number of a failed write, then the checksums of verified entries.
        self._state_file = SharedFile((1 + self._num_samples) * np.dtype(np.uint32).itemsize)
        self._map()

    def _map(self) -> None:
        self._numbers: Array = np.frombuffer(mmap.mmap(self._state_file.descriptor, self._state_file.size), np.uint32)

    def __getstate__(self) -> dict[str, Any]:
        excluded = ("_numbers",) if can_attach() else ("_numbers", "_state_file")
        return {name: value for name, value in self.__dict__.items() if name not in excluded}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_state_file" in state:
            self._map()
            return
        self._is_remote, self._is_prepared = True, False
        self._create_state()

    def get(self, index: int, key: CacheKey) -> dict[str, Array] | None:
        """Return a sample as read-only views of its file, or None if there is none with this key."""
        path = self._path(key)
        try:
            state = os.stat(path)
            memory, entry = _open_entry(path, (state.st_ino, state.st_size, state.st_mtime_ns))
            if entry.key != key:
                return None
            if self._numbers[1 + index] != entry.crc and not entry_is_intact(memory):
                raise DamagedEntryError("the checksum does not match")
        except DamagedEntryError:
            with suppress(OSError):
                os.unlink(path)
            return None
        except (OSError, ValueError):  # missing or empty
            return None
        self._numbers[1 + index] = entry.crc
        return dict(entry.arrays)

    def put(self, index: int, key: CacheKey, sample: Arrays) -> None:
        """Write a sample, unless an earlier write failed."""
        if not self._writable or self._numbers[0]:
            return
        if not self._is_prepared:
            self._writable = self._prepare()
            self._is_prepared = True
            if not self._writable:
                return
        path = self._path(key)
        unfinished = f"{path}.{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
        entry = encode_entry(key, sample)
        try:
            try:
                with self._create(unfinished) as file:
                    entry.write(file.fileno(), 0)
                os.replace(unfinished, path)
            except OSError:
                with suppress(OSError):
                    os.unlink(unfinished)
                raise
        except FileNotFoundError:  # the directory is being deleted; the next write creates it again
            return
        except OSError as error:
            self._numbers[0] = error.errno or errno.EIO
            self._warn_if_remote(str(self.write_error()))
            return
        self._numbers[1 + index] = entry.crc

    def _prepare(self) -> bool:
        try:
            prepare_cache_dir(self._folder)
        except (OSError, ValueError) as error:
            self._warn_if_remote(f"{error}; samples that are not in the cache are decoded each time")
            return False
        return True

    def _warn_if_remote(self, message: str) -> None:
        """Warn in a remote process, where nobody calls `write_error`: the warning goes to its output."""
        if self._is_remote:
            warnings.warn(f"on {socket.gethostname()}: {message}", stacklevel=2)

    def write_error(self) -> str | None:
        """Return why samples could not be written, or None."""
        if not self._numbers[0]:
            return None
        return (
            f"cache={os.fspath(self._folder)!r}: {os.strerror(int(self._numbers[0]))}; samples that it lacks "
            "are decoded each time; make room, or give cache= another directory"
        )

    def clear(self) -> None:
        """Drop the mappings of this process."""
        _open_entry.cache_clear()

    def _create(self, path: str) -> Any:
        try:
            return open(path, "xb", buffering=0, opener=_open_private)
        except FileNotFoundError:
            make_entry_dir(self._folder, os.path.basename(os.path.dirname(path)))
            return open(path, "xb", buffering=0, opener=_open_private)

    def _path(self, key: CacheKey) -> str:
        text = f"{FORMAT_VERSION}\0{self._fingerprint}\0{key.name}"
        name = hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=16).hexdigest()
        return f"{self._folder}/{name[:2]}/{name[2:]}{ENTRY_SUFFIX}"


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o660)


def _max_mappings() -> int:
    """Return how many mappings to keep: before Python 3.13, each holds a descriptor."""
    try:
        import resource  # POSIX only, and the package is imported on other systems too
    except ImportError:
        return 0
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MAX_MAPPINGS if soft == resource.RLIM_INFINITY else min(_MAX_MAPPINGS, soft // 4)


@lru_cache(maxsize=_max_mappings())
def _open_entry(path: str, state: tuple[int, int, int]) -> tuple[Array, Entry]:
    """Map a file; `state`, its inode, size and time, tells its versions apart."""
    with open(path, "rb", buffering=0) as file:
        memory = np.frombuffer(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ), np.uint8)
    return memory, decode_entry(memory)
