"""What becomes of objects that are sent to worker processes."""

from __future__ import annotations

import os
from typing import TypeVar

import cloudpickle

from seqaug.core.shared_memory import attached_fds

Sent = TypeVar("Sent")


def sent(value: Sent) -> Sent:
    """Give a value as a worker gets it."""
    travelling: list[int] = []
    with attached_fds(travelling):
        data = cloudpickle.dumps(value)
    with attached_fds([os.dup(descriptor) for descriptor in travelling]):
        received: Sent = cloudpickle.loads(data)
    return received
