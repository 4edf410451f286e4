"""Batches of an epoch: random access, prefetching, and samples that are skipped."""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.auto import AutoEngine
from seqaug.engines.base import Engine, Failure, Pending
from seqaug.errors import SampleError
from seqaug.loader.skipped import SkippedSamples
from seqaug.pipeline.pipeline import Pipeline
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.samplers import EpochIndices, EpochSampler
from seqaug.sampling.scheduled import ScheduledSampler

Arrays = dict[str, np.ndarray[Any, Any]]

# Batches that iteration prefetches by default, as Keras' `max_queue_size`.
DEFAULT_MAX_QUEUE_SIZE: Final = 10

# The epoch in training and the next one, which may be requested before the first has ended.
_EPOCHS_KEPT = 2


class Loader:
    """Makes the batches of a pipeline's samples with an engine; knows nothing of Keras.

    Batch i of an epoch is the same whenever it is requested, from any thread.

    Args:
        pipeline: makes the samples.
        sampler: which sample stands at which position.
        batch_sampler: which positions stand in which batch.
        engine: does the work.
        prefetch_batches: batches that iteration submits before they are requested.
        warm_batches: batches that `prefetch` submits. With an `AutoEngine`, both hold where it chooses workers, and
            at most as many warm batches as these can start.
        skipped: records samples that cannot be used, which are replaced by others of their epoch; None: they raise.

    Attributes:
        batch_sampler: as the argument.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        sampler: EpochSampler,
        *,
        batch_sampler: BatchSampler,
        engine: Engine,
        prefetch_batches: int,
        warm_batches: int,
        skipped: SkippedSamples | None,
    ) -> None:
        self._pipeline = pipeline
        self._sampler = sampler
        self.batch_sampler = batch_sampler
        self._engine = engine
        self._prefetch_batches = prefetch_batches
        self._warm_batches = warm_batches
        self._warm: dict[tuple[int, int], _InFlightBatch] = {}
        self._skipped = skipped
        self._lock = ForkLock()
        # By epoch, with the weights that they were drawn by.
        self._indices: OrderedDict[int, tuple[Any, EpochIndices]] = OrderedDict()

    def __len__(self) -> int:
        return len(self.batch_sampler)

    def with_batch_sampler(self, batch_sampler: BatchSampler) -> Loader:
        """Return a loader of the same epochs in other batches, with the same engine."""
        return Loader(
            self._pipeline,
            self._sampler,
            batch_sampler=batch_sampler,
            engine=self._engine,
            prefetch_batches=self._prefetch_batches,
            warm_batches=self._warm_batches,
            skipped=self._skipped,
        )

    def batch(self, epoch: int, batch_index: int) -> Arrays:
        """Make one batch: a dict of stacked arrays, and "index", (B,) int64, the samples' indices.

        Raises:
            SampleError: a sample cannot be used; or, if such samples are replaced, none of the epoch can.
            TransformError: the transform failed.
            ValueError: the samples differ in size.
        """
        return self._finish(self._take_or_submit(epoch, batch_index))

    def batches(self, epoch: int, first: int = 0) -> Iterator[Arrays]:
        """Make the batches of an epoch in order, starting at batch `first`, and prefetch."""
        in_flight: deque[_InFlightBatch] = deque()
        try:
            for batch_index in range(first, len(self)):
                in_flight.append(self._take_or_submit(epoch, batch_index))
                if len(in_flight) > self._prefetched(self._prefetch_batches):
                    yield self._finish(in_flight.popleft())
            while in_flight:
                yield self._finish(in_flight.popleft())
        finally:
            for left in in_flight:
                left.cancel()

    def prefetch(self, epoch: int) -> None:
        """Submit the first batches of an epoch that will be requested soon; cancel those of other epochs."""
        self._cancel_warm()
        self.decide_workers(epoch)
        warm_batches = self._prefetched(self._warm_batches, self._engine.workers + 1)
        warm = {(epoch, index): self._submit(epoch, index) for index in range(min(warm_batches, len(self)))}
        with self._lock:
            self._warm |= warm

    def close(self) -> None:
        """Free the engine's resources; the next batch acquires them again."""
        self._cancel_warm()
        self._engine.close()

    def _cancel_warm(self) -> None:
        with self._lock:
            cancelled, self._warm = self._warm, {}
        for in_flight in cancelled.values():
            in_flight.cancel()

    def _take_or_submit(self, epoch: int, batch_index: int) -> _InFlightBatch:
        with self._lock:
            warm = self._warm.pop((epoch, batch_index), None)
        if warm is not None and warm.indices is not self.indices(epoch):
            warm.cancel()  # the weights of the epoch have changed since
            warm = None
        return self._submit(epoch, batch_index) if warm is None else warm

    def on_order_changed(self, epoch: int) -> None:
        """Submit the prefetched batches of an epoch again, where there are any: its samples are others."""
        with self._lock:
            has_warm = any(key[0] == epoch for key in self._warm)
        if has_warm:
            self.prefetch(epoch)

    def _submit(self, epoch: int, batch_index: int) -> _InFlightBatch:
        indices = self.indices(epoch)
        requests = self._requests(indices, epoch, batch_index)
        if isinstance(self._engine, AutoEngine):
            self._engine.decide(self._pipeline, requests.values())
        batch = Batch(len(requests), self._pipeline.padding)
        pending = self._engine.submit(self._pipeline, requests, batch)
        return _InFlightBatch(epoch, batch_index, os.getpid(), indices, requests, batch, pending)

    def _requests(self, indices: EpochIndices, epoch: int, batch_index: int) -> dict[int, SampleRequest]:
        positions = self.batch_sampler.positions(batch_index)
        return {row: request_at(indices, epoch, position) for row, position in enumerate(positions)}

    def decide_workers(self, epoch: int) -> int:
        """Let an `AutoEngine` choose its workers, by samples of an epoch's first batch; return how many they are."""
        if not isinstance(self._engine, AutoEngine):
            return self._engine.workers
        if self._engine.choice is None:
            return self._engine.decide(self._pipeline, self._requests(self.indices(epoch), epoch, 0).values()).workers
        return self._engine.choice.workers

    def _prefetched(self, batches: int, most: int | None = None) -> int:
        """Limit a number of prefetched batches where an `AutoEngine` chose its workers."""
        if not isinstance(self._engine, AutoEngine):
            return batches
        if self._engine.choice is not None and not self._engine.choice.workers:
            return 0
        return batches if most is None else min(batches, most)

    def _finish(self, in_flight: _InFlightBatch) -> Arrays:
        if in_flight.is_inherited:
            in_flight = self._submit(in_flight.epoch, in_flight.batch_index)
        requests, batch, pending = in_flight.requests, in_flight.batch, in_flight.pending
        failures = pending.result()
        substitutes: dict[int, Iterator[SampleRequest]] = {}
        while failures:
            if self._skipped is None:
                raise failures[0].error
            for failure in failures:
                self._skipped.note(failure.error)
                row = failure.row
                if failure.error.index != requests[row].index:
                    # A sample that was mixed into it: others are drawn instead.
                    unusable = *requests[row].unusable, failure.error.index
                    requests[row] = requests[row]._replace(unusable=unusable)
                    continue
                requests[row] = self._next_substitute(
                    substitutes.setdefault(row, self._substitutes(requests[row])), failure
                )
            retried = {failure.row: requests[failure.row] for failure in failures}
            failures = self._engine.submit(self._pipeline, retried, batch).result()
        return {**batch.finished(), "index": np.array([request.index for request in requests.values()], np.int64)}

    def _substitutes(self, request: SampleRequest) -> Iterator[SampleRequest]:
        """Yield the other samples of the epoch, each once, from the position on; randomness stays the position's.

        A substitute is not drawn for the class of the sample that it replaces, which it may not contain.
        """
        indices = self.indices(request.epoch)
        tried = {request.index}
        for position in chain(range(request.position + 1, self.batch_sampler.length), range(request.position)):
            index = int(indices.samples[position])
            if index not in tried:
                tried.add(index)
                yield request._replace(index=index, class_id=None)

    @staticmethod
    def _next_substitute(substitutes: Iterator[SampleRequest], failure: Failure) -> SampleRequest:
        try:
            return next(substitutes)
        except StopIteration:
            error = failure.error
            raise SampleError(
                error.index, error.where, f"no sample of the epoch can be used; the last one tried: {error.reason}"
            ) from error

    def indices(self, epoch: int) -> EpochIndices:
        """Return which sample stands at which position of an epoch."""
        with self._lock:
            weights = self._sampler.in_force(epoch) if isinstance(self._sampler, ScheduledSampler) else None
            if epoch not in self._indices or self._indices[epoch][0] is not weights:
                self._indices[epoch] = weights, self._sampler(epoch)
                if len(self._indices) > _EPOCHS_KEPT:
                    self._indices.popitem(last=False)
            return self._indices[epoch][1]


def request_at(indices: EpochIndices, epoch: int, position: int) -> SampleRequest:
    """Return the request for a position of an epoch."""
    return SampleRequest(int(indices.samples[position]), epoch, position, indices.class_at(position))


class _InFlightBatch(NamedTuple):
    epoch: int
    batch_index: int
    process: int
    indices: EpochIndices
    requests: dict[int, SampleRequest]
    batch: Batch
    pending: Pending

    @property
    def is_inherited(self) -> bool:
        """Whether this process is a fork, which has inherited the batch without the workers that would finish it."""
        return self.process != os.getpid()

    def cancel(self) -> None:
        """Cancel the rows that have not started."""
        if not self.is_inherited:
            self.pending.cancel()
