"""How long each step of a sample takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from seqaug.augmentation.timed import TimedTransform
from seqaug.core.rng import sample_generators
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import SampleError, TransformError
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.reading.file_bytes import read_bytes

Arrays = dict[str, np.ndarray[Any, Any]]


class Stages(NamedTuple):
    """What a sample costs.

    Attributes:
        milliseconds: by stage, means over the samples; see `Findings.stages`.
        transforms: which of the stages are transforms.
        dispensable: which transforms change no sizes, so that samples can do without them.
        loaded_bytes: of a decoded sample, the mean.
        row_bytes: of a row of a batch.
        is_uint8: whether images are uint8 until they are written.
    """

    milliseconds: dict[str, float]
    transforms: list[str]
    dispensable: list[str]
    loaded_bytes: float
    row_bytes: int
    is_uint8: bool


def measure_stages(bench: PipelineBuilder, indices: Sequence[int], seconds: float) -> Stages:
    """Make samples step by step, with a clock, in this thread, for as long as said but at least two.

    Args:
        bench: the samples.
        indices: which ones.
        seconds: when to stop.

    Raises:
        SampleError: a sample cannot be loaded.
        TransformError: the transform failed on one.
    """
    pipeline = bench.pipeline(transform=None)
    timed = None if bench.transform is None else TimedTransform(bench.transform, {}, bench.labels.ignore_index)
    # What is made for the first time takes longer; and should it fail, this says why.
    bench.pipeline(transform=bench.transform).sample(SampleRequest(indices[0], 0, 0))
    clock = _Clock()
    loaded_bytes = row_bytes = count = 0
    is_uint8 = True
    begin = perf_counter()
    for index in indices:
        if count > 1 and perf_counter() - begin > seconds:
            break
        try:
            sample = _load(bench, index, clock)
        except Exception as error:
            raise SampleError.of(index, bench.source.describe(index), error) from error
        loaded_bytes += sum(pixels.nbytes for pixels in sample.values())
        if timed is not None:
            before = sum(timed.seconds.values())
            try:
                with clock.measured("composition"):
                    sample = timed(sample, partial(sample_generators, bench.seed, 0, index))
            except Exception as error:
                raise TransformError(f"sample {index} ({bench.source.describe(index)}): {error}") from error
            clock.seconds["composition"] -= sum(timed.seconds.values()) - before
        with clock.measured("resize"):
            sample = pipeline.finished(sample)
        is_uint8 = is_uint8 and sample["image"].dtype == np.uint8
        row = {name: np.zeros(shape, dtype) for name, (shape, dtype) in pipeline.layout(sample).items()}
        with clock.measured("write row"):
            pipeline.write(sample, row)
        row_bytes = max(row_bytes, sum(pixels.nbytes for pixels in row.values()))
        count += 1
    spent = {name: clock.seconds[name] for name in ("read", "decode image", "decode mask", "class ids")}
    if timed is not None:
        spent |= {**timed.seconds, "composition": clock.seconds["composition"]}
    if bench.image_size is not None:
        spent["resize"] = clock.seconds["resize"]
    spent["write row"] = clock.seconds["write row"]
    return Stages(
        {name: max(value, 0.0) * 1000 / count for name, value in spent.items()},
        [] if timed is None else list(timed.seconds),
        [] if timed is None else [name for name in timed.seconds if name not in timed.resizing],
        loaded_bytes / count,
        row_bytes,
        is_uint8,
    )


def _load(bench: PipelineBuilder, index: int, clock: _Clock) -> Arrays:
    with clock.measured("read"):
        read_bytes(bench.images[index])
        read_bytes(bench.masks[index])
    with clock.measured("decode image"):
        image = bench.source.load_image(index)
    with clock.measured("decode mask"):
        stored = bench.source.load_mask(index)
    # Both have read their files anew, from the system's memory.
    with clock.measured("again"):
        read_bytes(bench.images[index])
    clock.seconds["decode image"] -= clock.seconds.pop("again")
    with clock.measured("again"):
        read_bytes(bench.masks[index])
    clock.seconds["decode mask"] -= clock.seconds.pop("again")
    with clock.measured("class ids"):
        mask = bench.labels.encode(stored)
    return {"image": image, "mask": mask}


class _Clock:
    """Seconds by name."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        begin = perf_counter()
        yield
        self.seconds[name] += perf_counter() - begin
