"""Where a sequence stands in its epochs."""

from __future__ import annotations

from seqaug.callbacks.batch_timings import BatchTimings
from seqaug.core.forks import ForkLock
from seqaug.sequence.checkpoint import Position


class EpochCursor:
    """The current epoch, the next batch of a loop over it, and the timings of its batches; thread-safe.

    A copy, pickled or not, stands at the same batch and has timings of its own.
    """

    def __init__(self) -> None:
        self._position = Position(0, 0)
        # Whether the next loop starts at the position's batch, not at the epoch's first one.
        self._resumes = False
        self._create_own_parts()

    def _create_own_parts(self) -> None:
        self._lock = ForkLock()
        self._timings = BatchTimings()
        # Whether Keras has started the current epoch.
        self._has_started = False
        # Whether a batch of the current epoch was asked for.
        self._is_used = False

    def __getstate__(self) -> tuple[Position, bool]:
        with self._lock:
            return self._position, self._resumes

    def __setstate__(self, state: tuple[Position, bool]) -> None:
        self._position, self._resumes = state
        self._create_own_parts()

    @property
    def position(self) -> Position:
        """The current epoch, and the batch that a loop over it takes next."""
        with self._lock:
            return self._position

    def start_request(self) -> tuple[int, BatchTimings]:
        """Note that a batch is asked for; return the current epoch and the timings of its batches."""
        with self._lock:
            self._is_used = True
            return self._position.epoch, self._timings

    def start_iteration(self) -> int:
        """Note that a dataset iterates over the current epoch, and return it."""
        with self._lock:
            self._is_used = True
            return self._position.epoch

    @property
    def next_unused_epoch(self) -> int:
        """The current epoch if no batch of it was asked for, else the next one."""
        with self._lock:
            return self._position.epoch + (self._has_started or self._is_used)

    def set_epoch(self, epoch: int) -> None:
        """Move to the start of an epoch, with new timings."""
        with self._lock:
            self._move(Position(epoch, 0))
            self._timings = BatchTimings()

    def resume_at(self, position: Position) -> None:
        """Move to a position; the next loop starts at its batch."""
        with self._lock:
            self._move(position)

    def _move(self, position: Position) -> None:
        self._is_used = position.batch > 0 or (self._is_used and position.epoch == self._position.epoch)
        self._position = position
        self._resumes = position.batch > 0

    def start_loop(self) -> Position:
        """Start a loop over the current epoch.

        Returns:
            Where it starts: at the epoch's first batch, or, once after `resume_at`, in mid-epoch.
        """
        with self._lock:
            if not self._resumes:
                self._position = self._position._replace(batch=0)
            self._resumes = False
            self._is_used = True
            return self._position

    def loop_took(self, epoch: int, batch_index: int) -> None:
        """Note that a loop takes a batch, unless the sequence has left the loop's epoch."""
        with self._lock:
            if self._position.epoch == epoch:
                self._position = Position(epoch, batch_index + 1)

    def start_epoch(self) -> BatchTimings:
        """Note that Keras starts the current epoch.

        Returns:
            The epoch's timings.
        """
        with self._lock:
            self._has_started = True
            return self._timings

    def reset(self) -> None:
        """Note that Keras resets: the epoch stays, with new timings."""
        with self._lock:
            self._has_started = self._is_used = False
            self._timings = BatchTimings()

    def end_epoch(self) -> int | None:
        """Move to the next epoch, with new timings.

        Returns:
            The next epoch where Keras had started the one that ends, so that its first batches are worth prefetching;
            else None.
        """
        with self._lock:
            had_started, self._has_started = self._has_started, False
            self._timings = BatchTimings()
            self._move(Position(self._position.epoch + 1, 0))
            return self._position.epoch if had_started else None

    def end_iteration(self, epoch: int) -> bool:
        """Move to the next epoch at the end of a dataset's iteration over `epoch`, if that is still the current one.

        Returns:
            Whether it was.
        """
        with self._lock:
            is_current = self._position.epoch == epoch
            if is_current:
                self._move(Position(epoch + 1, 0))
            return is_current
