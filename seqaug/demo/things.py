"""Things on the street: trees, cars, pedestrians and signs."""

from __future__ import annotations

import numpy as np

from seqaug.demo.canvas import Canvas, Color
from seqaug.demo.classes import Class
from seqaug.demo.light import Light

_PAINTS = ((0.75, 0.10, 0.10), (0.12, 0.22, 0.55), (0.85, 0.85, 0.87), (0.10, 0.10, 0.12), (0.55, 0.57, 0.60))
_CLOTHES = (*_PAINTS, (0.80, 0.62, 0.15), (0.20, 0.45, 0.25), (0.55, 0.20, 0.45))
_SKINS = ((0.85, 0.66, 0.55), (0.62, 0.44, 0.33), (0.38, 0.26, 0.20))
_RED, _WHITE, _BLUE, _YELLOW = (0.80, 0.08, 0.08), (0.92, 0.92, 0.92), (0.08, 0.22, 0.70), (0.92, 0.75, 0.05)


def paint_tree(canvas: Canvas, at: tuple[float, float], light: Light, rng: np.random.Generator) -> None:
    """Paint a tree at (metres to the right, metres ahead): a trunk, and a crown of many tufts."""
    right, ahead = at
    trunk, crown = rng.uniform(1.8, 3.0), rng.uniform(2.5, 5.0)
    canvas.upright((right, 0, ahead), (rng.uniform(0.25, 0.5), trunk + crown / 2), (0.33, 0.25, 0.18), Class.TREE)
    green = np.array([rng.uniform(0.18, 0.40), rng.uniform(0.36, 0.50), rng.uniform(0.10, 0.20)])
    for _ in range(45):
        # Points in a disc; higher tufts, and those towards the sun, are lighter.
        angle, radius = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 0.8)) / 2
        x, y = crown * radius * np.cos(angle), crown * radius * np.sin(angle)
        lit = 1 + (y + light.sun * x) / crown * 0.7
        tuft = crown * rng.uniform(0.16, 0.36)
        center = (right + x, trunk + crown / 2 + y, ahead)
        canvas.ellipse(center, (tuft, tuft * 0.8), green * lit * rng.uniform(0.85, 1.15), Class.TREE)


def paint_car(canvas: Canvas, at: tuple[float, float], rng: np.random.Generator) -> None:
    """Paint a car at (metres to the right, metres ahead), seen from behind or from the front."""
    right, ahead = at
    paint = np.array(_PAINTS[rng.integers(len(_PAINTS))]) * rng.uniform(0.8, 1.1)
    width, height, length = rng.uniform(1.7, 1.95), rng.uniform(1.4, 1.75), rng.uniform(3.6, 4.6)
    half, waist, low = width / 2, height * 0.58, 0.25
    far = ahead + length
    shadow = [(right - half * 1.1, 0, ahead - 0.2), (right + half * 1.1, 0, ahead - 0.2)]
    canvas.shade([*shadow, (right + half * 1.1, 0, far), (right - half * 1.1, 0, far)], 0.6)
    # The visible side with its wheels, the cabin, then the end that faces the camera.
    edge = right - half if right > 0 else right + half
    for wheel in (far - 0.8, ahead + 0.8):
        _box_side(canvas, edge, (wheel - 0.33, wheel + 0.33), (0.0, 0.6), (0.05, 0.05, 0.05))
    _box_side(canvas, edge, (ahead, far), (low, waist), paint * 0.75)
    roof_start, roof_end = ahead + length * 0.15, far - length * 0.3
    inner = right + (edge - right) * 0.85
    side = [
        (edge, waist, ahead + 0.2),
        (inner, height, roof_start),
        (inner, height, roof_end),
        (edge, waist, far - 0.6),
    ]
    canvas.polygon(side, (0.13, 0.15, 0.18), Class.CAR)
    for wheel_x in (right - half * 0.75, right + half * 0.75):
        canvas.upright((wheel_x, 0, ahead), (0.24, 0.5), (0.05, 0.05, 0.05), Class.CAR)
    cabin = [(-0.96, waist), (-0.78, height), (0.78, height), (0.96, waist)]
    canvas.polygon([(right + half * x, y, ahead + 0.1) for x, y in cabin], paint * 1.05, Class.CAR)
    glass = [(-0.82, waist + 0.03), (-0.68, height - 0.1), (0.68, height - 0.1), (0.82, waist + 0.03)]
    canvas.polygon([(right + half * x, y, ahead + 0.1) for x, y in glass], (0.16, 0.19, 0.23), Class.CAR)
    canvas.upright((right, low, ahead), (width, waist - low), paint, Class.CAR)
    canvas.upright((right, low, ahead), (width, 0.16), paint * 0.5, Class.CAR)
    lamp = (0.75, 0.08, 0.06) if rng.random() < 0.5 else (0.95, 0.93, 0.82)
    for lamp_x in (right - half * 0.8, right + half * 0.8):
        canvas.upright((lamp_x, waist - 0.25, ahead), (0.28, 0.16), lamp, Class.CAR)
    canvas.upright((right, low + 0.22, ahead), (0.5, 0.12), (0.85, 0.85, 0.80), Class.CAR)


