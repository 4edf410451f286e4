"""The cache of decoded samples that pipelines use."""

from __future__ import annotations

import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.cache.base import Store
from seqaug.cache.budget import process_budget
from seqaug.cache.directory import DirectoryStore
from seqaug.cache.maintenance import is_cache, prepare_cache_dir
from seqaug.cache.memory import MemoryStore
from seqaug.core.user_warnings import warn_user
from seqaug.remote.urls import checked_local
from seqaug.sources.base import CacheKey
from seqaug.utils.system import free_memory

Arrays = dict[str, np.ndarray[Any, Any]]

_MEMORY_WORDS = frozenset({"ram", "mem", "inram", "shm", "sharedmemory", "sharedmem", "memorycache"})
_DIRECTORY_WORDS = frozenset({"disk", "disc", "ondisk", "ssd", "hdd", "drive"})
_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off", "auto", "none", "default"})


class SampleCache:
    """A cache of samples as loaded: decoded, masks as class ids, before augmentation.

    Args:
        store: stores the samples.
        key_of: returns a sample's key, or None if the sample is not cached.
    """

    def __init__(self, store: Store, key_of: Callable[[int], CacheKey | None]) -> None:
        self._store = store
        self._key_of = key_of
        self._has_warned = False

    def sample(self, index: int, load: Callable[[int], Arrays]) -> Arrays:
        """Return a cached sample as read-only views, or load and cache it."""
        # The key is taken before the content: if files change in between, the old key no longer matches.
        key = self._key_of(index)
        if key is None:
            return load(index)
        cached = self._store.get(index, key)
        if cached is not None:
            return cached
        sample = load(index)
        if not any(pixels.dtype.hasobject for pixels in sample.values()):
            self._store.put(index, key, sample)
        return sample

    def warn_of_write_error(self) -> None:
        """Warn, once, if samples could not be stored."""
        if not self._has_warned and (message := self._store.write_error()):
            self._has_warned = True
            warn_user(message)

    def clear(self) -> None:
        """Release the memory of samples that are cached in memory."""
        self._store.clear()


def check_cache_name(cache: Any) -> None:
    """Refuse words like "ram" or "disk", which are mistaken for "memory" or for the path of a directory.

    Raises:
        TypeError: `cache` is neither a string nor a path.
        ValueError: `cache` is such a word.
    """
    if not isinstance(cache, str | os.PathLike):
        raise TypeError(f'cache={cache!r}; expected None, "memory" or a directory')
    if not isinstance(cache, str) or cache == "memory":
        return
    word = "".join(filter(str.isalnum, cache.lower())) if os.path.basename(cache) == cache else None
    directory = f"a directory (for one of this name, {os.path.join('.', cache)!r})"
    if word in _MEMORY_WORDS or (word and get_close_matches(word, ["memory", "inmemory"], cutoff=0.8)):
        raise ValueError(f'cache={cache!r}; expected cache="memory" for memory, or the path of {directory}')
    if word in _DIRECTORY_WORDS:
        raise ValueError(f'cache={cache!r}; expected cache="memory", or the path of {directory}')
    if word in _SWITCHES or not cache.strip():
        raise ValueError(f'cache={cache!r}; expected None, "memory" or the path of a directory')


def make_store(cache: Any, limit: int | None, *, fingerprint: str, num_samples: int) -> Store | None:
    """Create the store for the argument `cache`.

    Args:
        cache: "memory", or a directory; see `check_cache_name`.
        limit: bytes for samples in memory; None: half of the memory that is free now, shared with all other in-memory
            caches of this process.
        fingerprint: how samples are read.
        num_samples: number of samples.

    Returns:
        The store; None, after a warning, if the directory cannot be used.

    Raises:
        ValueError: there is a limit beside a directory, the directory holds other files or is a URL, or the system is
            not POSIX.
    """
    if os.name != "posix":
        raise ValueError("cache= needs memory mapping as on Linux and macOS; expected None")
    if cache == "memory":
        budget = process_budget()
        if limit is None:
            budget.set_limit(free_memory())
        return MemoryStore(num_samples, limit, budget)
    if limit is not None:
        raise ValueError('cache_limit is for cache="memory"; a directory is limited by its disk')
    folder = Path(os.path.abspath(checked_local("cache", cache)))
    try:
        prepare_cache_dir(folder)
    except OSError as error:
        warn_user(
            f"cache={os.fspath(cache)!r} cannot be written ({error.strerror}), so "
            + ("samples that it lacks are" if is_cache(folder) else "every sample is")
            + " decoded each time; expected a writable directory"
        )
        return DirectoryStore(folder, fingerprint, num_samples, writable=False) if is_cache(folder) else None
    return DirectoryStore(folder, fingerprint, num_samples, writable=True)
