"""The pool: a thread that hands rows to worker processes, hears what became of them, and replaces those that die."""

from __future__ import annotations

import os
import pickle
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from time import monotonic
from typing import NamedTuple

from seqaug.core.batch import Batch, arrays_over, bytes_needed
from seqaug.core.forks import register_after_fork
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import Failure, SampleProcessor
from seqaug.engines.busy_time import BusyTime
from seqaug.engines.processes.messages import Done, Failed, Forget, LoadFailed, Outcome, Ready, RowError, TooSmall, Work
from seqaug.engines.processes.payload import SharedProcessor, SharedProcessors, close_all
from seqaug.engines.processes.slots import Slot, SlotPool
from seqaug.engines.processes.submission import Submission
from seqaug.engines.processes.worker_handle import WorkerHandle
from seqaug.engines.serialization import ended
from seqaug.errors import SampleError

# One that is made and one that waits, so that a worker need not wait for an answer.
_TASKS_OF_A_WORKER = 2
_ROWS_OF_A_TASK = 8
_DEATHS_BEFORE_READY = 3
_TRIES_OF_A_ROW = 3
# Seconds before a worker is started where several in a row ended before they were ready: doubled with each, up to.
_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


class _Task(NamedTuple):
    job: Submission
    rows: list[tuple[int, SampleRequest]]


@dataclass(eq=False)
class _Seat:
    """The place of a worker.

    Attributes:
        deaths: how many that had it ended before they were ready, in a row.
        vacant_until: when the next one may have it, of `time.monotonic`.
    """

    deaths: int = 0
    vacant_until: float = 0.0


