"""Scans on disk."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.core.user_warnings import warn_user
from seqaug.remote.urls import checked_local
from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.counts_file import read_counts, write_counts
from seqaug.statistics.partial import PartialCounts

Array = np.ndarray[Any, Any]

_OTHERS_KEPT = 2**20  # of samples that a file holds and a sequence has not: 136 MiB with 20 classes in each


def fingerprints_of(descriptions: Iterable[str]) -> Array:
    """Hash what tells a sample's mask from all others, such as its path, size and time of change, (N,), uint64."""
    digests = b"".join(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in descriptions)
    return np.frombuffer(digests, "<u8")


# The files in a directory that are scans, whole or unfinished.
SCAN_FILES = "class-counts-*.*"


class ScanStore:
    """Keeps the counts of samples in a file, so that no mask is read twice that has not changed.

    Samples are known by their fingerprints, wherever they stand: a training and a validation part share a file, and
    a new order or a new sample costs nothing. A file is written beside its place and moved there, so that whoever
    reads finds a whole one. One that is damaged, or was written by another version, is passed over and written anew.

    Args:
        directory: where the file is; made when first saved to.
        fingerprint: all that the counts depend on beside the masks, such as the palette; each has a file of its own.
        num_classes: how many classes there are.

    Attributes:
        path: the file.

    Raises:
        ValueError: the directory is a URL.
    """

    def __init__(self, directory: str | os.PathLike[str], fingerprint: str, num_classes: int) -> None:
        self._fingerprint = blake2b(
            f"{num_classes} {fingerprint}".encode("utf-8", "surrogatepass"), digest_size=16
        ).digest()
        self._num_classes = num_classes
        self._can_save = True
        self.path = Path(checked_local("statistics_dir", directory)) / f"class-counts-{self._fingerprint.hex()}.bin"

    def load(self, fingerprints: Array) -> PartialCounts:
        """Find the samples that are known.

        Args:
            fingerprints: of all samples, (N,), uint64.

        Returns:
            What is known of these samples, for the others to be added.
        """
        stored, counts = self._read()
        return PartialCounts.taken(counts, _places(fingerprints, stored))

    def save(self, fingerprints: Array, partial: PartialCounts) -> None:
        """Write the samples that are known, and keep what the file knows of others.

        Where it cannot be written, a warning says so, once.

        Args:
            fingerprints: of all samples, (N,), uint64.
            partial: what is known of them.
        """
        if not self._can_save:
            return
        beside = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._write(beside, fingerprints, partial)
                os.replace(beside, self.path)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            self._can_save = False
            warn_user(
                f"the scan of the masks cannot be kept in {self.path.parent} ({error.strerror or error}), and the next "
                "run will read them all again; expected a directory that can be written to"
            )

    def _write(self, path: Path, fingerprints: Array, partial: PartialCounts) -> None:
        own = fingerprints[partial.known]
        stored, counts = self._read()
        # What was saved last stands first in a file, so that it is the oldest that goes when there is too much.
        others = np.flatnonzero(_places(stored, own) < 0)[:_OTHERS_KEPT]
        parts = []
        for samples, block in partial.blocks():
            known = np.flatnonzero(partial.known[samples])
            parts.append(block if len(known) == len(block) else block.take(known))
        if len(others):
            parts.append(counts.take(others))
        write_counts(path, self._fingerprint, np.concatenate([own, stored[others]]), parts)

    def _read(self) -> tuple[Array, ClassCounts]:
        return read_counts(self.path, self._fingerprint, self._num_classes)


def _places(wanted: Array, stored: Array) -> Array:
    """Find where each fingerprint stands among others, or -1 where it does not, (n,), int64."""
    places = np.full(len(wanted), -1)
    # Mostly they stand where they stood before, which takes no search to see.
    both = min(len(wanted), len(stored))
    same = np.flatnonzero(wanted[:both] == stored[:both])
    places[same] = same
    left = np.flatnonzero(places < 0)
    if len(left) and len(stored):
        order = np.argsort(stored)
        found = order[np.minimum(np.searchsorted(stored, wanted[left], sorter=order), len(stored) - 1)]
        places[left] = np.where(stored[found] == wanted[left], found, -1)
    return places
