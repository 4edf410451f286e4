"""What makes rows, as the processes of an executor are given it."""

from __future__ import annotations

import pickle
import secrets
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import SampleProcessor
from seqaug.engines.executor.protocol import RowsTask
from seqaug.engines.executor.receiver import have_at_hand, process_name
from seqaug.engines.serialization import pickled
from seqaug.sources.string_table import strings_for, strip_strings

# A larger one goes only to those who say that they lack it, a smaller one along with all that is asked until it is
# known that somebody has it.
_SMALL = 2**20


class Sent:
    """A processor, under a name by which processes ask for it.

    It is pickled when a process first lacks it, so that an executor whose threads are in this process needs none.

    Args:
        processor: what makes the rows.

    Attributes:
        describe: names a sample in messages.
    """

    def __init__(self, processor: SampleProcessor) -> None:
        self.describe: Callable[[int], str] = processor.describe
        self._processor = weakref.ref(processor)
        self._lock = threading.Lock()
        self._numbers = count()
        self._is_whole = False
        self._rename()

    def _rename(self) -> None:
        self._name = secrets.token_hex(16)
        self._payload: bytes | None = None
        self._left: Sequence[Sequence[str]] | None = None
        self._is_known = False
        processor = self._processor()
        if processor is not None:
            have_at_hand(self._name, processor)

    def task(self, rows: Mapping[int, SampleRequest], *, is_lacking: bool) -> tuple[str, bytes, bytes | None]:
        """Put a request together.

        Args:
            rows: which rows, and what is to stand there.
            is_lacking: whether a process has said that it lacks the processor.

        Returns:
            The processor's name, the request, pickled, and the payload that goes with it.

        Raises:
            TypeError: the processor cannot be sent to another process.
        """
        with self._lock:
            if is_lacking and self._payload is None:
                self._pickle()
            strings = None
            if self._left is not None:
                strings = strings_for((request.index for request in rows.values()), self._left)
            goes_along = self._payload is not None and len(self._payload) <= _SMALL and not self._is_known
            task = RowsTask(
                name=self._name,
                home=process_name(),
                number=next(self._numbers),
                rows=list(rows.items()),
                strings=strings,
                augments="albumentations" in sys.modules,
            )
            payload = self._payload if is_lacking or goes_along else None
        return task.name, pickle.dumps(task, protocol=5), payload

    def was_used(self, name: str) -> None:
        """Hear that rows were made with it."""
        with self._lock:
            self._is_known = self._is_known or name == self._name

    def was_incomplete(self, name: str) -> None:
        """Hear that it asked for strings that were left behind: from now on it goes whole."""
        with self._lock:
            if name == self._name:
                self._is_whole = True
                self._rename()

    def _pickle(self) -> None:
        processor = self._processor()
        if self._is_whole:
            self._payload = pickled(processor)
            return
        left: list[Sequence[str]] = []
        with strip_strings(left):
            self._payload = pickled(processor)
        self._left = left
