"""Where a partner lies over a sample of another size."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import cv2
import numpy as np

Array = np.ndarray[Any, Any]


# Of arrays that OpenCV copies, several times faster than NumPy.
_FAST_DTYPES = (np.uint8, np.uint16, np.int16, np.int32, np.float32)


class Overlap(NamedTuple):
    """A rectangle of a sample, and the one of its partner, of the same size, that lies over it; in pixels.

    Attributes:
        y, x: its first pixel in the sample.
        partner_y, partner_x: its first pixel in the partner.
        height, width: its size.
    """

    y: int
    x: int
    partner_y: int
    partner_x: int
    height: int
    width: int

    @classmethod
    def draw(cls, size: tuple[int, ...], partner_size: tuple[int, ...], generator: random.Random) -> Overlap:
        """Lay a partner over a sample, unscaled: in each direction the shorter one lies anywhere in the longer one.

        Args:
            size: (height, width) of the sample.
            partner_size: (height, width) of the partner.
            generator: draws where; not used where lengths are equal.
        """
        (y, partner_y, height), (x, partner_x, width) = (
            _along(own, other, generator) for own, other in zip(size[:2], partner_size[:2], strict=True)
        )
        return cls(y, x, partner_y, partner_x, height, width)

    def part(self, y: int, x: int, height: int, width: int) -> Overlap:
        """Return a rectangle inside of this one."""
        return Overlap(self.y + y, self.x + x, self.partner_y + y, self.partner_x + x, height, width)

    def of_sample(self, array: Array) -> Array:
        """Return the view of the rectangle in an array of the sample, (H, W, ...)."""
        return array[self.y : self.y + self.height, self.x : self.x + self.width]

    def of_partner(self, array: Array) -> Array:
        """Return the view of the rectangle in an array of the partner, (H, W, ...)."""
        return array[self.partner_y : self.partner_y + self.height, self.partner_x : self.partner_x + self.width]


def paste(place: Array, part: Array, chosen: Array) -> None:
    """Copy chosen pixels of an array into another one of the same shape, in place.

    Args:
        place: (H, W, ...), such as a view of a part of an image.
        part: the same.
        chosen: (H, W) bool.
    """
    is_usual = part.dtype == place.dtype and part.dtype in _FAST_DTYPES and part.ndim <= 3 and part.shape[2:] < (5,)
    if not is_usual or not part.size:
        place[chosen] = part[chosen]
        return
    copied = cv2.copyTo(np.ascontiguousarray(part), chosen.view(np.uint8), np.ascontiguousarray(place))
    place[...] = copied.reshape(place.shape)


def _along(own: int, other: int, generator: random.Random) -> tuple[int, int, int]:
    if own == other:
        return 0, 0, own
    shift = generator.randint(0, abs(own - other))
    return (shift, 0, other) if own > other else (0, shift, own)
