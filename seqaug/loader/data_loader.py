"""Batches of an epoch: random access, reading ahead, and what happens to samples that cannot be used."""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Engine, Failure, Pending
from seqaug.errors import SampleError
from seqaug.loader.skipped import SkippedSamples
from seqaug.pipeline.pipeline import Pipeline
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.samplers import EpochIndices, Sampler

Arrays = dict[str, np.ndarray[Any, Any]]

# Batches that iteration prefetches by default, as Keras' `max_queue_size`.
DEFAULT_MAX_QUEUE_SIZE: Final = 10

# The epoch that trains and the next one, which may be asked for before the first has ended.
_ORDERS_KEPT = 2


class Loader:
    """Makes the batches of a pipeline's samples in an order, with an engine; knows nothing of Keras.

    Batch i of an epoch is the same whenever it is asked for, from any thread.

    Args:
        pipeline: what is done to a sample.
        order: which sample stands at which position.
        division: which positions stand in which batch.
        engine: who does the work.
        ahead: batches that iteration has in hand before they are asked for.
        early: batches that `prepare` begins.
        skipped: where samples that cannot be used are noted, and replaced by others of their epoch; None: they raise.

    Attributes:
        division: the same.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        order: Sampler,
        *,
        division: BatchSampler,
        engine: Engine,
        ahead: int,
        early: int,
        skipped: SkippedSamples | None,
    ) -> None:
        self._pipeline = pipeline
        self._order = order
        self.division = division
        self._engine = engine
        self._ahead = ahead
        self._early = early
        self._prepared: dict[tuple[int, int], _InFlightBatch] = {}
        self._skipped = skipped
        self._lock = ForkLock()
        self._orders: OrderedDict[int, EpochIndices] = OrderedDict()

    def __len__(self) -> int:
        return len(self.division)

    def divided(self, division: BatchSampler) -> Loader:
        """Give another loader of the same epochs, which are divided otherwise, with the same engine."""
        return Loader(
            self._pipeline,
            self._order,
            division=division,
            engine=self._engine,
            ahead=self._ahead,
            early=self._early,
            skipped=self._skipped,
        )

    def batch(self, epoch: int, number: int) -> Arrays:
        """Make one batch: a dict of stacked arrays, and "index", (B,) int64, which samples they are.

        Raises:
            SampleError: a sample cannot be used; or, where such samples are replaced, none of the epoch can.
            TransformError: the transform failed.
            ValueError: the samples do not end at one size.
        """
        return self._finish(self._begun(epoch, number))

    def batches(self, epoch: int, first: int = 0) -> Iterator[Arrays]:
        """Make the batches of an epoch in order, from one on, some ahead of being asked for."""
        begun: deque[_InFlightBatch] = deque()
        try:
            for number in range(first, len(self)):
                begun.append(self._begun(epoch, number))
                if len(begun) > self._ahead:
                    yield self._finish(begun.popleft())
            while begun:
                yield self._finish(begun.popleft())
        finally:
            for left in begun:
                left.cancel()

    def prepare(self, epoch: int) -> None:
        """Begin the first batches of an epoch, which will be asked for soon; forget those of other epochs."""
        self._forget_prepared()
        prepared = {(epoch, number): self._begin(epoch, number) for number in range(min(self._early, len(self)))}
        with self._lock:
            self._prepared |= prepared

    def close(self) -> None:
        """Free what the engine holds; it takes it again when a batch is next asked for."""
        self._forget_prepared()
        self._engine.close()

    def _forget_prepared(self) -> None:
        with self._lock:
            forgotten, self._prepared = self._prepared, {}
        for begun in forgotten.values():
            begun.cancel()

    def _begun(self, epoch: int, number: int) -> _InFlightBatch:
        with self._lock:
            prepared = self._prepared.pop((epoch, number), None)
        return self._begin(epoch, number) if prepared is None else prepared

    def _begin(self, epoch: int, number: int) -> _InFlightBatch:
        order = self.order(epoch)
        positions = self.division.positions(number)
        requests = {row: request_at(order, epoch, position) for row, position in enumerate(positions)}
        batch = Batch(len(requests))
        return _InFlightBatch(
            epoch, number, os.getpid(), requests, batch, self._engine.submit(self._pipeline, requests, batch)
        )

    def _finish(self, begun: _InFlightBatch) -> Arrays:
        if begun.is_inherited:
            begun = self._begin(begun.epoch, begun.number)
        requests, batch, pending = begun.requests, begun.batch, begun.pending
        failures = pending.result()
        substitutes: dict[int, Iterator[SampleRequest]] = {}
        while failures:
            if self._skipped is None:
                raise failures[0].error
            for failure in failures:
                self._skipped.note(failure.error)
                row = failure.row
                requests[row] = self._next_substitute(
                    substitutes.setdefault(row, self._substitutes(requests[row])), failure
                )
            again = {failure.row: requests[failure.row] for failure in failures}
            failures = self._engine.submit(self._pipeline, again, batch).result()
        return {**batch.arrays, "index": np.array([request.index for request in requests.values()], np.int64)}

    def _substitutes(self, request: SampleRequest) -> Iterator[SampleRequest]:
        """Walk the other samples of the epoch from a position on, each once; chance stays that of the position.

        They stand in for a sample without being drawn for its class, which they may not contain.
        """
        order = self.order(request.epoch)
        tried = {request.index}
        for position in chain(range(request.position + 1, self.division.length), range(request.position)):
            index = int(order.samples[position])
            if index not in tried:
                tried.add(index)
                yield replace(request, index=index, class_id=None)

    @staticmethod
    def _next_substitute(substitutes: Iterator[SampleRequest], failure: Failure) -> SampleRequest:
        try:
            return next(substitutes)
        except StopIteration:
            error = failure.error
            raise SampleError(
                error.index, error.where, f"no sample of the epoch can be used; the last one tried: {error.reason}"
            ) from error

    def order(self, epoch: int) -> EpochIndices:
        """Say which sample stands at which position of an epoch."""
        with self._lock:
            if epoch not in self._orders:
                self._orders[epoch] = self._order(epoch)
                if len(self._orders) > _ORDERS_KEPT:
                    self._orders.popitem(last=False)
            return self._orders[epoch]


def request_at(order: EpochIndices, epoch: int, position: int) -> SampleRequest:
    """Say what is drawn at a position of an epoch in this order."""
    return SampleRequest(int(order.samples[position]), epoch, position, order.class_at(position))


class _InFlightBatch(NamedTuple):
    epoch: int
    number: int
    process: int
    requests: dict[int, SampleRequest]
    batch: Batch
    pending: Pending

    @property
    def is_inherited(self) -> bool:
        """Whether this process is a fork, which has inherited it, and nobody who would finish it."""
        return self.process != os.getpid()

    def cancel(self) -> None:
        """Give it up."""
        if not self.is_inherited:
            self.pending.cancel()
