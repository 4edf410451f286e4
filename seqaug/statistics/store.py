"""The class counts of scanned masks, on disk."""

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

_OTHERS_KEPT = 2**20  # samples of other sequences that a file keeps: 136 MiB with 20 classes in each


def mask_fingerprints(descriptions: Iterable[str]) -> Array:
    """Hash what identifies each sample's mask, such as its path, size and modification time, (N,), uint64."""
    digests = b"".join(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in descriptions)
    return np.frombuffer(digests, "<u8")


# Matches the files of all scans in a directory, complete and temporary ones.
SCAN_FILES = "class-counts-*.*"
# Likewise, those of the headers of images.
HEADER_FILES = "image-headers-*.*"


class ScanStore:
    """Keeps the counts of samples in a file, so that unchanged masks are read only once.

    Samples are found by the fingerprints of their masks, not by index: training and validation subsets share a file,
    and a new order or a new sample costs nothing. Files are written under a temporary name and then renamed, so that
    readers see complete files only. A file that is damaged or of another version is ignored and replaced.

    Args:
        directory: the directory of the file; created when first saved to.
        settings: everything but the masks that the counts depend on, such as the palette; each has a file of its own.
        num_classes: the number of classes.

    Attributes:
        path: the file.

    Raises:
        ValueError: the directory is a URL.
    """

    def __init__(self, directory: str | os.PathLike[str], settings: str, num_classes: int) -> None:
        self._settings_fingerprint = blake2b(
            f"{num_classes} {settings}".encode("utf-8", "surrogatepass"), digest_size=16
        ).digest()
        self._num_classes = num_classes
        self._can_save = True
        file_name = f"class-counts-{self._settings_fingerprint.hex()}.bin"
        self.path = Path(checked_local("statistics_dir", directory)) / file_name

    def load(self, mask_fingerprints: Array) -> PartialCounts:
        """Load the counts of samples whose masks are known.

        Args:
            mask_fingerprints: of all samples, (N,), uint64.

        Returns:
            The counts known of these samples, to which the others can be added.
        """
        stored, counts = self._read()
        return PartialCounts.from_counts(counts, _locate(mask_fingerprints, stored))

    def save(self, mask_fingerprints: Array, partial: PartialCounts) -> None:
        """Write the known counts, and keep those of other samples in the file.

        If it cannot be written, warn once.

        Args:
            mask_fingerprints: of all samples, (N,), uint64.
            partial: the counts known of them.
        """
        if not self._can_save:
            return
        temporary = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._write(temporary, mask_fingerprints, partial)
                os.replace(temporary, self.path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            self._can_save = False
            warn_user(
                f"the scan of the masks cannot be kept in {self.path.parent} ({error.strerror or error}), so the next "
                "run will read them all again; expected a writable directory"
            )

    def _write(self, path: Path, mask_fingerprints: Array, partial: PartialCounts) -> None:
        own = mask_fingerprints[partial.known]
        stored, counts = self._read()
        # The newest samples come first in a file, so that the oldest are dropped when there are too many.
        others = np.flatnonzero(_locate(stored, own) < 0)[:_OTHERS_KEPT]
        parts = []
        for samples, block in partial.blocks():
            known = np.flatnonzero(partial.known[samples])
            parts.append(block if len(known) == len(block) else block.take(known))
        if len(others):
            parts.append(counts.take(others))
        write_counts(path, self._settings_fingerprint, np.concatenate([own, stored[others]]), parts)

    def _read(self) -> tuple[Array, ClassCounts]:
        return read_counts(self.path, self._settings_fingerprint, self._num_classes)


def _locate(wanted: Array, stored: Array) -> Array:
    """Find the index of each wanted fingerprint among the stored ones, or -1, (n,), int64."""
    locations = np.full(len(wanted), -1)
    # Most are at the index where they were before: compare these without a search.
    both = min(len(wanted), len(stored))
    same = np.flatnonzero(wanted[:both] == stored[:both])
    locations[same] = same
    left = np.flatnonzero(locations < 0)
    if len(left) and len(stored):
        order = np.argsort(stored)
        found = order[np.minimum(np.searchsorted(stored, wanted[left], sorter=order), len(stored) - 1)]
        locations[left] = np.where(stored[found] == wanted[left], found, -1)
    return locations
