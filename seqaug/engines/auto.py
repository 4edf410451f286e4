"""The engine of `workers="auto"`, which chooses its kind and number of workers at the first batch."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping

from seqaug.core.batch import Batch
from seqaug.core.forks import ForkLock
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Engine, EngineStatus, Pending, SampleProcessor
from seqaug.engines.choice import Choice, choose, most_processes, most_workers
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.processes.payload import check_sendable
from seqaug.engines.threads import ThreadEngine
from seqaug.engines.trial import try_samples

_logger = logging.getLogger("seqaug")


class AutoEngine:
    """Makes rows with the engine that `decide` chooses; before that, in threads, one for each core.

    Args:
        max_queue_size: number of prefetched batches.

    Attributes:
        choice: the chosen workers; None before `decide`.
    """

    is_remote = False

    def __init__(self, max_queue_size: int) -> None:
        self._max_queue_size = max_queue_size
        self._lock = ForkLock()
        self.choice: Choice | None = None
        self._engine: Engine = ThreadEngine(most_workers())
        self._busy_before = 0.0

    @property
    def workers(self) -> int:
        """How many rows are made at the same time."""
        return self._engine.workers

    @property
    def has_processes(self) -> bool:
        """Whether workers are processes."""
        return self.choice is not None and self.choice.use_processes

    @property
    def busy_seconds(self) -> float:
        """Time spent on rows so far, summed over the workers."""
        return self._busy_before + self._engine.busy_seconds

    @property
    def status(self) -> EngineStatus:
        """The chosen engine's."""
        return EngineStatus("auto", 0) if self.choice is None else self._engine.status

    def decide(self, processor: SampleProcessor, requests: Iterable[SampleRequest]) -> Choice:
        """Choose the workers, once: try a few samples, and log one line.

        Args:
            processor: makes the samples of batches.
            requests: samples that are needed soon.
        """
        with self._lock:
            if self.choice is None:
                choice = self._choose(processor, list(requests))
                self._replace(choice)
                self.choice = choice
                _logger.info('workers="auto": %s, as %s', choice.label, choice.reason)
            return self.choice

    def _choose(self, processor: SampleProcessor, requests: list[SampleRequest]) -> Choice:
        trial = try_samples(processor, requests)
        processes, why_none = 0, ""
        if os.name != "posix":
            why_none = "processes need Linux or macOS"
        elif most_workers() > 1:
            # After the trial, in which `load` may have opened a file that cannot be sent.
            try:
                check_sendable(processor)
                processes = most_processes(0 if trial is None else trial.row_bytes)
            except (TypeError, OSError):
                why_none = "the transform or load() cannot be sent to processes"
        return choose(trial, cores=most_workers(), processes=processes, why_no_processes=why_none)

    def _replace(self, choice: Choice) -> None:
        if choice.workers == self._engine.workers and choice.workers and not choice.use_processes:
            return
        self._busy_before = self._engine.busy_seconds
        before = self._engine
        if not choice.workers:
            self._engine = InlineEngine()
        elif choice.use_processes:
            self._engine = ProcessEngine(choice.workers, slots=self._max_queue_size + choice.workers + 2)
        else:
            self._engine = ThreadEngine(choice.workers)
        before.close()

    def submit(self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch) -> Pending:
        """Submit rows of a batch."""
        return self._engine.submit(processor, requests, batch)

    def close(self) -> None:
        """Free the engine's resources; the choice stays."""
        self._engine.close()

    def abandon(self) -> None:
        """Free the engine's resources without waiting for rows in the making."""
        self._engine.abandon()
