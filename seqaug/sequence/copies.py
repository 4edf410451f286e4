"""What a copy of a sequence is made with, in this process or in another one."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, NamedTuple

from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.samplers import Sampler
from seqaug.statistics.counts import ClassCounts


class CacheRecipe(NamedTuple):
    """How a sequence made its cache; see there."""

    cache: Any
    limit: Any
    fingerprint: str
    loads_itself: bool


_NO_CACHE = CacheRecipe(None, None, "", False)


@dataclass
class Recipe:
    """What is to be made anew for a copy of a sequence, because it belongs to one sequence or process alone.

    Attributes:
        executor: who prepares batches, or None.
        use_multiprocessing: whether workers are processes.
        cache: how the cache is made.
        counts_dir: where counts of classes are kept between runs, or None.
        counts: those that are known already, or None.
        epochs: the order of epochs, and their division into batches, once samples are known.
    """

    executor: Executor | None
    use_multiprocessing: bool
    cache: CacheRecipe = _NO_CACHE
    counts_dir: Any = None
    counts: ClassCounts | None = None
    epochs: tuple[Sampler, BatchSampler] | None = None