def paint_pedestrian(canvas: Canvas, at: tuple[float, float], rng: np.random.Generator) -> None:
    """Paint a pedestrian at (metres to the right, metres ahead)."""
    right, ahead = at
    tall, stride = rng.uniform(1.55, 1.9), rng.uniform(0.05, 0.3)
    coat, trousers = (np.array(_CLOTHES[i]) for i in rng.choice(len(_CLOTHES), 2, replace=False))
    hip, shoulder = tall * 0.5, tall * 0.83
    canvas.shade([(right - 0.4, 0, ahead - 0.15), (right + 0.4, 0, ahead - 0.15), (right, 0, ahead + 0.3)], 0.4)
    for foot in (-stride, stride):
        leg = [(foot - 0.09, 0.0), (foot + 0.09, 0.0), (0.17, hip), (-0.17, hip)]
        canvas.polygon([(right + x, y, ahead) for x, y in leg], trousers * 0.8, Class.PEDESTRIAN)
    for hand in (-0.33, 0.33):
        arm = [(hand - 0.06, hip), (hand + 0.06, hip), (hand * 0.6, shoulder), (hand * 0.6 - 0.1, shoulder)]
        canvas.polygon([(right + x, y, ahead) for x, y in arm], coat * 0.85, Class.PEDESTRIAN)
    body = [(-0.21, hip - 0.1), (0.21, hip - 0.1), (0.25, shoulder), (-0.25, shoulder)]
    canvas.polygon([(right + x, y, ahead) for x, y in body], coat, Class.PEDESTRIAN)
    skin = _SKINS[rng.integers(len(_SKINS))]
    canvas.ellipse((right, tall - 0.13, ahead), (0.22, 0.28), skin, Class.PEDESTRIAN)
    canvas.ellipse((right, tall - 0.05, ahead), (0.22, 0.14), (0.16, 0.11, 0.08), Class.PEDESTRIAN)


def paint_sign(canvas: Canvas, at: tuple[float, float], rng: np.random.Generator) -> None:
    """Paint a road sign on its pole at (metres to the right, metres ahead): round, triangular or square."""
    right, ahead = at
    height, size = rng.uniform(2.3, 2.9), rng.uniform(0.7, 0.95)
    canvas.upright((right, 0, ahead), (0.11, height), (0.50, 0.51, 0.53), Class.SIGN)
    kind = rng.integers(3)
    if kind == 0:
        canvas.ellipse((right, height, ahead), (size, size), _RED, Class.SIGN)
        canvas.ellipse((right, height, ahead), (size * 0.68, size * 0.68), _WHITE, Class.SIGN)
    elif kind == 1:
        for scale, color in ((1.0, _RED), (0.6, _YELLOW)):
            corners = [(-0.55, -0.45), (0.55, -0.45), (0.0, 0.5)]
            triangle = [(right + x * size * scale, height + y * size * scale, ahead) for x, y in corners]
            canvas.polygon(triangle, color, Class.SIGN)
    else:
        canvas.upright((right, height - size / 2, ahead), (size, size), _BLUE, Class.SIGN)
        canvas.upright((right, height - size / 4, ahead), (size * 0.3, size / 2), _WHITE, Class.SIGN)


def _box_side(
    canvas: Canvas,
    edge: float,
    ahead: tuple[float, float],
    up: tuple[float, float],
    color: Color,
) -> None:
    corners = [(edge, up[0], ahead[0]), (edge, up[1], ahead[0]), (edge, up[1], ahead[1]), (edge, up[0], ahead[1])]
    canvas.polygon(corners, color, Class.CAR)
