"""ImageDataGenerator's rotation, shifts, shear, zoom and flips, in one resampling of image and masks."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import DualTransform, Targets
from seqaug.augmentation.image_data_generator.arguments import (
    FILL_MODES,
    Shift,
    at_least_zero,
    finite,
    flag,
    interpolation,
    shift_range,
    zoom_bounds,
)
from seqaug.augmentation.image_data_generator.matrix import about_the_centre, affine_matrix
from seqaug.augmentation.image_data_generator.warp import Warp
from seqaug.utils.validation import one_of

Array = np.ndarray[Any, Any]

# Border modes by OpenCV's names, which tell filled pixels from others.
_BORDER_MODES = {
    "nearest": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
    "reflect": cv2.BORDER_REFLECT,
    "wrap": cv2.BORDER_WRAP,
}


class ImageDataGeneratorGeometry(DualTransform):
    """Rotate, shift, shear, zoom and flip as Keras' ImageDataGenerator does, about the centre, by one warp.

    The drawn parameters are those of Keras' `apply_transform`: "theta", "tx", "ty", "shear", "zx", "zy",
    "flip_horizontal", "flip_vertical". Masks are resampled by nearest neighbour. With `fill_mode="constant"`, filled
    pixels of masks become `fill_mask`.

    Args:
        rotation_range: see `seqaug.image_data_generator_transform`, as for all but the last two.
        width_shift_range: fraction, pixels or list.
        height_shift_range: fraction, pixels or list.
        shear_range: degrees.
        zoom_range: a number below 1, or (lower, upper).
        fill_mode: "nearest", "constant", "reflect" or "wrap".
        cval: the value of filled pixels of images, with "constant".
        horizontal_flip: whether half of the samples are mirrored, left and right.
        vertical_flip: whether half of the samples are mirrored, top and bottom.
        interpolation_order: 1: bilinear images; 0: nearest neighbour.
        fill_mask: the label of filled pixels of masks, with "constant"; a sequence sets it to its `ignore_index`.
        p: the probability that anything is done.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """

    _targets = (Targets.IMAGE, Targets.MASK)

    def __init__(
        self,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        interpolation_order: int = 1,
        fill_mask: int = 0,
        p: float = 1.0,
    ) -> None:
        super().__init__(p=p)
        self.rotation_range = at_least_zero("rotation_range", rotation_range, "degrees")
        self.width_shift_range = shift_range("width_shift_range", width_shift_range)
        self.height_shift_range = shift_range("height_shift_range", height_shift_range)
        self.shear_range = at_least_zero("shear_range", shear_range, "degrees")
        self.zoom_range = zoom_bounds(zoom_range)
        self.fill_mode = one_of("fill_mode", fill_mode, FILL_MODES)
        self.cval = finite("cval", cval, "a number, the value of filled pixels")
        self.horizontal_flip = flag("horizontal_flip", horizontal_flip)
        self.vertical_flip = flag("vertical_flip", vertical_flip)
        self.interpolation_order = interpolation(interpolation_order)
        self.fill_mask = fill_mask
        self.mask_interpolation = cv2.INTER_NEAREST

    @property
    def is_idle(self) -> bool:
        """Whether nothing is ever moved."""
        return not (self._warps or self.horizontal_flip or self.vertical_flip)

    @property
    def _warps(self) -> bool:
        shifts = (self.width_shift_range, self.height_shift_range)
        return bool(self.rotation_range or any(map(np.any, shifts)) or self.shear_range or self.zoom_range != [1, 1])

    @property
    def border_mode(self) -> int:
        """OpenCV's border mode; flips alone need no pixels beyond the border."""
        return _BORDER_MODES[self.fill_mode if self._warps else "nearest"]

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the parameters for a picture of (height, width) `params["shape"][:2]`."""
        height, width = params["shape"][:2]
        rng = self.py_random
        drawn = {
            "theta": rng.uniform(-self.rotation_range, self.rotation_range),
            "tx": _drawn_shift(self.width_shift_range, width, rng),
            "ty": _drawn_shift(self.height_shift_range, height, rng),
            "shear": rng.uniform(-self.shear_range, self.shear_range),
            "zx": rng.uniform(*self.zoom_range),
            "zy": rng.uniform(*self.zoom_range),
        }
        return {
            **about_the_centre(drawn, height, width),
            "flip_horizontal": rng.random() < 0.5 and self.horizontal_flip,
            "flip_vertical": rng.random() < 0.5 and self.vertical_flip,
        }

    def apply_with_params(self, params: dict[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Move all arrays of a sample, which share one warp."""

        @cache
        def warp(height: int, width: int) -> Warp | None:
            matrix = affine_matrix(params, height, width)
            return None if matrix is None else Warp(matrix, height, width, self.fill_mode)

        moved: dict[str, Any] = super().apply_with_params({**params, "warp": warp}, *args, **kwargs)
        return moved

    def apply(self, img: Array, *args: Any, **params: Any) -> Array:
        """Move an image, (H, W) or (H, W, C), uint8, uint16 or float32."""
        warp = params["warp"](*img.shape[:2])
        if warp is not None:
            img = warp.bilinear(img, self.cval) if self.interpolation_order else warp.nearest(img, self.cval)
        return _flipped(img, params)

    def apply_to_mask(self, mask: Array, *args: Any, **params: Any) -> Array:
        """Move a mask, (H, W) or (H, W, C), of any dtype; bilinear where a sequence moves a map of numbers."""
        warp = params["warp"](*mask.shape[:2])
        if warp is not None:
            resample = warp.nearest if self.mask_interpolation == cv2.INTER_NEAREST else warp.bilinear
            mask = resample(mask, params["fill_mask"])
        return _flipped(mask, params)

    def apply_to_coordinates(self, coordinates: Array, *args: Any, **params: Any) -> Array:
        """Move the source coordinates of pixels, (H, W); pixels from beyond the border become 0."""
        height, width = coordinates.shape
        matrix = affine_matrix(params, height, width)
        inside = coordinates if matrix is None else Warp(matrix, height, width, "constant").nearest(coordinates, 0)
        return _flipped(inside, params)


def _drawn_shift(shift: Shift, size: int, rng: random.Random) -> float:
    """Draw a shift in pixels: below 1 it is a share of the size; of an integer n, n - 1 is the farthest."""
    if isinstance(shift, list):
        drawn = rng.choice(shift) * rng.choice((-1, 1))
        return drawn * size if max(map(abs, shift)) < 1 else drawn
    if isinstance(shift, int):
        return rng.randrange(shift) * rng.choice((-1, 1)) if shift else 0
    drawn = rng.uniform(-shift, shift)
    return drawn * size if shift < 1 else drawn


def _flipped(pixels: Array, params: dict[str, Any]) -> Array:
    if params["flip_horizontal"]:
        pixels = pixels[:, ::-1]
    return pixels[::-1] if params["flip_vertical"] else pixels
