"""The pool of worker processes: a thread dispatches rows, receives their outcomes, and replaces dead workers."""

from __future__ import annotations

import logging
import os
import pickle
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from time import monotonic
from typing import NamedTuple

from seqaug.core.batch import Batch, arrays_over, bytes_needed, part_of_row, row_bytes, row_over
from seqaug.core.forks import register_after_fork
from seqaug.core.sample_request import SampleRequest, sample_name
from seqaug.engines.base import Failure, SampleProcessor
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.processes.messages import (
    LoadFailed,
    MakeRows,
    Outcome,
    Ready,
    RowError,
    RowsDone,
    SampleFailed,
    TooSmall,
    Unload,
)
from seqaug.engines.processes.payload import SharedProcessor, SharedProcessors, close_all
from seqaug.engines.processes.slots import Slot, SlotPool
from seqaug.engines.processes.submission import Submission
from seqaug.engines.processes.worker_handle import WorkerHandle, working_directory
from seqaug.engines.row_groups import Row, row_groups
from seqaug.engines.serialization import closed_error
from seqaug.errors import SampleError

_logger = logging.getLogger("seqaug")

# One in the making and one queued, so that a worker never waits for its next task.
_TASKS_PER_WORKER = 2
_MAX_ROWS_PER_TASK = 8
_MAX_STARTUP_FAILURES = 3
_MAX_CRASHES_PER_ROW = 3
# Seconds before a worker is started again after repeated startup failures: doubled with each, up to the maximum.
_MIN_BACKOFF = 1.0
_MAX_BACKOFF = 60.0


class _Task(NamedTuple):
    submission: Submission
    slot: Slot
    rows: list[Row]


@dataclass(eq=False)
class _Seat:
    """One of the pool's worker positions, taken or vacant.

    Attributes:
        startup_failures: how many of its workers in a row ended before they were ready.
        retry_at: when the next worker may start, by `time.monotonic`.
    """

    startup_failures: int = 0
    retry_at: float = 0.0


