"""Albumentations' check of a warp for being none, in a tenth of its time."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import geometric

_IDENTITY = np.eye(3)
# What np.allclose allows by default, element by element.
_TOLERANCE = 1e-8 + 1e-5 * _IDENTITY
_slow = geometric.functional.is_identity_matrix


def is_identity_matrix(matrix: np.ndarray[Any, Any]) -> bool:
    """Answer as Albumentations' function of this name does, without the 50 microseconds that np.allclose takes.

    Args:
        matrix: (3, 3).
    """
    if matrix.dtype != np.float64 or matrix.shape != _IDENTITY.shape:
        return bool(_slow(matrix))
    return bool((np.abs(matrix - _IDENTITY) <= _TOLERANCE).all())


def use_quick_identity() -> None:
    """Let Albumentations' warps ask the quick function: two checks in a rotated sample of half a millisecond.

    It is for worker processes, which are this package's own; nobody else's library is changed.
    """
    geometric.functional.is_identity_matrix = is_identity_matrix
