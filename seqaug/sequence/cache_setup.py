"""The sample cache that the arguments `cache` and `cache_limit` ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from seqaug.cache.sample_cache import SampleCache, check_cache_name, make_store
from seqaug.core.user_warnings import warn_user
from seqaug.sources.base import CacheKey
from seqaug.utils.validation import byte_count

KeyOf = Callable[[int], CacheKey | None]


class CacheRecipe(NamedTuple):
    """What a cache is created from, for a sequence and its copies.

    Attributes:
        cache, limit: the arguments `cache` and `cache_limit`.
        fingerprint: of how samples are read; caches with other fingerprints are separate.
        loads_itself: whether a subclass overrides `load`.
    """

    cache: Any
    limit: Any
    fingerprint: str
    loads_itself: bool


NO_CACHE = CacheRecipe(None, None, "", loads_itself=False)


class CacheSetup(NamedTuple):
    """A cache, or why there is none.

    Attributes:
        cache: None where samples are not cached.
        why_none: the reason, and what to do.
    """

    cache: SampleCache | None
    why_none: str


def set_up_cache(
    recipe: CacheRecipe, key_of: KeyOf | None, *, num_samples: int, takes_rng: bool, has_executor: bool
) -> CacheSetup:
    """Create the cache of a sequence.

    Args:
        recipe: what it is created from.
        key_of: gives the key of a sample; None where nothing does.
        num_samples: how many samples there are.
        takes_rng: whether a subclass's `load` draws random numbers.
        has_executor: whether an executor makes the batches.

    Raises:
        TypeError: `cache` is neither text nor a path.
        ValueError: the arguments contradict each other.
    """
    cache, limit = recipe.cache, recipe.limit
    if cache is None:
        if limit is not None:
            raise ValueError(f'cache_limit={limit!r} without cache; expected cache="memory" beside it')
        return CacheSetup(None, 'cache=None; expected cache="memory" or a directory at construction')
    check_cache_name(cache)
    if takes_rng:
        raise ValueError(
            f"cache={cache!r} beside load(self, index, rng), whose first draw it would keep for ever; expected no "
            "cache, or load(self, index), with all randomness in the transform"
        )
    if key_of is None:
        hint = (
            "override cache_key(self, index) beside load"
            if recipe.loads_itself
            else "arrays are in memory already, and samples that hold one are not cached; leave cache= out, or store "
            "arrays as .npy files beside images in files"
        )
        why_none = f"cache={cache!r} keeps nothing: {hint}"
        warn_user(why_none)
        return CacheSetup(None, why_none)
    if cache == "memory" and has_executor:
        raise ValueError(
            'cache="memory" is local to this machine, and executor= may use others; expected a directory, local to '
            "each machine or shared"
        )
    limit = None if limit is None else byte_count("cache_limit", limit)
    store = make_store(cache, limit, fingerprint=recipe.fingerprint, num_samples=num_samples)
    if store is None:
        return CacheSetup(
            None, f"cache={cache!r} could not be written at construction; expected a directory that can be"
        )
    return CacheSetup(SampleCache(store, key_of), "")
