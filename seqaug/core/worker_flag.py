"""What part this process plays, and what it therefore imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Set in worker processes before anything else is imported: they never import Keras.
is_worker_process = False


@contextmanager
def as_worker() -> Iterator[None]:
    """Import inside as a worker does, without Keras, unless it is there already."""
    global is_worker_process
    before, is_worker_process = is_worker_process, is_worker_process or "keras" not in sys.modules
    try:
        yield
    finally:
        is_worker_process = before


@contextmanager
def torch_hidden() -> Iterator[None]:
    """Import inside as if torch were not installed, unless it is there already.

    Albumentations imports torch where it finds it: 180 MB that no worker needs.
    """
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["torch"]
