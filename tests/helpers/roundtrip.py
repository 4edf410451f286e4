"""Objects as worker processes receive them."""

from __future__ import annotations

import os
from typing import TypeVar

import cloudpickle

from seqaug.core.shared_memory import attached_fds

T = TypeVar("T")


def pickle_roundtrip(value: T) -> T:
    """Pickle and unpickle a value, with its file descriptors, as for a worker."""
    descriptors: list[int] = []
    with attached_fds(descriptors):
        data = cloudpickle.dumps(value)
    with attached_fds([os.dup(descriptor) for descriptor in descriptors]):
        received: T = cloudpickle.loads(data)
    return received
