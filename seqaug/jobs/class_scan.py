"""Looking through all masks once, for what is in them."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from seqaug.engines.base import Engine
from seqaug.errors import SampleError
from seqaug.jobs.count_classes import ClassCounter
from seqaug.jobs.parallel_map import parallel_map
from seqaug.remote.urls import is_url
from seqaug.sources.base import CacheKey
from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.partial import PartialCounts
from seqaug.statistics.store import ScanStore, mask_fingerprints

KeyOf = Callable[[int], CacheKey | None]

# What an interrupted scan loses at most.
_SECONDS_BETWEEN_SAVES = 30.0

# Remote files whose state is asked for at the same time, and how many are lined up for that.
_ASKED_AT_ONCE = 16
_LINED_UP = 1024


class Scan:
    """The pixels of each class in each sample, counted when they are first asked for.

    Args:
        engine: who counts.
        counter: how a sample is counted.
        num_samples: how many samples there are.
        num_classes: how many classes there are.
        store: where counts are kept between runs, or None.
        key_of: what a sample is, and in which state; those of which it gives None are not kept. None: none are.
        on_failure: told of each sample whose mask cannot be used, and which then contains nothing; None: it raises.
    """

    def __init__(
        self,
        engine: Engine,
        counter: ClassCounter,
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
        """Give the counts, after a pass over the masks that are not known yet.

        Raises:
            SampleError: a mask cannot be used, and there is no `on_failure`.
        """
        with self._lock:
            if self._counts is None:
                if self._store is None or self._key_of is None:
                    self._counts = self._counted()
                else:
                    self._counts = self._counted_and_kept(self._store, self._key_of)
            return self._counts

    @property
    def known_counts(self) -> ClassCounts | None:
        """The counts, where they were asked for already; else None."""
        with self._lock:
            return self._counts

    def adopt(self, counts: ClassCounts) -> None:
        """Take counts that were found elsewhere."""
        with self._lock:
            self._counts = counts

    def _counted(self) -> ClassCounts:
        partial = PartialCounts(self._num_samples, self._num_classes)
        self._look(partial, lambda: None)
        return partial.finish()

    def _counted_and_kept(self, store: ScanStore, key_of: KeyOf) -> ClassCounts:
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
            self._look(partial, save)
        finally:  # also when it was interrupted
            store.save(fingerprints, partial)
        return partial.finish()

    def _look(self, partial: PartialCounts, save: Callable[[], None]) -> None:
        missing: np.ndarray[Any, Any] = np.flatnonzero(~partial.known)
        for swept in parallel_map(self._engine, self._counter, missing, "Scanning the masks"):
            if len(swept.indices):
                partial.add(swept.indices, swept.arrays["pixels"])
            for error in swept.errors:
                if self._on_failure is None:
                    raise error
                self._on_failure(error)
            save()


def _all_keys(key_of: KeyOf, num_samples: int) -> Iterator[CacheKey | None]:
    first = key_of(0) if num_samples else None
    if first is None or not any(map(is_url, first.name.split("\n"))):
        yield from map(key_of, range(num_samples))
        return
    with ThreadPoolExecutor(_ASKED_AT_ONCE, thread_name_prefix="seqaug-states") as pool:
        for start in range(0, num_samples, _LINED_UP):
            yield from pool.map(key_of, range(start, min(start + _LINED_UP, num_samples)))


def _description(key: CacheKey | None) -> str:
    # What has no key is never found again.
    return secrets.token_hex() if key is None else f"{key.name}\0{key.state}"
