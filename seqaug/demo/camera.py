"""The camera: projects points of the street into the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks along the street.

    Attributes:
        height, width: of the image, in pixels.
        horizon: row of the horizon.
        vanishing: column of the vanishing point.
        focal: focal length in pixels.
        elevation: height of the camera in metres.
    """

    height: int
    width: int
    horizon: float
    vanishing: float
    focal: float
    elevation: float = 1.6

    def project(self, points: Sequence[tuple[float, float, float]]) -> NDArray[Any]:
        """Project points of the street.

        Args:
            points: (metres to the right, metres above the ground, metres ahead), ahead above 0.

        Returns:
            Columns and rows, shape (N, 2), int32.
        """
        right, up, ahead = np.array(points, np.float64).T
        column = self.vanishing + self.focal * right / ahead
        row = self.horizon + self.focal * (self.elevation - up) / ahead
        # OpenCV draws with 16-bit fractions: coordinates far outside the image would overflow.
        return np.clip(np.round(np.stack([column, row], 1)), -8192, 8192).astype(np.int32)

    def pixels(self, metres: float, ahead: float) -> float:
        """Length in pixels of an object `metres` long, `ahead` metres away."""
        return self.focal * metres / ahead

    @property
    def nearest_ground(self) -> float:
        """Distance in metres of the ground in the last row of the image."""
        return self.focal * self.elevation / (self.height - self.horizon)
