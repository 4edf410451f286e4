"""What to change where training waits for its input."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

# Workers that are busy for a smaller share of the time are not the bottleneck.
_BUSY = 0.75


class InputSettings(NamedTuple):
    """Settings of a sequence that decide how fast it makes batches.

    Attributes:
        workers: threads or processes that make batches; 0: the training thread makes them.
        has_processes: whether they are processes.
        is_cached: whether samples are decoded once.
        can_cache: whether samples can be cached.
        rescales: whether integer images become float32.
    """

    workers: int
    has_processes: bool
    is_cached: bool
    can_cache: bool
    rescales: bool


def advice(settings: InputSettings, *, waited: float, busy: float, cores: int) -> str:
    """Propose settings that are not on yet, the most promising first.

    Args:
        settings: of the sequence that is trained on.
        waited: share of the time in which training waited for batches, above 0 and below 1.
        busy: share of the time in which workers made rows, averaged over the workers.
        cores: number of cores that this process may use.
    """
    proposals = []
    # An idle worker leaves a core idle, so more workers, up to the cores, come first even where workers are not busy:
    # others need not wait for what they wait for, Python's lock and the reading of files.
    if settings.workers < cores:
        needed = ceil(max(settings.workers, 1) * busy / max(1 - waited, 0.01))
        proposals.append(f"workers={min(max(needed, settings.workers + 1, 2), cores)}")
    elif not settings.has_processes:
        proposals.append("use_multiprocessing=True, which helps where the transform runs much Python")
    proposals += _cache_and_bytes(settings, 'cache="memory"')
    if not proposals:
        proposals.append("a larger max_queue_size" if busy < _BUSY else "executor= with other machines")
        proposals.append("a lighter transform")
    return f"{_joined(proposals)}; `seqaug bench` measures what each would gain."


def advice_for_executor(settings: InputSettings, *, busy: float) -> str:
    """Propose settings where an executor makes the batches; see `advice`."""
    proposals = ["more workers of the executor" if busy > _BUSY else "a larger max_queue_size"]
    return f"{_joined(proposals + _cache_and_bytes(settings, 'cache= a directory'))}."


def _cache_and_bytes(settings: InputSettings, cache: str) -> list[str]:
    proposals = []
    if settings.can_cache and not settings.is_cached:
        proposals.append(cache)
    if settings.rescales:
        proposals.append("rescale=None, with which batches of uint8 images take a quarter of the bytes of float32")
    return proposals


def _joined(proposals: list[str]) -> str:
    *others, last = proposals
    return f"{', '.join(others)} or {last}" if others else last
