"""A faster version of Albumentations' check for identity warps."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import geometric

_IDENTITY = np.eye(3)
# The default tolerance of np.allclose, element by element.
_TOLERANCE = 1e-8 + 1e-5 * _IDENTITY
_slow = geometric.functional.is_identity_matrix


def is_identity_matrix(matrix: np.ndarray[Any, Any]) -> bool:
    """Return the same as Albumentations' function of this name, without the 50 microseconds of np.allclose.

    Args:
        matrix: (3, 3).
    """
    if matrix.dtype != np.float64 or matrix.shape != _IDENTITY.shape:
        return bool(_slow(matrix))
    return bool((np.abs(matrix - _IDENTITY) <= _TOLERANCE).all())


def patch_identity_check() -> None:
    """Replace the check in Albumentations' warps, which call it twice per rotated sample of half a millisecond.

    For worker processes only, which belong to this package: the user's process keeps its library unchanged.
    """
    geometric.functional.is_identity_matrix = is_identity_matrix