class Pool:
    """Worker processes for one sequence.

    What it guarantees: rows are begun in the order in which they were handed over. A worker that dies is replaced, and
    its rows are made again; a row of which workers die `_TRIES_OF_A_ROW` times is a sample that cannot be used. Where
    workers end before they are ready, the others go on, and their places are tried again later; where none is left, it
    is an error. To hear of a worker's end needs no time limit: when a process ends, its channel says so.

    A pool that has had nothing to do for a while ends by itself: see `ProcessEngine`.

    Args:
        workers: how many processes.
        slots: batches for which memory is kept while nobody holds them.
        busy: where the time that they spend on rows is added.
        idle_seconds: how long it lives with nothing to do.
    """

    def __init__(self, workers: int, slots: int, busy: BusyTime, idle_seconds: float) -> None:
        self._count = workers
        self._busy = busy
        self._idle_seconds = idle_seconds
        self._idle_since: float | None = monotonic()
        self._arena = SlotPool(slots)
        self._inbox: deque[Submission] = deque()
        self._jobs: deque[Submission] = deque()
        self._processors = SharedProcessors(self._wake)
        self._given: dict[int, SharedProcessor] = {}
        self._workers: dict[WorkerHandle, deque[_Task]] = {}
        self._seats: dict[WorkerHandle, _Seat] = {}
        self._vacant = [_Seat() for _ in range(workers)]
        # Finalizers of sequences run in the middle of anything, also of what holds this lock.
        self._lock = threading.RLock()
        self._is_stopping = False
        self._hear_wake, self._wake_up = os.pipe()
        os.set_blocking(self._wake_up, False)
        self._is_in_fork = False
        register_after_fork(self)
        self._thread = threading.Thread(target=self._run, name="seqaug-pool", daemon=True)
        self._thread.start()

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers."""
        return [worker.pid for worker in list(self._workers)]

    def submit(
        self, processor: SampleProcessor, requests: Mapping[int, SampleRequest], batch: Batch
    ) -> Submission | None:
        """Hand over rows of a batch; None where the pool has ended.

        Raises:
            TypeError: the processor cannot be sent to another process.
        """
        job = Submission(self._processors.of(processor), batch, requests, self._wake)
        with self._lock:
            if self._is_stopping:
                return None
            self._inbox.append(job)
        self._wake()
        return job

    def stop(self) -> None:
        """End the workers and the thread; rows that are on their way end with an error."""
        if self._is_in_fork:
            return  # the workers are not its own
        with self._lock:
            self._is_stopping = True
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _wake(self) -> None:
        with self._lock:
            if self._wake_up >= 0:
                with suppress(BlockingIOError):  # the pipe is full of wakes, which will do
                    os.write(self._wake_up, b"\0")

    def after_fork(self) -> None:
        """Close what leads to the workers, in a fork: they would not notice that this process has ended."""
        self._is_in_fork = True
        self._lock = threading.RLock()
        for worker in self._workers:
            worker.close()
        for processor in self._given.values():
            close_all(processor.payload.descriptors)
        if not self._is_stopping:
            self._arena.after_fork()
            os.close(self._wake_up)
            os.close(self._hear_wake)
        self._wake_up = -1

    def _run(self) -> None:
        error: BaseException = ended()
        try:
            while not self._is_stopping:
                self._start_missing()
                for heard in wait([self._hear_wake, *(worker.channel for worker in self._workers)], self._patience()):
                    if heard == self._hear_wake:
                        os.read(self._hear_wake, 4096)
                    else:
                        self._receive(next(worker for worker in self._workers if worker.channel is heard))
                self._accept_submissions()
                self._forget()
                self._hand_out()
                self._stop_if_idle()
        except BaseException as stopped:
            error = stopped
        finally:
            self._end(error)

    def _patience(self) -> float | None:
        """Give the seconds until something is to be done though nothing is heard; None where nothing is."""
        now = monotonic()
        times = [seat.vacant_until - now for seat in self._vacant]
        if self._idle_since is not None:
            times.append(self._idle_since + self._idle_seconds - now)
        return max(min(times), 0.0) if times else None

    def _stop_if_idle(self) -> None:
        now = monotonic()
        if self._jobs or any(self._workers.values()):
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now >= self._idle_since + self._idle_seconds:
            with self._lock:
                self._is_stopping = not self._inbox

    def _end(self, error: BaseException) -> None:
        with self._lock:
            self._is_stopping = True
        self._accept_submissions()
        jobs = {id(job): job for job in self._jobs}
        for tasks in self._workers.values():
            jobs |= {id(task.job): task.job for task in tasks}
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        for job in jobs.values():
            job.error(0, error)
            job.finish()
        self._jobs.clear()
        with self._lock:
            os.close(self._wake_up)
            self._wake_up = -1
        os.close(self._hear_wake)
        self._given.clear()
        self._processors.clear()
        self._arena.close()

    def _start_missing(self) -> None:
        for seat in [seat for seat in self._vacant if seat.vacant_until <= monotonic()]:
            self._vacant.remove(seat)
            try:
                worker = WorkerHandle(self._arena.descriptor)
            except OSError as error:  # no processes or no descriptors to be had
                self._leave_vacant(seat, str(error))
                continue
            self._workers[worker] = deque()
            self._seats[worker] = seat
            for number, processor in self._given.items():
                worker.load(number, processor.payload)

    def _leave_vacant(self, seat: _Seat, how: str) -> None:
        """Let a seat be empty for a while, of which a worker has ended before it was ready."""
        seat.deaths += 1
        if seat.deaths >= _DEATHS_BEFORE_READY:
            pause = _PAUSE * 2.0 ** (seat.deaths - _DEATHS_BEFORE_READY)
            seat.vacant_until = monotonic() + min(pause, _LONGEST_PAUSE)
        self._vacant.append(seat)
        if not self._workers and all(seat.deaths >= _DEATHS_BEFORE_READY for seat in self._vacant):
            raise RuntimeError(
                f"{_DEATHS_BEFORE_READY} worker processes ended before they were ready ({how}); what they printed "
                "says why; threads (use_multiprocessing=False) do without them"
            )

    def _accept_submissions(self) -> None:
        while self._inbox:
            job = self._inbox.popleft()
            self._jobs.append(job)
            if job.processor.number not in self._given and not job.is_cancelled:
                self._given[job.processor.number] = job.processor
                for worker in self._workers:
                    worker.load(job.processor.number, job.processor.payload)

    def _forget(self) -> None:
        """Let the workers forget what has become garbage; rows of it that nobody has begun, nobody can want."""
        for number in self._processors.garbage():
            with self._lock:
                waiting = list(self._inbox)
            for job in (*waiting, *self._jobs, *(task.job for tasks in self._workers.values() for task in tasks)):
                if job.processor.number == number:
                    job.is_cancelled = True
            if self._given.pop(number, None) is not None:
                for worker in self._workers:
                    worker.send(Forget(number))

    # Handing out

    def _hand_out(self) -> None:
        while self._jobs:
            job = self._jobs[0]
            if job.is_cancelled:
                job.queued.clear()
            if not job.queued:
                self._jobs.popleft()
                self._settle(job)
                continue
            worker = self._idlest(job.processor)
            if worker is None:
                return
            self._give(worker, job)

    def _idlest(self, processor: SharedProcessor) -> WorkerHandle | None:
        ready = [worker for worker in self._workers if worker.is_ready]
        if processor.layout is None and any(self._workers.values()):
            return None  # the first sample says how large a batch is; till then, others could only guess
        worker = min(ready, key=lambda worker: len(self._workers[worker]), default=None)
        return None if worker is None or len(self._workers[worker]) >= _TASKS_OF_A_WORKER else worker

    def _give(self, worker: WorkerHandle, job: Submission) -> None:
        if job.slot is None:
            try:
                job.slot = self._slot(job)
            except MemoryError as error:
                job.error(0, error)
                return
        rows = [job.queued.popleft() for _ in range(min(self._rows_at_once(job), len(job.queued)))]
        job.outstanding += 1
        self._workers[worker].append(_Task(job, rows))
        worker.send(Work(job.processor.number, job.slot.offset, job.slot.size, job.batch.size, rows, _folder()))

    def _slot(self, job: Submission) -> Slot:
        """Give the slot that the batch lies in, or a new one, with the rows that another pool has made."""
        batch = job.batch
        if batch.slot is not None and batch.slot in self._arena:
            slot: Slot = batch.slot
            return slot
        layout = batch.layout or job.processor.layout or {}
        slot = self._arena.acquire(bytes_needed(layout, batch.size))
        if batch.arrays:
            for name, array in arrays_over(slot.mapping, layout, batch.size).items():
                array[...] = batch.arrays[name]
        return slot

    def _rows_at_once(self, job: Submission) -> int:
        """Few rows where few are left, so that all workers end together; one where a worker died of one of them."""
        if job.processor.layout is None or job.tries:
            return 1
        queued = sum(len(other.queued) for other in self._jobs)
        return max(1, min(_ROWS_OF_A_TASK, queued // (_TASKS_OF_A_WORKER * self._count)))

    # Hearing

    def _receive(self, worker: WorkerHandle) -> None:
        try:
            message = pickle.loads(worker.channel.recv_bytes())
        except (EOFError, OSError):
            self._on_worker_exit(worker)
            return
        if isinstance(message, Ready):
            worker.loading -= 1
            self._seats[worker].deaths = 0
        elif isinstance(message, LoadFailed):
            raise message.error from RuntimeError(f"a worker process cannot load the sequence\n{message.traceback}")
        else:
            self._on_task_done(worker, message)

    def _on_task_done(self, worker: WorkerHandle, done: Done) -> None:
        task = self._workers[worker].popleft()
        job, requests = task.job, dict(task.rows)
        job.outstanding -= 1
        self._busy.add(done.seconds)
        for outcome in done.outcomes:
            self._on_row_result(job, requests[outcome.row], outcome)
        self._settle(job)

    def _on_row_result(self, job: Submission, request: SampleRequest, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            job.fail(Failure(outcome.row, outcome.error))
        elif isinstance(outcome, RowError):
            job.error(outcome.row, outcome.error, outcome.traceback)
        else:
            try:
                job.batch.check_layout(
                    outcome.layout, f"sample {request.index} ({job.processor.describe(request.index)})"
                )
                job.processor.layout = outcome.layout
                if isinstance(outcome, TooSmall):
                    self._enlarge(job, outcome)
                    self._again(job, [(outcome.row, request)])
            except (ValueError, MemoryError) as error:
                job.error(outcome.row, error)

    def _enlarge(self, job: Submission, outcome: TooSmall) -> None:
        size = bytes_needed(outcome.layout, job.batch.size)
        if job.slot is None or job.slot.size < size:
            # A worker might still be writing into the small slot.
            if job.slot is not None:
                job.outgrown.append(job.slot)
            job.slot = self._arena.acquire(size)

    def _again(self, job: Submission, rows: list[tuple[int, SampleRequest]]) -> None:
        if job.has_errors:
            return
        job.queued.extendleft(reversed(rows))
        if job not in self._jobs:
            self._jobs.appendleft(job)

    def _settle(self, job: Submission) -> None:
        """Let a job go that is complete."""
        if not job.is_complete or job.is_finished:
            return
        while job.outgrown:
            self._arena.release(job.outgrown.pop())
        if job.slot is not None and job.slot is not job.batch.slot:
            if job.has_errors or job.is_cancelled or job.batch.layout is None:
                self._arena.release(job.slot)
            else:
                job.batch.slot = job.slot
                job.batch.adopt(self._arena.lend(job.slot))
        job.finish()

    # Death

    def _on_worker_exit(self, worker: WorkerHandle) -> None:
        tasks, seat = self._workers.pop(worker), self._seats.pop(worker)
        how = worker.end()
        if worker.is_ready:
            self._vacant.append(seat)
        else:
            self._leave_vacant(seat, how)
        for task in reversed(tasks):
            job = task.job
            job.outstanding -= 1
            # Of all that it had, it was at the first task; of single rows, that says which one it died of.
            if task is tasks[0]:
                for row, _ in task.rows:
                    job.tries[row] = job.tries.get(row, 0) + 1
                row, request = task.rows[0]
                if len(task.rows) == 1 and job.tries[row] >= _TRIES_OF_A_ROW:
                    job.fail(Failure(row, self._fatal(job, request, how)))
                    self._settle(job)
                    continue
            self._again(job, task.rows)
            self._settle(job)

    @staticmethod
    def _fatal(job: Submission, request: SampleRequest, how: str) -> SampleError:
        return SampleError(
            request.index,
            job.processor.describe(request.index),
            f"the worker process that made it ended {_TRIES_OF_A_ROW} times ({how}); it may need more memory than "
            "there is, or crash a library: look at this sample, or leave it out",
        )


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return None
