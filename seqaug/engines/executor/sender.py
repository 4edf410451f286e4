"""A processor, as it is sent to the processes of an executor."""

from __future__ import annotations

import pickle
import secrets
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from seqaug.core.padding import Padding
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.base import SampleProcessor, samples_of
from seqaug.engines.executor.protocol import RowsTask
from seqaug.engines.executor.receiver import process_name, register_own
from seqaug.engines.serialization import pickle_for_workers
from seqaug.sources.string_table import strings_for, strip_strings

# A smaller payload is sent with every task until a process is known to have it; a larger one only to processes that
# report it as missing.
_SMALL_PAYLOAD = 2**20


class SentProcessor:
    """A processor under a name by which tasks refer to it.

    It is pickled when a process first reports it as missing: an executor with threads in this process never does.

    Args:
        processor: makes the rows.

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
        self._stripped: Sequence[Sequence[str]] | None = None
        self._is_known = False
        processor = self._processor()
        if processor is not None:
            register_own(self._name, processor)

    def task(
        self, requests: Mapping[int, SampleRequest], padding: Padding | None, *, is_missing: bool
    ) -> tuple[str, bytes, bytes | None]:
        """Return a task.

        Args:
            requests: the requests, by row.
            padding: how rows of unequal sizes are padded, or None.
            is_missing: whether a process has reported the processor as missing.

        Returns:
            The processor's name, the pickled task, and the payload to send along, or None.

        Raises:
            TypeError: the processor cannot be pickled.
        """
        with self._lock:
            if is_missing and self._payload is None:
                self._pickle()
            strings = None
            if self._stripped is not None:
                processor = self._processor()
                read = (index for request in requests.values() for index in samples_of(processor, request))
                strings = strings_for(read, self._stripped)
            is_sent_along = self._payload is not None and len(self._payload) <= _SMALL_PAYLOAD and not self._is_known
            task = RowsTask(
                name=self._name,
                sender=process_name(),
                number=next(self._numbers),
                rows=list(requests.items()),
                strings=strings,
                augments="albumentations" in sys.modules,
                padding=padding,
            )
            payload = self._payload if is_missing or is_sent_along else None
        return task.name, pickle.dumps(task, protocol=5), payload

    def on_used(self, name: str) -> None:
        """Record that a process has used it."""
        with self._lock:
            self._is_known = self._is_known or name == self._name

    def on_strings_missing(self, name: str) -> None:
        """Send it whole from now on: it has asked for strings that it was sent without."""
        with self._lock:
            if name == self._name:
                self._is_whole = True
                self._rename()

    def _pickle(self) -> None:
        processor = self._processor()
        if self._is_whole:
            self._payload = pickle_for_workers(processor)
            return
        stripped: list[Sequence[str]] = []
        with strip_strings(stripped):
            self._payload = pickle_for_workers(processor)
        self._stripped = stripped
