"""Versions of what batches and training depend on."""

from __future__ import annotations

import platform
import sys
from typing import Any

import cv2
import numpy as np

from seqaug._version import __version__
from seqaug.augmentation.albumentations import albumentations_version


def versions() -> dict[str, str]:
    """Return versions by name: of the packages that make batches, and of Keras and its backend."""
    keras: Any = sys.modules["keras"]
    backend = keras.config.backend()
    return {
        "seqaug": __version__,
        "opencv": cv2.__version__,
        "albumentations": albumentations_version,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "keras": keras.__version__,
        backend: getattr(sys.modules.get(backend), "__version__", ""),
    }
