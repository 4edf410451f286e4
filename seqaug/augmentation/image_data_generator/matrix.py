"""The matrix of an affine transform from Keras' parameters.

The parameters are those of `apply_affine_transform` of Keras' preprocessing: the same numbers give the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.float64]]


def affine_matrix(parameters: Mapping[str, float], height: int, width: int) -> Matrix | None:
    """Make the matrix that maps a pixel of the result to its source coordinates.

    Args:
        parameters: "theta" and "shear" in degrees; "tx" and "ty" in pixels; "zx" and "zy", which enlarge below 1.
            As in Keras, x runs along the columns and y along the rows.
        height: the height of the picture.
        width: the width of the picture.

    Returns:
        (2, 3) float64, of (row, column, 1); or None for the identity.
    """
    theta, tx, ty, shear, zx, zy = (parameters[name] for name in ("theta", "tx", "ty", "shear", "zx", "zy"))
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return None
    # Keras takes the centre's x from the height and its y from the width. Keep that, so that the same numbers give the
    # same picture; `about_the_centre` compensates.
    x, y = height / 2 - 0.5, width / 2 - 0.5
    to_centre = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    from_centre = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]])
    matrix = to_centre @ (_rotation(theta) @ _shifted(tx, ty) @ _sheared(shear) @ _zoomed(zx, zy)) @ from_centre
    return np.asarray(matrix[np.ix_([1, 0], [1, 0, 2])])


def about_the_centre(parameters: Mapping[str, float], height: int, width: int) -> dict[str, float]:
    """Change "tx" and "ty" so that a picture is rotated, sheared and zoomed about its centre.

    Keras shifts pictures that are not square as it rotates them, because it takes another point o for the centre c.
    With R the rotation, A shear and zoom, and t the shift, o + R (t' + A (p - o)) = c + R (t + A (p - c)) for every
    p where t' = t + (R^-1 - A) (c - o).

    Args:
        parameters: as for `affine_matrix`, about the centre.
        height: the height of the picture.
        width: the width of the picture.

    Returns:
        The parameters for `affine_matrix`.
    """
    off = np.array([(width - height) / 2, (height - width) / 2])
    rotated = _rotation(parameters["theta"])[:2, :2]
    stretched = (_sheared(parameters["shear"]) @ _zoomed(parameters["zx"], parameters["zy"]))[:2, :2]
    x, y = (rotated.T - stretched) @ off
    return {**parameters, "tx": float(parameters["tx"] + x), "ty": float(parameters["ty"] + y)}


def _rotation(theta: float) -> Matrix:
    angle = np.deg2rad(theta)
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])


def _shifted(tx: float, ty: float) -> Matrix:
    return np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]], np.float64)


def _sheared(shear: float) -> Matrix:
    angle = np.deg2rad(shear)
    return np.array([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]])


def _zoomed(zx: float, zy: float) -> Matrix:
    return np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]], np.float64)
