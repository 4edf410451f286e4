"""Light of a scene: sky, texture, exposure and camera noise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seqaug.demo.canvas import Canvas
from seqaug.demo.classes import Class

Pixels = NDArray[np.float32]

# Sky at the zenith, sky at the horizon, and colour of the light: clear, overcast, evening.
_WEATHERS = (
    ((0.30, 0.52, 0.88), (0.80, 0.88, 0.96), (1.05, 1.00, 0.92)),
    ((0.66, 0.69, 0.73), (0.86, 0.87, 0.88), (0.82, 0.85, 0.90)),
    ((0.42, 0.46, 0.70), (0.97, 0.80, 0.60), (1.02, 0.86, 0.70)),
)
# Strength of each class's texture: (noise per pixel, noise in patches).
_TEXTURE = {
    Class.SKY: (0.0, 0.01),
    Class.BUILDING: (0.02, 0.04),
    Class.ROAD: (0.03, 0.03),
    Class.PAVEMENT: (0.03, 0.03),
    Class.TREE: (0.09, 0.10),
    Class.CAR: (0.01, 0.02),
    Class.PEDESTRIAN: (0.02, 0.03),
    Class.SIGN: (0.01, 0.02),
}


@dataclass(frozen=True)
class Light:
    """The light of a scene.

    Attributes:
        zenith, horizon: colours of the sky, float RGB.
        color: factor of all colours, float RGB.
        sun: side of the sun: -1 left of the street, 1 right of it.
    """

    zenith: tuple[float, float, float]
    horizon: tuple[float, float, float]
    color: tuple[float, float, float]
    sun: int


def random_light(rng: np.random.Generator) -> Light:
    """Choose weather, brightness and the side of the sun."""
    zenith, horizon, color = _WEATHERS[rng.integers(len(_WEATHERS))]
    strength = rng.uniform(0.7, 1.1)
    r, g, b = (strength * channel for channel in color)
    return Light(zenith, horizon, (r, g, b), sun=int(rng.choice([-1, 1])))


def paint_sky(canvas: Canvas, light: Light, rng: np.random.Generator) -> None:
    """Fill the image with sky: a gradient down to the horizon, and clouds."""
    height, width = canvas.ids.shape
    rows = np.linspace(0, height / canvas.camera.horizon, height, dtype=np.float32).clip(0, 1)[:, None, None]
    sky = np.array(light.zenith, np.float32) * (1 - rows) + np.array(light.horizon, np.float32) * rows
    clouds = smooth_noise((height, width), max(8, width // 6), rng) + smooth_noise(
        (height, width), width // 20 + 1, rng
    )
    cover = np.clip(clouds - rng.uniform(-0.5, 1.5), 0, 1)[..., None] * (1 - 0.5 * rows)
    canvas.image[:] = sky * (1 - 0.8 * cover) + 0.95 * 0.8 * cover
    canvas.ids[:] = Class.SKY


def add_texture(canvas: Canvas, rng: np.random.Generator) -> None:
    """Add texture to the image, by class."""
    shape = canvas.ids.shape
    table = np.zeros((256, 2), np.float32)
    table[list(_TEXTURE)] = list(_TEXTURE.values())
    strength = table[canvas.ids]
    grain = rng.standard_normal(shape, np.float32)
    rough = 1 + strength[..., 0] * grain + strength[..., 1] * smooth_noise(shape, max(3, shape[1] // 60), rng)
    canvas.image *= rough[..., None]


def expose(image: Pixels, light: Light, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Expose the image: colour of the light, vignetting and noise.

    Args:
        image: (H, W, 3) float32 RGB, 0..1.
        light: the light of the scene.
        rng: generator of the noise.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = image.shape[:2]
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    corners = 1 - rng.uniform(0.05, 0.25) * (rows**2 + columns**2) / 2
    exposed = image * np.array(light.color, np.float32) * corners[..., None].astype(np.float32)
    exposed += rng.uniform(0.005, 0.02) * rng.standard_normal(exposed.shape, np.float32)
    return np.asarray(np.clip(exposed * 255 + 0.5, 0, 255), np.uint8)


def smooth_noise(shape: tuple[int, int], grain: int, rng: np.random.Generator) -> Pixels:
    """Generate noise of mean 0 and deviation about 1, in patches of `grain` pixels; (H, W) float32."""
    coarse = rng.standard_normal((shape[0] // grain + 2, shape[1] // grain + 2), np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
