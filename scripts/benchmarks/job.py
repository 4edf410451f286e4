"""The parameters of one measurement, sent from the benchmark to the process that measures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Job:
    """A contender's task, in JSON types."""

    module: str  # of the contender; its `batches(job)` is an endless iterator of (x, y)
    options: dict[str, Any]  # distinguishes contenders of one module
    image_folder: str
    mask_folder: str
    images: list[str]
    masks: list[str]
    palette: str  # argument of `SegmentationSequence`
    colors: list[list[int]]  # of the palette's classes, in id order, for the peers
    batch_size: int
    crop: int
    workers: int
    seconds: float
    folder: str  # for its output
    is_cached: bool = False  # measured from the second epoch on
    step_share: float | None = field(default=None)  # share of the throughput that a simulated accelerator consumes

    # So long that no epoch ends during a measurement, in favour of contenders that restart workers at every epoch.
    samples_per_epoch: int = 100_000
