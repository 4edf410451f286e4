"""An image and its class ids, drawn together so that they agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seqaug.demo.camera import Camera
from seqaug.demo.classes import Class

Color = Sequence[float] | NDArray[Any]
Point = tuple[float, float, float]

# Distance in metres at which haze has replaced two thirds of a colour.
_HAZE_DISTANCE = 130.0


class Canvas:
    """An image and its class ids; later drawing covers earlier drawing, so draw from far to near.

    Attributes:
        camera: projects points of the street.
        image: (H, W, 3) float32 RGB, 0..1.
        ids: (H, W) uint8 class ids.
        haze: colour of distant objects, float RGB.
    """

    def __init__(self, camera: Camera, haze: Color) -> None:
        self.camera = camera
        self.haze = np.array(haze, np.float64)
        self.image = np.zeros((camera.height, camera.width, 3), np.float32)
        self.ids = np.zeros((camera.height, camera.width), np.uint8)

    def polygon(self, points: Sequence[Point], color: Color, label: Class) -> None:
        """Fill a polygon; points are in metres, as for `Camera.project`."""
        corners = [self.camera.project(points)]
        cv2.fillPoly(self.image, corners, self._hazy(color, min(ahead for _, _, ahead in points)))
        cv2.fillPoly(self.ids, corners, int(label))

    def upright(self, at: Point, size: tuple[float, float], color: Color, label: Class) -> None:
        """Fill a rectangle that faces the camera: (width, height) in metres, `at` the middle of its bottom edge."""
        right, up, ahead = at
        left, right, top = right - size[0] / 2, right + size[0] / 2, up + size[1]
        self.polygon([(left, up, ahead), (right, up, ahead), (right, top, ahead), (left, top, ahead)], color, label)

    def ellipse(self, center: Point, size: tuple[float, float], color: Color, label: Class) -> None:
        """Fill an ellipse that faces the camera: (width, height) in metres."""
        column, row = self.camera.project([center])[0].tolist()
        axes = [max(1, round(self.camera.pixels(side / 2, center[2]))) for side in size]
        cv2.ellipse(self.image, (column, row), axes, 0, 0, 360, self._hazy(color, center[2]), -1)
        cv2.ellipse(self.ids, (column, row), axes, 0, 0, 360, int(label), -1)

    def shade(self, points: Sequence[Point], strength: float) -> None:
        """Darken a polygon; its classes stay."""
        mask = np.zeros(self.ids.shape, np.uint8)
        cv2.fillPoly(mask, [self.camera.project(points)], 1)
        self.image[mask == 1] *= 1 - strength

    def _hazy(self, color: Color, ahead: float) -> tuple[float, ...]:
        clear = np.exp(-ahead / _HAZE_DISTANCE)
        color_seen: NDArray[Any] = np.array(color) * clear + self.haze * (1 - clear)
        return tuple(color_seen.tolist())
