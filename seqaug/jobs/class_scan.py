"""The scan of all masks for the pixels of each class."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from seqaug.engines.base import Engine, SampleProcessor
from seqaug.errors import SampleError
from seqaug.jobs.parallel_map import parallel_map
from seqaug.remote.urls import is_url
from seqaug.sources.base import CacheKey
from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.partial import PartialCounts
from seqaug.statistics.store import ScanStore, mask_fingerprints

KeyOf = Callable[[int], CacheKey | None]

# At most as much of an interrupted scan is lost.
_SECONDS_BETWEEN_SAVES = 30.0

# Remote states requested at the same time, and submitted at a time.
_KEY_THREADS = 16
_KEY_CHUNK = 1024


class Scan:
    """The pixels of each class in each sample, counted at the first request.

    Args:
        engine: does the work.
        counter: counts the pixels of a sample.
        num_samples: number of samples.
        num_classes: number of classes.
        store: keeps counts between runs, or None.
        key_of: returns a sample's cache key, or None for samples whose counts are not kept; None: keep none.
        on_failure: called with the error of each sample whose mask cannot be used, which then counts as empty; None:
            the error is raised.
    """

    def __init__(
        self,
        engine: Engine,
        counter: SampleProcessor,
        *,
        num_samples: int,
        num_classes: int,
        store: ScanStore | None,
        key_of: KeyOf | None,
        on_failure: Callable[[SampleError], None] | None,
    ) -> None:
        self._engine = engine
        self._counter = counter
        self._num_samples = num_samples
        self._num_classes = num_classes
        self._store = store
        self._key_of = key_of
        self._on_failure = on_failure
        self._lock = threading.Lock()
        self._counts: ClassCounts | None = None

    def counts(self) -> ClassCounts:
        """Return the counts, after a pass over the masks that are not counted yet.

        Raises:
            SampleError: a mask cannot be used, and there is no `on_failure`.
        """
        with self._lock:
            if self._counts is None:
                if self._store is None or self._key_of is None:
                    self._counts = self._count_all()
                else:
                    self._counts = self._count_missing(self._store, self._key_of)
            return self._counts

    @property
    def known_counts(self) -> ClassCounts | None:
        """The counts if they are complete, else None."""
        with self._lock:
            return self._counts

    def adopt(self, counts: ClassCounts) -> None:
        """Use counts from another source."""
        with self._lock:
            self._counts = counts

    def _count_all(self) -> ClassCounts:
        partial = PartialCounts(self._num_samples, self._num_classes)
        self._count(partial, lambda: None)
        return partial.finish()

    def _count_missing(self, store: ScanStore, key_of: KeyOf) -> ClassCounts:
        fingerprints = mask_fingerprints(map(_description, _all_keys(key_of, self._num_samples)))
        partial = store.load(fingerprints)
        if partial.known.all():
            return partial.finish()
        last = time.monotonic()

        def save() -> None:
            nonlocal last
            if time.monotonic() - last > _SECONDS_BETWEEN_SAVES:
                store.save(fingerprints, partial)
                last = time.monotonic()

        try:
            self._count(partial, save)
        finally:  # also if it is interrupted
            store.save(fingerprints, partial)
        return partial.finish()

    def _count(self, partial: PartialCounts, save: Callable[[], None]) -> None:
        missing: np.ndarray[Any, Any] = np.flatnonzero(~partial.known)
        for chunk in parallel_map(self._engine, self._counter, missing, "Scanning the masks"):
            if len(chunk.indices):
                partial.add(chunk.indices, chunk.arrays["pixels"])
            for error in chunk.errors:
                if self._on_failure is None:
                    raise error
                self._on_failure(error)
            save()


def _all_keys(key_of: KeyOf, num_samples: int) -> Iterator[CacheKey | None]:
    first = key_of(0) if num_samples else None
    if first is None or not any(map(is_url, first.name.split("\n"))):
        yield from map(key_of, range(num_samples))
        return
    with ThreadPoolExecutor(_KEY_THREADS, thread_name_prefix="seqaug-states") as pool:
        for start in range(0, num_samples, _KEY_CHUNK):
            yield from pool.map(key_of, range(start, min(start + _KEY_CHUNK, num_samples)))


def _description(key: CacheKey | None) -> str:
    # A random description: counts without a key are never found again.
    return secrets.token_hex() if key is None else f"{key.name}\0{key.state}"