class Pool:
    """Worker processes for one sequence.

    Guarantees: rows start in the order of submission. A dead worker is replaced and its rows recomputed identically; a
    sample that kills `_MAX_CRASHES_PER_ROW` workers fails. If workers end before they are ready, the others go on and
    the vacant seats are retried later; if no worker is left, it is an error. No timeout is needed to notice a worker's
    death: its channel closes.

    An idle pool stops by itself: see `ProcessEngine`.

    Args:
        workers: number of processes.
        slots: number of unused batches whose memory is kept.
        busy: takes the time spent on rows.
        idle_seconds: how long the pool lives without work.
    """

    def __init__(self, workers: int, slots: int, busy: BusyTime, idle_seconds: float) -> None:
        self._count = workers
        self._busy = busy
        self._idle_seconds = idle_seconds
        self._idle_since: float | None = monotonic()
        self._slot_pool = SlotPool(slots)
        self._inbox: deque[Submission] = deque()
        self._submissions: deque[Submission] = deque()
        self._processors = SharedProcessors(_waker(self))
        self._shared: dict[int, SharedProcessor] = {}
        self._workers: dict[WorkerHandle, deque[_Task]] = {}
        self._seats: dict[WorkerHandle, _Seat] = {}
        self._vacant = [_Seat() for _ in range(workers)]
        # Reentrant: finalizers of sequences run at any point, also in a thread that holds this lock.
        self._lock = threading.RLock()
        self._is_stopping = False
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        self._is_in_fork = False
        register_after_fork(self)
        _running.add(id(self))
        self._thread = threading.Thread(target=self._run, name="seqaug-pool", daemon=True)
        self._thread.start()

    @staticmethod
    def any_is_running() -> bool:
        """Whether any pool of this process has not stopped."""
        return bool(_running)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that have started."""
        return [pid for worker in list(self._workers) if (pid := worker.pid) is not None]

    def submit(
        self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch
    ) -> Submission | None:
        """Submit rows of a batch; None if the pool has stopped.

        Raises:
            TypeError: the processor cannot be pickled.
        """
        submission = Submission(self._processors.get(processor), batch, row_groups(processor, requests), self._wake)
        with self._lock:
            if self._is_stopping:
                return None
            self._inbox.append(submission)
        self._wake()
        return submission

    def stop(self) -> None:
        """Stop the workers and the thread; rows in flight end with an error."""
        if self._is_in_fork:
            return  # the workers belong to the parent
        with self._lock:
            self._is_stopping = True
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _wake(self) -> None:
        with self._lock:
            if self._wake_writer >= 0:
                with suppress(BlockingIOError):  # the pipe is full, so the thread will wake up
                    os.write(self._wake_writer, b"\0")

    def after_fork(self) -> None:
        """Close the workers' sockets in a fork, else the workers would not notice the end of this process."""
        self._is_in_fork = True
        self._lock = threading.RLock()
        for worker in self._workers:
            worker.close()
        for processor in self._shared.values():
            close_all(processor.payload.descriptors)
        if not self._is_stopping:
            self._slot_pool.after_fork()
            os.close(self._wake_writer)
            os.close(self._wake_reader)
        self._wake_writer = -1

    def _run(self) -> None:
        error: BaseException = closed_error()
        try:
            while not self._is_stopping:
                self._accept_submissions()
                self._unload_garbage()
                self._start_workers()
                self._dispatch()
                self._stop_if_idle()
                channels = [worker.channel for worker in self._workers]
                for readable in wait([self._wake_reader, *channels], self._wait_seconds()):
                    if readable == self._wake_reader:
                        os.read(self._wake_reader, 4096)
                    else:
                        self._receive(next(worker for worker in self._workers if worker.channel is readable))
        except BaseException as raised:
            error = raised
        finally:
            self._shut_down(error)

    def _wait_seconds(self) -> float | None:
        """Return the seconds until the next timed action: a retry, or the idle stop; None if there is none."""
        now = monotonic()
        times = [seat.retry_at - now for seat in self._vacant] if self._shared else []
        if self._idle_since is not None:
            times.append(self._idle_since + self._idle_seconds - now)
        return max(min(times), 0.0) if times else None

    def _stop_if_idle(self) -> None:
        now = monotonic()
        if self._submissions or any(self._workers.values()):
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now >= self._idle_since + self._idle_seconds:
            with self._lock:
                self._is_stopping = not self._inbox

    def _shut_down(self, error: BaseException) -> None:
        with self._lock:
            self._is_stopping = True
        self._accept_submissions()
        submissions = {id(submission): submission for submission in self._submissions}
        for tasks in self._workers.values():
            submissions |= {id(task.submission): task.submission for task in tasks}
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.reap()
        self._workers.clear()
        for submission in submissions.values():
            submission.add_error(0, error)
            submission.finish()
        self._submissions.clear()
        with self._lock:
            os.close(self._wake_writer)
            self._wake_writer = -1
        os.close(self._wake_reader)
        self._shared.clear()
        self._processors.clear()
        self._slot_pool.close()
        _running.discard(id(self))

    def _start_workers(self) -> None:
        if not self._shared:
            return  # what they will load tells what they will import
        modules = {module for processor in self._shared.values() for module in processor.payload.modules}
        for seat in [seat for seat in self._vacant if seat.retry_at <= monotonic()]:
            self._vacant.remove(seat)
            try:
                worker = WorkerHandle(self._slot_pool.descriptor, sorted(modules))
            except OSError as error:  # out of processes or descriptors
                self._back_off(seat, str(error))
                continue
            self._workers[worker] = deque()
            self._seats[worker] = seat
            for number, processor in self._shared.items():
                worker.load(number, processor.payload)

    def _back_off(self, seat: _Seat, reason: str) -> None:
        """Leave a seat vacant for a while after its worker ended before it was ready."""
        seat.startup_failures += 1
        if seat.startup_failures >= _MAX_STARTUP_FAILURES:
            pause = _MIN_BACKOFF * 2.0 ** (seat.startup_failures - _MAX_STARTUP_FAILURES)
            seat.retry_at = monotonic() + min(pause, _MAX_BACKOFF)
        self._vacant.append(seat)
        if not self._workers and all(seat.startup_failures >= _MAX_STARTUP_FAILURES for seat in self._vacant):
            raise RuntimeError(
                f"{_MAX_STARTUP_FAILURES} worker processes ended before they were ready ({reason}); their output says "
                "why; use_multiprocessing=False uses threads instead"
            )

    def _accept_submissions(self) -> None:
        while self._inbox:
            submission = self._inbox.popleft()
            self._submissions.append(submission)
            if submission.processor.number not in self._shared and not submission.is_cancelled:
                self._shared[submission.processor.number] = submission.processor
                for worker in self._workers:
                    worker.load(submission.processor.number, submission.processor.payload)

    def _unload_garbage(self) -> None:
        """Unload garbage-collected processors from the workers, and cancel their rows: nobody can use them."""
        for number in self._processors.take_garbage():
            with self._lock:
                waiting = list(self._inbox)
            for submission in (
                *waiting,
                *self._submissions,
                *(task.submission for tasks in self._workers.values() for task in tasks),
            ):
                if submission.processor.number == number:
                    submission.is_cancelled = True
            if self._shared.pop(number, None) is not None:
                for worker in self._workers:
                    worker.send(Unload(number))

    # Dispatching

    def _dispatch(self) -> None:
        while self._submissions:
            submission = self._submissions[0]
            if submission.is_cancelled:
                submission.queued.clear()
            if not submission.queued:
                self._submissions.popleft()
                self._finish_if_complete(submission)
                continue
            worker = self._least_busy_worker(submission.processor)
            if worker is None:
                return
            self._dispatch_rows(worker, submission)

    def _least_busy_worker(self, processor: SharedProcessor) -> WorkerHandle | None:
        ready = [worker for worker in self._workers if worker.is_ready]
        if processor.layout is None and any(self._workers.values()):
            return None  # the first sample tells the size of a batch
        worker = min(ready, key=lambda worker: len(self._workers[worker]), default=None)
        return None if worker is None or len(self._workers[worker]) >= _TASKS_PER_WORKER else worker

    def _dispatch_rows(self, worker: WorkerHandle, submission: Submission) -> None:
        if submission.slot is None:
            try:
                submission.slot = self._slot(submission)
            except MemoryError as error:
                submission.add_error(0, error)
                return
        rows = self._take_rows(submission)
        submission.outstanding += 1
        self._workers[worker].append(_Task(submission, submission.slot, rows))
        worker.send(
            MakeRows(
                submission.processor.number,
                submission.slot.offset,
                submission.slot.size,
                submission.batch.size,
                rows,
                working_directory(),
                submission.batch.padding is not None,
            )
        )

    def _slot(self, submission: Submission) -> Slot:
        """Return the batch's slot, or a new one with the rows that an earlier pool has made."""
        batch = submission.batch
        if batch.slot is not None and batch.slot in self._slot_pool:
            slot: Slot = batch.slot
            return slot
        if batch.padding is not None:
            return self._slot_pool.acquire(row_bytes(submission.processor.layout or {}) * batch.size)
        layout = batch.layout or submission.processor.layout or {}
        slot = self._slot_pool.acquire(bytes_needed(layout, batch.size))
        if batch.arrays:
            for name, array in arrays_over(slot.mapping, layout, batch.size).items():
                array[...] = batch.arrays[name]
        return slot

    def _take_rows(self, submission: Submission) -> list[Row]:
        """Take few rows if few are left, so that all workers finish together; one row after a worker died."""
        if submission.processor.layout is None or submission.crashes:
            return [submission.queued.popleft()]
        queued = sum(len(other.queued) for other in self._submissions)
        return submission.take(max(1, min(_MAX_ROWS_PER_TASK, queued // (_TASKS_PER_WORKER * self._count))))

    # Receiving

    def _receive(self, worker: WorkerHandle) -> None:
        try:
            message = pickle.loads(worker.channel.recv_bytes())
        except (EOFError, OSError):
            self._on_worker_exit(worker)
            return
        if isinstance(message, Ready):
            worker.loading -= 1
            self._seats[worker].startup_failures = 0
        elif isinstance(message, LoadFailed):
            raise message.error from RuntimeError(f"a worker process cannot load the sequence\n{message.traceback}")
        else:
            self._on_task_done(worker, message)

    def _on_task_done(self, worker: WorkerHandle, done: RowsDone) -> None:
        task = self._workers[worker].popleft()
        submission, requests = task.submission, dict(task.rows)
        submission.outstanding -= 1
        self._busy.add(done.seconds)
        for outcome in done.outcomes:
            self._on_row_result(task, requests[outcome.row], outcome)
        self._finish_if_complete(submission)

    def _on_row_result(self, task: _Task, request: SampleRequest, outcome: Outcome) -> None:
        submission = task.submission
        if isinstance(outcome, SampleFailed):
            submission.add_failure(Failure(outcome.row, outcome.error))
        elif isinstance(outcome, RowError):
            submission.add_error(outcome.row, outcome.error, outcome.traceback)
        else:
            try:
                submission.batch.check_layout(
                    outcome.layout, partial(sample_name, submission.processor.describe, request.index)
                )
                submission.processor.note_layout(outcome.layout, has_own_sizes=submission.batch.padding is not None)
                if isinstance(outcome, TooSmall):
                    self._enlarge(submission, outcome)
                    self._requeue(submission, [(outcome.row, request)])
                elif submission.batch.padding is not None:
                    submission.own_sizes[outcome.row] = task.slot, outcome.layout
            except (ValueError, MemoryError) as error:
                submission.add_error(outcome.row, error)

    def _enlarge(self, submission: Submission, outcome: TooSmall) -> None:
        size = bytes_needed(outcome.layout, submission.batch.size)
        if submission.batch.padding is not None:
            size = row_bytes(outcome.layout) * submission.batch.size
        if submission.slot is None or submission.slot.size < size:
            # A worker may still be writing to the small slot.
            if submission.slot is not None:
                submission.outgrown.append(submission.slot)
            submission.slot = self._slot_pool.acquire(size)

    def _requeue(self, submission: Submission, rows: list[Row]) -> None:
        if submission.has_errors:
            return
        submission.queued.extendleft(reversed(rows))
        if submission not in self._submissions:
            self._submissions.appendleft(submission)

    def _finish_if_complete(self, submission: Submission) -> None:
        """Deliver a batch, or its error, if no row is queued or in a task."""
        if not submission.is_complete or submission.is_finished:
            return
        if submission.batch.padding is not None:
            self._deliver_own_sizes(submission)
            submission.finish()
            return
        while submission.outgrown:
            self._slot_pool.release(submission.outgrown.pop())
        if submission.slot is not None and submission.slot is not submission.batch.slot:
            if submission.has_errors or submission.is_cancelled or submission.batch.layout is None:
                self._slot_pool.release(submission.slot)
            else:
                submission.batch.slot = submission.slot
                submission.batch.adopt(self._slot_pool.view(submission.slot))
        submission.finish()

    def _deliver_own_sizes(self, submission: Submission) -> None:
        """Add rows that have their own sizes to their batch, in the slots where they were written."""
        is_wanted = not (submission.has_errors or submission.is_cancelled)
        for slot in (*submission.outgrown, *([] if submission.slot is None else [submission.slot])):
            rows = [(row, layout) for row, (other, layout) in submission.own_sizes.items() if other is slot]
            if not (rows and is_wanted):
                self._slot_pool.release(slot)
                continue
            memory = self._slot_pool.view(slot)
            for row, layout in rows:
                part = part_of_row(memory, row, submission.batch.size)
                submission.batch.add_row(row, row_over(part, layout))

    # Dead workers

    def _on_worker_exit(self, worker: WorkerHandle) -> None:
        tasks, seat = self._workers.pop(worker), self._seats.pop(worker)
        exit_status = worker.reap()
        if tasks:
            _logger.info("a worker process died (%s); another makes its rows again, to the same bytes", exit_status)
        if worker.is_ready:
            self._vacant.append(seat)
        else:
            self._back_off(seat, exit_status)
        for task in reversed(tasks):
            submission = task.submission
            submission.outstanding -= 1
            # It died in its first task; if that is a single row, the row is to blame.
            if task is tasks[0]:
                for row, _ in task.rows:
                    submission.crashes[row] = submission.crashes.get(row, 0) + 1
                row, request = task.rows[0]
                if len(task.rows) == 1 and submission.crashes[row] >= _MAX_CRASHES_PER_ROW:
                    submission.add_failure(Failure(row, self._crash_error(submission, request, exit_status)))
                    self._finish_if_complete(submission)
                    continue
            self._requeue(submission, task.rows)
            self._finish_if_complete(submission)

    @staticmethod
    def _crash_error(submission: Submission, request: SampleRequest, exit_status: str) -> SampleError:
        return SampleError(
            request.index,
            submission.processor.describe(request.index),
            f"the worker process that made it died {_MAX_CRASHES_PER_ROW} times ({exit_status}); it may need more "
            "memory than there is, or crash a library: inspect this sample, or leave it out",
        )


_running: set[int] = set()


def _waker(pool: Pool) -> Callable[[], None]:
    """Return a function that wakes up a pool without keeping it alive.

    A `weakref.WeakMethod` would print an exception at the interpreter's exit, on Python 3.13.
    """
    reference = weakref.ref(pool)

    def wake() -> None:
        alive = reference()
        if alive is not None:
            alive._wake()

    return wake
