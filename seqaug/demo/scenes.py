"""A scene of the demonstration set: a street's image and class ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seqaug.demo.camera import Camera
from seqaug.demo.canvas import Canvas
from seqaug.demo.classes import VOID
from seqaug.demo.light import Light, add_texture, expose, paint_sky, random_light
from seqaug.demo.street import Street, cast_shadows, paint_ground, paint_houses, paint_skyline, random_street
from seqaug.demo.things import paint_car, paint_pedestrian, paint_sign, paint_tree

# Scenes are drawn larger and averaged, for edges as soft as a camera's.
_SUPERSAMPLING = 2
_MIN_SIZE = 16

Thing = tuple[float, Callable[[], None]]


def draw_scene(size: tuple[int, int], rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw a street and its class ids.

    Args:
        size: (height, width) in pixels, each at least 16.
        rng: source of all randomness; a generator in the same state draws the same scene.

    Returns:
        The image, (H, W, 3) uint8 RGB, and the class ids, (H, W) uint8, in the order of
        `seqaug.demo.classes.CLASSES`; 255 (void) on borders between classes, one pixel wide, and on the outermost
        pixels.

    Raises:
        ValueError: the size is too small.
    """
    check_size(size)
    height, width = size
    camera = _random_camera(height * _SUPERSAMPLING, width * _SUPERSAMPLING, rng)
    street, light = random_street(rng), random_light(rng)
    canvas = Canvas(camera, light.horizon)
    paint_sky(canvas, light, rng)
    paint_skyline(canvas, rng)
    paint_ground(canvas, street, rng)
    paint_houses(canvas, street, light, rng)
    cast_shadows(canvas, street, light, rng)
    for _, paint in sorted(_random_things(canvas, street, light, rng), key=lambda thing: -thing[0]):
        paint()
    add_texture(canvas, rng)
    image = cv2.resize(canvas.image, (width, height), interpolation=cv2.INTER_AREA)
    ids = canvas.ids[_SUPERSAMPLING // 2 :: _SUPERSAMPLING, _SUPERSAMPLING // 2 :: _SUPERSAMPLING]
    return expose(np.asarray(image, np.float32), light, rng), _with_void_borders(ids)


def check_size(size: tuple[int, int]) -> None:
    """Raise ValueError for sizes (height, width) that are too small to show a street."""
    if min(size) < _MIN_SIZE:
        raise ValueError(f"size={size[0]}x{size[1]}; expected a height and a width of at least {_MIN_SIZE} pixels")


def _random_camera(height: int, width: int, rng: np.random.Generator) -> Camera:
    horizon, vanishing = height * rng.uniform(0.40, 0.52), width * rng.uniform(0.35, 0.65)
    return Camera(height, width, horizon, vanishing, focal=0.8 * max(height, width) * rng.uniform(0.9, 1.15))


def _random_things(canvas: Canvas, street: Street, light: Light, rng: np.random.Generator) -> list[Thing]:
    """Place trees, cars, pedestrians and signs, as (metres ahead, function that paints it)."""
    things: list[Thing] = []

    def add(paint: Callable[..., None], right: float, ahead: float, *more: Any) -> None:
        # Each thing has its own generator, as things are painted in another order than they are chosen.
        own = rng.spawn(1)[0]
        things.append((ahead, lambda: paint(canvas, (right, ahead), *more, own)))

    for side in (-1, 1):
        for _ in range(rng.integers(0, 5)):
            add(paint_tree, street.beside(side, rng.uniform(0.15, 0.9)), rng.uniform(9, 70), light)
        for _ in range(rng.integers(0, 3)):
            add(paint_pedestrian, street.beside(side, rng.uniform(0.2, 0.8)), rng.uniform(5, 18))
        for _ in range(rng.integers(0, 3)):
            add(paint_sign, street.beside(side, rng.uniform(0.02, 0.12)), rng.uniform(5, 18))
        for _ in range(rng.integers(0, 3)):
            parked = street.beside(side, 0) - side * 1.2
            add(paint_car, parked, rng.uniform(6, 40))
    middle = (street.left_kerb + street.right_kerb) / 2
    for _ in range(rng.integers(0, 3)):
        lane = middle + rng.choice([-1, 1]) * 0.25 * (street.right_kerb - street.left_kerb)
        add(paint_car, lane, rng.uniform(8, 50))
    if rng.random() < 0.3:
        add(paint_pedestrian, rng.uniform(street.left_kerb, street.right_kerb), rng.uniform(8, 20))
    return things


def _with_void_borders(ids: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Set borders between classes and the outermost pixels to void, as annotators do."""
    bordered = ids.copy()
    bordered[:, :-1][ids[:, :-1] != ids[:, 1:]] = VOID
    bordered[:-1][ids[:-1] != ids[1:]] = VOID
    bordered[[0, -1]] = VOID
    bordered[:, [0, -1]] = VOID
    return bordered
