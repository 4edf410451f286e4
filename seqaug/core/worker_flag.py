"""Whether this process is a worker, and what it may therefore import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Set in worker processes before anything else is imported: they never import Keras.
is_worker_process = False

# What Albumentations imports if it is installed, for `ToTensorV2` and `push_to_hub`.
_HEAVY = ("torch", "huggingface_hub")


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
def heavy_packages_hidden() -> Iterator[None]:
    """Import in this context as if packages that no worker needs were not installed, except those imported already.

    Albumentations imports them if they are installed: 180 MB of torch, and 0.3 s for Hugging Face's hub.
    """
    hidden = [name for name in _HEAVY if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
