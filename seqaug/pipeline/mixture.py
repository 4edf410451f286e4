"""The pipeline of several pipelines' samples, as of one data set."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any

import numpy as np

from seqaug.core.layout import Layout
from seqaug.core.padding import Padding
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import SampleError
from seqaug.pipeline.pipeline import Pipeline

Array = np.ndarray[Any, Any]


class PartSample(dict[str, Array]):
    """The arrays of a sample, and the number of the part that it comes from."""

    def __init__(self, arrays: Mapping[str, Array], part: int) -> None:
        super().__init__(arrays)
        self.part = part


class MixturePipeline:
    """Makes the samples of several pipelines, which are numbered one part after another.

    Random numbers of a sample come from its part's seed, and from its epoch and position in the mixture.

    Args:
        parts: the pipelines, whose rows have equal layouts.
        sizes: number of samples of each.
    """

    # The transform before the cache is each part's own.
    preparer = None

    def __init__(self, parts: Sequence[Pipeline], sizes: Sequence[int]) -> None:
        self.parts = list(parts)
        self.sizes = list(sizes)
        self.starts = list(accumulate(self.sizes, initial=0))
        self.describe: Callable[[int], str] = partial(_describe, self.starts, [part.describe for part in parts])

    @property
    def padding(self) -> Padding | None:
        """How batches of unequal sizes are padded."""
        return self.parts[0].padding

    @property
    def data_format(self) -> str:
        """The order of the axes in a batch."""
        return self.parts[0].data_format

    @property
    def additional_targets(self) -> dict[str, str]:
        """Kinds of further arrays by name."""
        return self.parts[0].additional_targets

    @property
    def size_is_fixed(self) -> bool:
        """Whether the height and width of all samples are fixed."""
        return all(part.size_is_fixed for part in self.parts)

    @property
    def shares_samples(self) -> bool:
        """Whether several rows of a batch may share a sample."""
        return all(part.shares_samples for part in self.parts)

    def sharing(self, requests: Sequence[SampleRequest]) -> MixturePipeline:
        """Return the same pipeline for these requests, once each: it loads a sample that several need only once."""
        of_parts: list[list[SampleRequest]] = [[] for _ in self.parts]
        for request in requests:
            part, local = self.local(request)
            of_parts[part].append(local)
        parts = [part.sharing(local) for part, local in zip(self.parts, of_parts, strict=True)]
        return MixturePipeline(parts, self.sizes)

    def part_of(self, index: int) -> tuple[int, int]:
        """Return the part of a sample, and its index there."""
        part = bisect_right(self.starts, index) - 1
        return part, index - self.starts[part]

    def local(self, request: SampleRequest) -> tuple[int, SampleRequest]:
        """Return the part of a request's sample, and the request for it there."""
        part, index = self.part_of(request.index)
        start = self.starts[part]
        return part, request._replace(index=index, unusable=tuple(other - start for other in request.unusable))

    def sample(self, request: SampleRequest) -> PartSample:
        """Make a sample; see `Pipeline.sample`."""
        part, local = self.local(request)
        return PartSample(self._named(part, local, self.parts[part].sample), part)

    def loaded(self, request: SampleRequest) -> dict[str, Array]:
        """Return a sample before augmentation; see `Pipeline.loaded`."""
        part, local = self.local(request)
        return self._named(part, local, self.parts[part].loaded)

    def augmented(self, loaded: Mapping[str, Array], request: SampleRequest) -> PartSample:
        """Augment a loaded sample; see `Pipeline.augmented`."""
        part, local = self.local(request)
        return PartSample(self.parts[part].augmented(loaded, local), part)

    def samples_of(self, request: SampleRequest) -> Iterator[int]:
        """List the samples that a request may read."""
        part, local = self.local(request)
        return (self.starts[part] + index for index in self.parts[part].samples_of(local))

    def layout(self, sample: PartSample) -> Layout:
        """Return the shape and dtype of each array of a sample in a batch."""
        return self.parts[sample.part].layout(sample)

    def write(self, sample: PartSample, row: Mapping[str, Array]) -> None:
        """Write a sample into the views of its row."""
        self.parts[sample.part].write(sample, row)

    def _named(self, part: int, request: SampleRequest, make: Callable[[SampleRequest], Any]) -> dict[str, Array]:
        """Make something of a sample, with its number in the mixture in errors."""
        try:
            made: dict[str, Array] = make(request)
        except SampleError as error:
            raise SampleError(self.starts[part] + error.index, error.where, error.reason) from error
        return made


def _describe(starts: Sequence[int], describes: Sequence[Callable[[int], str]], index: int) -> str:
    part = bisect_right(starts, index) - 1
    return describes[part](index - starts[part])
