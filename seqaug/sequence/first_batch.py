"""The first batch of a sequence, looked at once for what is allowed and probably not meant."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.core.user_warnings import warn_user
from seqaug.errors import SampleError, TransformError
from seqaug.loader.data_loader import Loader, request_at
from seqaug.pipeline.pipeline import Pipeline

Arrays = Mapping[str, np.ndarray[Any, Any]]


class FirstBatch(NamedTuple):
    """A batch as it was made, and the sample of its first row, made once more in this process.

    Attributes:
        batch: the stacked arrays, as `assemble` takes them.
        request: what stands in the first row.
        where: names its sample: its files, or its index.
        loaded: its arrays before augmentation: "image", (H, W, C), "mask", (H, W) class ids, if there is one, and the
            additional targets. They may be read-only.
        augmented: the same after the transform, at the size and of the dtypes that they end at, before encoding.
    """

    batch: Arrays
    request: SampleRequest
    where: str
    loaded: Arrays
    augmented: Arrays


Check = Callable[[FirstBatch], Iterable[str]]


class FirstBatchChecks:
    """Runs checks on the first batch that a sequence makes, and warns of what they find; from any thread.

    Args:
        pipeline: makes the first sample once more.
        checks: each gives what to warn of, a sentence with figures and the cure each.
    """

    def __init__(self, pipeline: Pipeline, checks: Sequence[Check]) -> None:
        self._lock = threading.Lock()
        # None once it is done, so that nothing is held for its sake.
        self._left: tuple[Pipeline, Sequence[Check]] | None = (pipeline, checks) if checks else None

    def look_at(self, batch: Arrays, loader: Loader, epoch: int, number: int) -> None:
        """Run the checks, where no batch was looked at before.

        Args:
            batch: batch `number` of `epoch`, as `loader` made it.
            loader: knows what stands where.
            epoch: whose batch it is.
            number: which of the epoch's it is.
        """
        with self._lock:
            left, self._left = self._left, None
        if left is None:
            return
        pipeline, checks = left
        request = request_at(loader.indices(epoch), epoch, loader.batch_sampler.positions(number)[0])
        if request.index != batch["index"][0]:  # another sample stands in for one that was skipped
            request = replace(request, index=int(batch["index"][0]), class_id=None)
        sample = _made_again(pipeline, request)
        if sample is None:
            return
        first = FirstBatch(batch, request, pipeline.describe(request.index), *sample)
        for check in checks:
            for message in check(first):
                warn_user(message)


def _made_again(pipeline: Pipeline, request: SampleRequest) -> tuple[Arrays, Arrays] | None:
    # The batch is whole: what fails only here, such as a file that only workers see, is no fault of the data.
    with suppress(SampleError, TransformError):
        loaded = pipeline.loaded(request)
        return loaded, pipeline.augmented(loaded, request)
    return None
