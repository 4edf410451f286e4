"""The cache of decoded samples, as the pipeline uses it."""

from __future__ import annotations

import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.cache.base import Store
from seqaug.cache.budget import free_memory, process_budget
from seqaug.cache.directory import DirectoryStore
from seqaug.cache.maintenance import is_cache, prepare_folder
from seqaug.cache.memory import MemoryStore
from seqaug.core.user_warnings import warn_user
from seqaug.remote.urls import checked_local
from seqaug.sources.base import CacheKey

Arrays = dict[str, np.ndarray[Any, Any]]

_MEMORY_WORDS = frozenset({"ram", "mem", "inram", "shm", "sharedmemory", "sharedmem", "memorycache"})
_DIRECTORY_WORDS = frozenset({"disk", "disc", "ondisk", "ssd", "hdd", "drive"})
_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off", "auto", "none", "default"})


class SampleCache:
    """Keeps samples as they were loaded: decoded, masks as class ids, before augmentation.

    Args:
        store: where they are kept.
        key_of: what a sample is, and in which state; None for one that is not kept.
    """

    def __init__(self, store: Store, key_of: Callable[[int], CacheKey | None]) -> None:
        self._store = store
        self._key_of = key_of
        self._told = False

    def sample(self, index: int, load: Callable[[int], Arrays]) -> Arrays:
        """Give a sample: kept ones as read-only views, others as `load` gives them, and then they are kept."""
        # The key before the content: should the files change in between, the key is an old one and fits no more.
        key = self._key_of(index)
        if key is None:
            return load(index)
        held = self._store.get(index, key)
        if held is not None:
            return held
        sample = load(index)
        if not any(pixels.dtype.hasobject for pixels in sample.values()):
            self._store.put(index, key, sample)
        return sample

    def warn_of_trouble(self) -> None:
        """Warn, once, when samples could not be kept."""
        if not self._told and (trouble := self._store.trouble()):
            self._told = True
            warn_user(trouble)

    def clear(self) -> None:
        """Give back the memory of samples that are kept in memory."""
        self._store.clear()


def check_cache_name(cache: Any) -> None:
    """Refuse words that are no directories, but mistakes for "memory" or for a directory that was not named.

    Raises:
        TypeError: `cache` is neither text nor a path.
        ValueError: it is such a word.
    """
    if not isinstance(cache, str | os.PathLike):
        raise TypeError(f'cache={cache!r}; expected None, "memory" or a directory')
    if not isinstance(cache, str) or cache == "memory":
        return
    word = "".join(filter(str.isalnum, cache.lower())) if os.path.basename(cache) == cache else None
    directory = f"a directory, and not only its kind; one of this name is {os.path.join('.', cache)!r}"
    if word in _MEMORY_WORDS or (word and get_close_matches(word, ["memory", "inmemory"], cutoff=0.8)):
        raise ValueError(f'cache={cache!r}; expected cache="memory" for memory, or the path of {directory}')
    if word in _DIRECTORY_WORDS:
        raise ValueError(f'cache={cache!r}; expected cache="memory", or the path of {directory}')
    if word in _SWITCHES or not cache.strip():
        raise ValueError(f'cache={cache!r}; expected None, "memory" or the path of a directory')


def make_store(cache: Any, limit: int | None, *, fingerprint: str, num_samples: int) -> Store | None:
    """Make the store that a user asks for.

    Args:
        cache: "memory", or a directory; see `check_cache_name`.
        limit: bytes that samples in memory may take; None: half of what is free now, together with those of all other
            caches of this process.
        fingerprint: how samples are read.
        num_samples: how many there are.

    Returns:
        The store, or None, after a warning, where a directory is of no use.

    Raises:
        ValueError: a limit beside a directory, a directory that holds other files or is a URL, or a system without the
            means.
    """
    if os.name != "posix":
        raise ValueError("cache= needs Linux or macOS, for memory that is mapped as it is written; expected None")
    if cache == "memory":
        budget = process_budget()
        if limit is None:
            budget.settle(free_memory())
        return MemoryStore(num_samples, limit, budget)
    if limit is not None:
        raise ValueError('cache_limit is for cache="memory"; a directory is limited by its disk')
    folder = Path(os.path.abspath(checked_local("cache", cache)))
    try:
        prepare_folder(folder)
    except OSError as error:
        warn_user(
            f"cache={os.fspath(cache)!r} cannot be written ({error.strerror}), and so "
            + ("samples that it does not have are" if is_cache(folder) else "every sample is")
            + " decoded each time; expected a directory that can be made and written"
        )
        return DirectoryStore(folder, fingerprint, num_samples, writable=False) if is_cache(folder) else None
    return DirectoryStore(folder, fingerprint, num_samples, writable=True)
