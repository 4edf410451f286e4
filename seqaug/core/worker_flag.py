"""Whether this process is a worker, and what it may therefore import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Set in worker processes before anything else is imported: they never import Keras.
is_worker_process = False


@contextmanager
def as_worker() -> Iterator[None]:
    """Import without Keras in this context, as a worker does, unless Keras has been imported already."""
    global is_worker_process
    before, is_worker_process = is_worker_process, is_worker_process or "keras" not in sys.modules
    try:
        yield
    finally:
        is_worker_process = before


@contextmanager
def torch_hidden() -> Iterator[None]:
    """Import in this context as if torch were not installed, unless torch has been imported already.

    Albumentations imports torch if it is installed: 180 MB that no worker needs.
    """
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["torch"]
