"""What the profiler measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Setting(NamedTuple):
    """A configuration of workers and of the options that make samples cheaper.

    Attributes:
        workers: number of threads or processes; 0: samples are made in the calling thread.
        processes: whether the workers are processes.
        cache: whether decoded samples are kept in memory.
        uint8: whether images stay uint8 (`rescale=None`).
        without: name of the transform that is left out, or None.
    """

    workers: int
    processes: bool = False
    cache: bool = False
    uint8: bool = False
    without: str | None = None

    @property
    def label(self) -> str:
        """Number and kind of the workers: "2 threads"."""
        if not self.workers:
            return "inline"
        kind = "process" if self.processes else "thread"
        return f"{self.workers} {kind}" + ("" if self.workers == 1 else "es" if self.processes else "s")

    @property
    def arguments(self) -> str:
        """The workers as arguments of a sequence: "workers=2"."""
        return f"workers={self.workers}" + (", use_multiprocessing=True" if self.processes else "")


class Throughput(NamedTuple):
    """How fast a setting delivers batches.

    Attributes:
        samples_per_second: median over the rounds.
        first_batch_seconds: time to the first batch, with workers that have yet to start.
    """

    samples_per_second: float
    first_batch_seconds: float


class Trial(NamedTuple):
    """A setting that changes one thing in the best workers' setting.

    Attributes:
        setting: the changed setting.
        throughput: its throughput.
        speedup: its throughput relative to the unchanged setting, the median of the ratios within rounds.
    """

    setting: Setting
    throughput: Throughput
    speedup: float


class Memory(NamedTuple):
    """Memory, in bytes.

    Attributes:
        worker: private memory of the largest worker process; None if unknown.
        batch: one batch.
        cache: all samples, decoded (an estimate).
        free: free memory.
    """

    worker: int | None
    batch: int
    cache: int
    free: int


@dataclass(frozen=True)
class ProfileResults:
    """All measurements of a profile.

    Attributes:
        num_samples: size of the data set.
        measured_samples: number of samples that throughput was measured on.
        batch_size: samples per batch.
        stages: milliseconds per sample in one thread, by stage, in processing order: "read", "decode image",
            "decode mask", "class ids", "prepare", "load partners" (samples that transforms mix it with), the transforms
            by name, "composition" (its overhead), "resize", "write row". Samples other than pairs of files have "load"
            in the place of the first four, and a "transform" that moves more than an image and a mask is one stage,
            with the loading of partners.
        transforms: which of the stages are transforms.
        throughput: of each number and kind of workers.
        best: the setting with the fewest workers among the fastest.
        trials: `best` with one setting changed.
        memory: memory needed and free.
        png_decoders: what decodes PNG files, by "threads" (two or more) and "others".
    """

    num_samples: int
    measured_samples: int
    batch_size: int
    stages: dict[str, float]
    transforms: list[str]
    throughput: dict[Setting, Throughput]
    best: Setting
    trials: list[Trial]
    memory: Memory
    png_decoders: dict[str, str]
