"""Checks of the first batch of a sequence, for what is allowed and probably a mistake."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.core.user_warnings import warn_user
from seqaug.errors import SampleError, TransformError
from seqaug.loader.data_loader import Loader, request_at
from seqaug.pipeline.pipeline import Pipeline

Arrays = Mapping[str, np.ndarray[Any, Any]]


class FirstBatch(NamedTuple):
    """A batch, and the sample of its first row, recomputed in this process.

    Attributes:
        batch: the stacked arrays, as `assemble` takes them.
        request: of the first row.
        where: the sample's files, or its index.
        loaded: the sample's arrays before augmentation: "image", (H, W, C), "mask", (H, W) class ids, if there is one,
            and the additional targets. They may be read-only.
        augmented: the same after the transform, at their final size and dtypes, before encoding.
    """

    batch: Arrays
    request: SampleRequest
    where: str
    loaded: Arrays
    augmented: Arrays


Check = Callable[[FirstBatch], Iterable[str]]


class FirstBatchChecks:
    """Runs checks on the first batch of a sequence, and warns of what they find; thread-safe.

    Args:
        pipeline: recomputes the first sample.
        checks: each yields warnings: a sentence with figures and what to do.
    """

    def __init__(self, pipeline: Pipeline, checks: Sequence[Check]) -> None:
        self._lock = threading.Lock()
        # None once it is done, so that it keeps nothing alive.
        self._pending: tuple[Pipeline, Sequence[Check]] | None = (pipeline, checks) if checks else None

    def check(self, batch: Arrays, loader: Loader, epoch: int, batch_index: int) -> None:
        """Run the checks if this is the first batch.

        Args:
            batch: the batch, as `loader` made it.
            loader: knows the batch's requests.
            epoch: the batch's epoch.
            batch_index: the batch's index.
        """
        if not self.is_pending:
            return
        request = request_at(loader.indices(epoch), epoch, loader.batch_sampler.positions(batch_index)[0])
        if request.index != batch["index"][0]:  # a substitute for a skipped sample
            request = request._replace(index=int(batch["index"][0]), class_id=None)
        self.run(batch, request)

    @property
    def is_pending(self) -> bool:
        """Whether there are checks that have not run."""
        return self._pending is not None

    def run(self, batch: Arrays, request: SampleRequest) -> None:
        """Run the checks, once.

        Args:
            batch: the batch.
            request: of its first row.
        """
        with self._lock:
            pending, self._pending = self._pending, None
        if pending is None:
            return
        pipeline, checks = pending
        sample = _recomputed(pipeline, request)
        if sample is None:
            return
        first = FirstBatch(batch, request, pipeline.describe(request.index), *sample)
        for check in checks:
            for message in check(first):
                warn_user(message)


def _recomputed(pipeline: Pipeline, request: SampleRequest) -> tuple[Arrays, Arrays] | None:
    # The batch exists: what fails only here, such as a file that only workers see, is no fault of the data.
    with suppress(SampleError, TransformError):
        loaded = pipeline.loaded(request)
        return loaded, pipeline.augmented(loaded, request)
    return None
