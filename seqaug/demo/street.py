"""The street: ground, lanes and houses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqaug.demo.canvas import Canvas, Color
from seqaug.demo.classes import Class
from seqaug.demo.light import Light

# Distance in metres at which the street ends.
FAR = 160.0

_WALLS = ((0.62, 0.36, 0.28), (0.78, 0.70, 0.55), (0.66, 0.64, 0.60), (0.52, 0.42, 0.36), (0.82, 0.78, 0.74))


@dataclass(frozen=True)
class Street:
    """Positions of walls and kerbs, in metres to the right of the camera.

    Attributes:
        left_wall, left_kerb, right_kerb, right_wall: in this order.
    """

    left_wall: float
    left_kerb: float
    right_kerb: float
    right_wall: float

    def beside(self, side: int, share: float) -> float:
        """Position on a pavement, `share` of the way from the kerb to the wall; side -1 is left, 1 right."""
        kerb, wall = (self.left_kerb, self.left_wall) if side < 0 else (self.right_kerb, self.right_wall)
        return kerb + share * (wall - kerb)


def random_street(rng: np.random.Generator) -> Street:
    """Choose the widths of road and pavements."""
    left_kerb, right_kerb = -rng.uniform(4.0, 6.0), rng.uniform(2.5, 4.5)
    return Street(left_kerb - rng.uniform(2.0, 4.5), left_kerb, right_kerb, right_kerb + rng.uniform(2.0, 4.5))


def paint_ground(canvas: Canvas, street: Street, rng: np.random.Generator) -> None:
    """Paint pavements, road and lane markings."""
    near = canvas.camera.nearest_ground * 0.8
    paving = rng.uniform(0.50, 0.66) * np.array([1.0, 0.97, 0.93])
    asphalt = rng.uniform(0.28, 0.42) * np.array([0.97, 0.98, 1.04])
    _strip(canvas, -60, 60, near, FAR, paving, Class.PAVEMENT)
    for side in (-1, 1):
        # Joints between slabs, denser with distance by perspective.
        for ahead in np.arange(near, 24, 1.2):
            _strip(
                canvas,
                street.beside(side, 0),
                street.beside(side, 1),
                ahead,
                ahead + 0.05,
                paving * 0.85,
                Class.PAVEMENT,
            )
    _strip(canvas, street.left_kerb, street.right_kerb, near, FAR, asphalt, Class.ROAD)
    for kerb, width in ((street.left_kerb, 0.18), (street.right_kerb, -0.18)):
        _strip(canvas, kerb, kerb + width, near, FAR, paving * 0.8, Class.PAVEMENT)
    paint = np.full(3, rng.uniform(0.75, 0.95))
    middle = (street.left_kerb + street.right_kerb) / 2
    dash, gap = rng.uniform(2, 4), rng.uniform(3, 6)
    for ahead in np.arange(near + rng.uniform(0, dash), FAR / 2, dash + gap):
        _strip(canvas, middle - 0.08, middle + 0.08, ahead, ahead + dash, paint, Class.ROAD)
    for kerb in (street.left_kerb + 0.5, street.right_kerb - 0.5):
        _strip(canvas, kerb - 0.06, kerb + 0.06, near, FAR / 2, paint * 0.9, Class.ROAD)


def paint_skyline(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint houses and trees in the haze at the end of the street."""
    position = -60.0
    while position < 60:
        width = rng.uniform(5, 14)
        is_tree = rng.random() < 0.45
        color = (0.30, 0.42, 0.24) if is_tree else _WALLS[rng.integers(len(_WALLS))]
        label = Class.TREE if is_tree else Class.BUILDING
        if is_tree:
            canvas.ellipse((position, 3, FAR), (width * 1.3, rng.uniform(10, 18)), color, label)
        canvas.upright(
            (position, 0, FAR), (width * 1.1, rng.uniform(5, 8) if is_tree else rng.uniform(8, 20)), color, label
        )
        position += width


def paint_houses(canvas: Canvas, street: Street, light: Light, rng: np.random.Generator) -> None:
    """Paint a row of houses on each side, far ones first, with gaps between them."""
    for side in (-1, 1):
        wall = street.beside(side, 1)
        houses, ahead = [], canvas.camera.nearest_ground * 0.6
        while ahead < FAR * 0.7:
            depth = rng.uniform(8, 18)
            if rng.random() < 0.85:
                houses.append((ahead, ahead + depth))
            ahead += depth + rng.choice([0.0, 0.0, rng.uniform(3, 9)])
        for start, end in reversed(houses):
            _house(canvas, wall, side, start, end, 1.0 if side != light.sun else 0.68, rng)


def cast_shadows(canvas: Canvas, street: Street, light: Light, rng: np.random.Generator) -> None:
    """Cast the shadow of the houses on the sun's side onto the street."""
    wall = street.beside(light.sun, 1)
    reach = wall - light.sun * rng.uniform(1.0, 6.0)
    near = canvas.camera.nearest_ground * 0.8
    canvas.shade([(wall, 0, near), (reach, 0, near), (reach, 0, FAR), (wall, 0, FAR)], rng.uniform(0.15, 0.4))


def _house(
    canvas: Canvas, wall: float, side: int, start: float, end: float, brightness: float, rng: np.random.Generator
) -> None:
    color = np.array(_WALLS[rng.integers(len(_WALLS))]) * brightness * rng.uniform(0.85, 1.15)
    storeys = int(rng.integers(2, 6))
    height = 3.2 * storeys + rng.uniform(0.5, 1.5)
    # The wall that faces the camera is visible where a gap precedes the house.
    canvas.upright((wall + side * 5, 0, start), (10, height), color * 0.8, Class.BUILDING)
    _front(canvas, wall, start, end, 0, height, color)
    _front(canvas, wall, start, end, 0, 0.6, color * 0.7)
    _front(canvas, wall, start, end, height - 0.4, height, color * 1.15)
    glass = np.array([0.25, 0.30, 0.38]) * rng.uniform(0.7, 1.6) * brightness
    width, pitch = rng.uniform(1.0, 1.6), rng.uniform(2.4, 3.4)
    if start > FAR / 3:
        return
    for storey in range(storeys):
        sill = 3.2 * storey + 1.0
        for ahead in np.arange(start + 0.7, end - width - 0.3, pitch):
            _front(canvas, wall, ahead - 0.12, ahead + width + 0.12, sill - 0.12, sill + 1.72, color * 1.2)
            _front(canvas, wall, ahead, ahead + width, sill, sill + 1.6, glass * rng.uniform(0.8, 1.25))


def _front(
    canvas: Canvas,
    wall: float,
    start: float,
    end: float,
    low: float,
    high: float,
    color: Color,
) -> None:
    corners = [(wall, low, start), (wall, high, start), (wall, high, end), (wall, low, end)]
    canvas.polygon(corners, color, Class.BUILDING)


def _strip(
    canvas: Canvas,
    left: float,
    right: float,
    near: float,
    far: float,
    color: Color,
    label: Class,
) -> None:
    canvas.polygon([(left, 0, near), (right, 0, near), (right, 0, far), (left, 0, far)], color, label)
