"""What becomes of objects that are sent to worker processes."""

from __future__ import annotations

import os
from typing import TypeVar

import cloudpickle

from seqaug.shared_file import passengers

Sent = TypeVar("Sent")


def sent(value: Sent) -> Sent:
    """Give a value as a worker gets it."""
    travelling: list[int] = []
    with passengers(travelling):
        data = cloudpickle.dumps(value)
    with passengers([os.dup(descriptor) for descriptor in travelling]):
        received: Sent = cloudpickle.loads(data)
    return received
