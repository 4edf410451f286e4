"""What one measurement is about, as it travels from the benchmark to the process that measures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Job:
    """A contender's work, in terms of JSON."""

    module: str  # of the contender: its `batches(job)` makes an endless iterator of (x, y)
    options: dict[str, Any]  # what tells apart contenders of one module
    image_folder: str
    mask_folder: str
    images: list[str]
    masks: list[str]
    palette: str  # as `SegmentationSequence` takes it
    colors: list[list[int]]  # of the palette's classes, in id order, for the peers
    batch_size: int
    crop: int
    workers: int
    seconds: float
    folder: str  # for what it writes
    is_cached: bool = False  # measured from the second epoch on
    step_share: float | None = field(default=None)  # of the throughput, that a simulated accelerator needs

    # Long enough that no epoch ends in a measurement: kind to who starts workers anew at every epoch.
    samples_per_epoch: int = 100_000
