"""Time of each stage of a sample."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from seqaug.augmentation.mixing.handover import PartnerLoadError
from seqaug.augmentation.timed import TimedTransform
from seqaug.core.rng import sample_generators
from seqaug.core.sample_request import SampleRequest, sample_name
from seqaug.errors import SampleError, TransformError
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.reading.file_bytes import read_bytes
from seqaug.reading.readers import BUILT_IN
from seqaug.sources.base import DataSource
from seqaug.sources.files import FilePairs
from seqaug.statistics.counts import ClassCounts

Arrays = dict[str, np.ndarray[Any, Any]]

# Of sources other than pairs of files, loading is one stage.
LOADING_STAGES = ("read", "decode image", "decode mask", "class ids", "load")
_OF_FILES = LOADING_STAGES[:-1]


class StageTimes(NamedTuple):
    """What a sample costs.

    Attributes:
        milliseconds: mean per sample, by stage; see `ProfileResults.stages`.
        transforms: which of the stages are transforms.
        removable: the transforms that change no sizes, which can be left out.
        examples: samples with the classes for which transforms draw others.
        loaded_bytes: mean size of a decoded and prepared sample.
        row_bytes: size of a row of a batch.
        is_uint8: whether images are uint8 until they are written.
    """

    milliseconds: dict[str, float]
    transforms: list[str]
    removable: list[str]
    examples: list[int]
    loaded_bytes: float
    row_bytes: int
    is_uint8: bool


def time_stages(
    source: DataSource,
    builder: PipelineBuilder,
    indices: Sequence[int],
    seconds: float,
    counts: ClassCounts | None = None,
) -> StageTimes:
    """Process samples stage by stage in this thread, and time each stage.

    Args:
        source: the samples.
        builder: builds the pipeline.
        indices: which samples.
        seconds: when to stop, but not before two samples.
        counts: the class counts, where a transform draws samples by class; None: the builder's.

    Raises:
        SampleError: a sample cannot be loaded.
        TransformError: the transform failed on one.
    """
    pipeline = builder.pipeline(source, counts=None if counts is None else lambda _: counts)
    timed = None
    if builder.transform is not None and _times_each(builder):
        timed = TimedTransform(builder.transform, {}, builder.labels.ignore_index)
    are_pairs = isinstance(source, FilePairs) and source.readers == BUILT_IN
    loading = None if are_pairs and not builder.labels.overlapping else pipeline.as_loaded()
    # The first sample takes longer, and should the transform fail, the pipeline's error says why.
    pipeline.sample(SampleRequest(indices[0], 0, 0))
    clock = _Clock()
    loaded_bytes = row_bytes = count = 0
    is_uint8 = True
    start = perf_counter()
    for index in indices:
        if count > 1 and perf_counter() - start > seconds:
            break
        request = SampleRequest(index, 0, index)
        if loading is None:
            assert isinstance(source, FilePairs)
            sample = _load_pair(source, builder.labels, index, clock)
        else:
            with clock.measured("load"):
                sample = loading.loaded(request)
        if pipeline.preparer is not None:
            with clock.measured("prepare"):
                sample = pipeline.preparer(sample)
        loaded_bytes += sum(pixels.nbytes for pixels in sample.values())
        if timed is not None:
            before = sum(timed.seconds.values()) + timed.loading
            partners = pipeline.partner_source(request)
            try:
                with clock.measured("composition"):
                    sample = timed(sample, partial(sample_generators, builder.seed, 0, index), partners)
            except PartnerLoadError as error:
                raise error.error from error.error.__cause__
            except Exception as error:
                raise TransformError(f"{sample_name(source.describe, index)}: {error}") from error
            clock.seconds["composition"] -= sum(timed.seconds.values()) + timed.loading - before
        elif builder.transform is not None:
            with clock.measured("transform"):
                sample = pipeline.augmented(sample, request)
        with clock.measured("resize"):
            sample = pipeline.finished(sample)
        is_uint8 = is_uint8 and sample["image"].dtype == np.uint8
        row = {name: np.zeros(shape, dtype) for name, (shape, dtype) in pipeline.layout(sample).items()}
        with clock.measured("write row"):
            pipeline.write(sample, row)
        row_bytes = max(row_bytes, sum(pixels.nbytes for pixels in row.values()))
        count += 1
    elapsed = {name: clock.seconds[name] for name in (_OF_FILES if loading is None else ("load",))}
    if pipeline.preparer is not None:
        elapsed["prepare"] = clock.seconds["prepare"]
    if timed is not None and timed.mixes:
        elapsed["load partners"] = timed.loading
    if timed is not None:
        elapsed |= {**timed.seconds, "composition": clock.seconds["composition"]}
    elif builder.transform is not None:
        elapsed["transform"] = clock.seconds["transform"]
    if builder.image_size is not None:
        elapsed["resize"] = clock.seconds["resize"]
    elapsed["write row"] = clock.seconds["write row"]
    return StageTimes(
        {name: max(value, 0.0) * 1000 / count for name, value in elapsed.items()},
        [] if timed is None else list(timed.seconds),
        [] if timed is None else [name for name in timed.seconds if name not in timed.resizing],
        [] if pipeline.partners is None else pipeline.partners.examples,
        loaded_bytes / count,
        row_bytes,
        is_uint8,
    )


def _times_each(builder: PipelineBuilder) -> bool:
    """Whether each transform is timed; the composition as a whole where it moves more than an image and a mask."""
    has_more = builder.additional_targets or builder.mirrored_ids or builder.labels.overlapping
    return builder.has_masks and not has_more


def _load_pair(pairs: FilePairs, labels: LabelSpec, index: int, clock: _Clock) -> Arrays:
    try:
        return _load(pairs, labels, index, clock)
    except Exception as error:
        raise SampleError.of(index, pairs.describe(index), error) from error


def _load(pairs: FilePairs, labels: LabelSpec, index: int, clock: _Clock) -> Arrays:
    files = pairs[index]
    with clock.measured("read"):
        read_bytes(files.image)
        read_bytes(files.mask)
    with clock.measured("decode image"):
        image = pairs.load_image(index)
    with clock.measured("decode mask"):
        stored = pairs.load_mask(index)
    # Both have read their files again, from the page cache: subtract that.
    with clock.measured("reread"):
        read_bytes(files.image)
    clock.seconds["decode image"] -= clock.seconds.pop("reread")
    with clock.measured("reread"):
        read_bytes(files.mask)
    clock.seconds["decode mask"] -= clock.seconds.pop("reread")
    with clock.measured("class ids"):
        mask = labels.encode(stored)
    return {"image": image, "mask": mask}


class _Clock:
    """Accumulated seconds by name."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self.seconds[name] += perf_counter() - start
