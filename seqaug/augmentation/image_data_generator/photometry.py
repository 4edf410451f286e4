"""ImageDataGenerator's channel shift and brightness, for images only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import ImageOnlyTransform
from seqaug.augmentation.image_data_generator.arguments import at_least_zero, brightness_bounds

Array = np.ndarray[Any, Any]


class ImageDataGeneratorPhotometry(ImageOnlyTransform):
    """Shift all channels by one number, and multiply by a brightness, as Keras' ImageDataGenerator does.

    Shifted values are clipped to the minimum and maximum of their image. Brightness truncates decimals and clips at
    white, as Pillow does; the fourth channel of an image is its opacity and is not brightened. White is the largest
    value of the dtype; for float images 1 if no value is above 1, else 255 (or the largest value, if above). Float
    images keep their decimals.

    Args:
        channel_shift_range: the shift is drawn between minus and plus this.
        brightness_range: (lower, upper) of the factor, or None.
        p: the probability that anything is done.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """

    def __init__(self, channel_shift_range: float = 0.0, brightness_range: Any = None, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.channel_shift_range = at_least_zero("channel_shift_range", channel_shift_range, "a number")
        self.brightness_range = brightness_bounds(brightness_range)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is ever changed."""
        return not self.channel_shift_range and self.brightness_range is None

    def get_params(self) -> dict[str, Any]:
        """Draw Keras' parameters "channel_shift_intensity" and "brightness"; None if not used."""
        shift, bounds = self.channel_shift_range, self.brightness_range
        return {
            "channel_shift_intensity": self.py_random.uniform(-shift, shift) if shift else None,
            "brightness": None if bounds is None else self.py_random.uniform(*bounds),
        }

    def apply(self, img: Array, *args: Any, **params: Any) -> Array:
        """Change an image, (H, W) or (H, W, C), uint8, uint16 or float32; the dtype stays."""
        has_opacity = img.ndim == 3 and img.shape[2] == 4 and params["brightness"] is not None
        changed = _changed(img, params)
        if has_opacity:
            changed[..., 3] = _changed(img, {**params, "brightness": 1.0})[..., 3]
        return changed


def _changed(img: Array, params: Mapping[str, Any]) -> Array:
    bounds = img.min(), img.max()
    if img.dtype.kind == "f":
        white = 1.0 if bounds[1] <= 1 else max(255.0, float(bounds[1]))
        return _computed(img, params, bounds, white, whole=False).astype(img.dtype, copy=False)
    white = float(np.iinfo(img.dtype).max)
    values = np.arange(white + 1, dtype=np.float32)
    table = np.rint(_computed(values, params, bounds, white, whole=True)).astype(img.dtype)
    return cv2.LUT(img, table).reshape(img.shape) if img.dtype == np.uint8 else table[img]


def _computed(values: Array, params: Mapping[str, Any], bounds: tuple[Any, Any], white: float, *, whole: bool) -> Array:
    shift, brightness = params["channel_shift_intensity"], params["brightness"]
    if shift is not None:
        values = np.clip(values + np.float32(shift), *bounds)
    if brightness is not None:
        values = np.minimum((np.floor(values) if whole else values) * np.float32(brightness), white)
        values = np.floor(values) if whole else values
    return values
