"""Decoded samples in a directory, kept between runs and shared by concurrent ones."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import secrets
import socket
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.cache.base import Arrays
from seqaug.cache.entry import FORMAT_VERSION, DamagedEntryError, decode_entry, encode_entry, entry_is_whole
from seqaug.cache.maintenance import ENTRY_SUFFIX, UNFINISHED_SUFFIX, make_part, prepare_folder
from seqaug.core.shared_memory import SharedFile, can_attach
from seqaug.sources.base import CacheKey

Array = np.ndarray[Any, Any]


class DirectoryStore:
    """A file for each decoded sample, memory-mapped, so that only what is looked at is read.

    A file is written beside its place and then moved there, so what stands there is whole, or was damaged later; that
    is found by its length and, when one of this sequence's processes first opens it, by its checksum, and it is made
    again. Anyone may delete files at any time.

    It can be sent to this sequence's own workers, who share its notes, and to processes elsewhere, which keep notes of
    their own and make the directory where they lack it.

    Args:
        folder: the directory, which exists.
        fingerprint: how samples are read; entries of other ways do not count.
        num_samples: how many samples there are.
        writable: whether entries may be added.
    """

    def __init__(self, folder: Path, fingerprint: str, num_samples: int, writable: bool) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._num_samples = num_samples
        self._writable = writable
        self._is_elsewhere = False
        self._is_prepared = True
        self._take_notes()

    def _take_notes(self) -> None:
        # For all processes: first the error number of a write that failed, then the checksums of verified entries.
        self._notes = SharedFile((1 + self._num_samples) * np.dtype(np.uint32).itemsize)
        self._map()

    def _map(self) -> None:
        self._numbers: Array = np.frombuffer(mmap.mmap(self._notes.descriptor, self._notes.size), np.uint32)

    def __getstate__(self) -> dict[str, Any]:
        here = ("_numbers",) if can_attach() else ("_numbers", "_notes")
        return {name: value for name, value in self.__dict__.items() if name not in here}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_notes" in state:
            self._map()
            return
        self._is_elsewhere, self._is_prepared = True, False
        self._take_notes()

    def get(self, index: int, key: CacheKey) -> dict[str, Array] | None:
        """Give a sample, as read-only views of its file, or None where there is none of this key."""
        path = self._path(key)
        try:
            memory = _mapped(path)
        except (OSError, ValueError):  # there is none, or it is empty
            return None
        try:
            entry = decode_entry(memory)
            if entry.key != key:
                return None
            if self._numbers[1 + index] != entry.crc and not entry_is_whole(memory):
                raise DamagedEntryError("its checksum is not that of its bytes")
        except DamagedEntryError:
            with suppress(OSError):
                os.unlink(path)
            return None
        self._numbers[1 + index] = entry.crc
        return entry.arrays

    def put(self, index: int, key: CacheKey, sample: Arrays) -> None:
        """Write a sample, unless writing has failed before."""
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
                with self._created(unfinished) as file:
                    entry.write(file.fileno(), 0)
                os.replace(unfinished, path)
            except OSError:
                with suppress(OSError):
                    os.unlink(unfinished)
                raise
        except FileNotFoundError:  # somebody is deleting the directory; it is made anew for the next one
            return
        except OSError as error:
            self._numbers[0] = error.errno or errno.EIO
            self._tell(str(self.trouble()))
            return
        self._numbers[1 + index] = entry.crc

    def _prepare(self) -> bool:
        try:
            prepare_folder(self._folder)
        except (OSError, ValueError) as error:
            self._tell(f"{error}; samples that are not in the cache are decoded each time")
            return False
        return True

    def _tell(self, trouble: str) -> None:
        """Warn where nobody asks for `trouble`: it ends in the output of the process."""
        if self._is_elsewhere:
            warnings.warn(f"on {socket.gethostname()}: {trouble}", stacklevel=2)

    def trouble(self) -> str | None:
        """Say why samples could not be written, or None."""
        if not self._numbers[0]:
            return None
        return (
            f"cache={os.fspath(self._folder)!r}: {os.strerror(int(self._numbers[0]))}; samples that are not there yet "
            "are decoded each time; make room, or give cache= another directory"
        )

    def clear(self) -> None:
        """Do nothing: no memory is held but while an entry is used."""

    def _created(self, path: str) -> Any:
        try:
            return open(path, "xb", buffering=0, opener=_not_for_others)
        except FileNotFoundError:
            make_part(self._folder, os.path.basename(os.path.dirname(path)))
            return open(path, "xb", buffering=0, opener=_not_for_others)

    def _path(self, key: CacheKey) -> str:
        text = f"{FORMAT_VERSION}\0{self._fingerprint}\0{key.name}"
        name = hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=16).hexdigest()
        return f"{self._folder}/{name[:2]}/{name[2:]}{ENTRY_SUFFIX}"


def _not_for_others(path: str, flags: int) -> int:
    return os.open(path, flags, 0o660)


def _mapped(path: str) -> Array:
    with open(path, "rb", buffering=0) as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ), np.uint8)
