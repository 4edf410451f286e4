"""What to change where training waits for its input."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

# Workers that are busy for less than this share do not bound the input themselves.
_BUSY = 0.75


class InputSettings(NamedTuple):
    """What a sequence is set to, of what decides how fast batches are made.

    Attributes:
        workers: threads or processes that make batches; 0: the thread that trains.
        has_processes: whether they are processes.
        is_cached: whether samples are decoded once.
        can_cache: whether a cache would keep anything.
        rescales: whether images become float32 here.
    """

    workers: int
    has_processes: bool
    is_cached: bool
    can_cache: bool
    rescales: bool


def advice(settings: InputSettings, *, waited: float, busy: float, cores: int) -> str:
    """Say what to try, most promising first, of what is not on already.

    Args:
        settings: those of the sequence that is trained on.
        waited: the share of the time in which training waited for batches, above 0 and below 1.
        busy: the share of the time in which workers made rows, averaged over the workers.
        cores: how many this process may use.
    """
    proposals = []
    # While a worker is idle a core is, so workers up to the cores come first, also where they are not busy throughout:
    # what they wait for, Python's lock and the reading of files, others need not wait for.
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


def advice_elsewhere(settings: InputSettings, *, busy: float) -> str:
    """Say what to try where an executor makes the batches; see `advice`."""
    proposals = ["more workers of the executor" if busy > _BUSY else "a larger max_queue_size"]
    return f"{_joined(proposals + _cache_and_bytes(settings, 'cache= a directory'))}."


def _cache_and_bytes(settings: InputSettings, cache: str) -> list[str]:
    proposals = []
    if settings.can_cache and not settings.is_cached:
        proposals.append(cache)
    if settings.rescales:
        proposals.append("rescale=None, with which batches of uint8 images are a quarter of the bytes")
    return proposals


def _joined(proposals: list[str]) -> str:
    *others, last = proposals
    return f"{', '.join(others)} or {last}" if others else last
