"""What the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Setting(NamedTuple):
    """How samples are made.

    Attributes:
        workers: threads or processes; 0: the thread that asks.
        processes: whether they are processes.
        cache: whether decoded samples are kept in memory.
        uint8: whether images stay uint8 (`rescale=None`).
        without: the transform that is left out, or None.
    """

    workers: int
    processes: bool = False
    cache: bool = False
    uint8: bool = False
    without: str | None = None

    @property
    def workforce(self) -> str:
        """Say who works."""
        if not self.workers:
            return "inline"
        kind = "process" if self.processes else "thread"
        return f"{self.workers} {kind}" + ("" if self.workers == 1 else "es" if self.processes else "s")

    @property
    def arguments(self) -> str:
        """Say it as arguments of a sequence."""
        return f"workers={self.workers}" + (", use_multiprocessing=True" if self.processes else "")


class Pace(NamedTuple):
    """How fast a setting is.

    Attributes:
        samples_per_second: the median of the rounds.
        first_batch_seconds: from the beginning, with workers that have yet to start, to the first batch.
    """

    samples_per_second: float
    first_batch_seconds: float


class Trial(NamedTuple):
    """A setting that was tried.

    Attributes:
        setting: the setting.
        pace: how fast it is.
        gain: how many times as fast as the best workforce without it, the median of ratios within rounds.
    """

    setting: Setting
    pace: Pace
    gain: float


class Memory(NamedTuple):
    """Memory, in bytes.

    Attributes:
        worker: what a worker process has to itself, the largest; None where it is not known.
        batch: a batch.
        cache: all samples, decoded, about.
        free: what is free.
    """

    worker: int | None
    batch: int
    cache: int
    free: int


@dataclass(frozen=True)
class Findings:
    """All that was measured.

    Attributes:
        num_samples: how many samples there are.
        tried_samples: how many of them rates were measured on.
        batch_size: samples in a batch.
        stages: milliseconds a sample in one thread, by stage, in the order in which a sample meets them: "read",
            "decode image", "decode mask", "class ids", the transforms by name, "composition" (what is around them),
            "resize", "write row".
        transforms: which of the stages are transforms.
        paces: of workforces alone.
        best: the fastest of them.
        trials: the fastest one with one setting changed.
        memory: the memory.
    """

    num_samples: int
    tried_samples: int
    batch_size: int
    stages: dict[str, float]
    transforms: list[str]
    paces: dict[Setting, Pace]
    best: Setting
    trials: list[Trial]
    memory: Memory
