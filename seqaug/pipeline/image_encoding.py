"""Encoding of images in a batch: factor, dtype, and order of the axes."""

from __future__ import annotations

from numbers import Real
from typing import Any, Final, Literal, get_args

import cv2
import ml_dtypes
import numpy as np

from seqaug.core.layout import ArraySpec
from seqaug.pipeline.rescale import DefaultRescale
from seqaug.utils.validation import one_of

Array = np.ndarray[Any, Any]

DataFormat = Literal["channels_last", "channels_first"]
DATA_FORMATS: Final = get_args(DataFormat)
ImageDtype = Literal["float32", "float16", "bfloat16"]
IMAGE_DTYPES: Final = get_args(ImageDtype)
_DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "float32": np.dtype(np.float32),
    "float16": np.dtype(np.float16),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
}
_PART_BYTES = 2**19  # of a row of the batch: what a core's cache holds between two passes
_POLICIES = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


class ImageEncoding:
    """Writes images into a batch.

    uint8 images become floats: the float32 product with `rescale`, rounded to `dtype` (to nearest, ties to even). A
    factor given by the user applies to images of other integers too (uint16, or what a transform makes). Other integers
    are copied unchanged, and float images are rounded to `dtype`.

    Args:
        rescale: factor for integer images; `DEFAULT_RESCALE`: for uint8 images only; None: none.
        dtype: one of `IMAGE_DTYPES`, of images that are floats in the batch.
        data_format: one of `DATA_FORMATS`, as Keras names them.

    Attributes:
        data_format: as the argument.

    Raises:
        TypeError: `rescale` is not a number.
        ValueError: `rescale` is not above 0, or too large for `dtype`; or `dtype` or `data_format` is unknown.
    """

    def __init__(self, rescale: float | None, dtype: str = "float32", data_format: str = "channels_last") -> None:
        given: Any = rescale
        if given is not None and (isinstance(given, bool) or not isinstance(given, Real)):
            raise TypeError(f"rescale={rescale!r}; expected a factor above 0, such as 1 / 255, or None")
        if rescale is not None and not 0 < rescale < float("inf"):
            raise ValueError(f"rescale={rescale!r}; expected a factor above 0, such as 1 / 255, or None")
        self._factor = np.float32(1 if rescale is None else rescale)
        self._scales = rescale is not None
        self._only_uint8 = isinstance(rescale, DefaultRescale)
        self._dtype = checked_dtype(dtype)
        self.data_format: str = one_of("data_format", data_format, DATA_FORMATS)
        # Every float of 16 bits that a uint8 can become, as bits: OpenCV looks up integers of any kind.
        self._bits = np.empty(0, np.uint16)
        if self._dtype.itemsize == 2:
            self._bits = self._rounded(self._multiplied(np.arange(256, dtype=np.uint8))).view(np.uint16)

    def spec(self, pixels: Array) -> ArraySpec:
        """Return the shape and dtype of an image, (H, W, C), in a row."""
        dtype = self._dtype if pixels.dtype.kind == "f" or self._is_rescaled(pixels) else pixels.dtype
        return moved_channels(pixels.shape, self.data_format), dtype

    def write(self, pixels: Array, row: Array) -> None:
        """Write an image, (H, W, C), into its row.

        Raises:
            ValueError: a finite value is too large for `dtype`.
        """
        if self.data_format == "channels_last":
            self._write(pixels, row)
            return
        for channel, plane in enumerate(row):
            self._write(pixels[..., channel], plane)

    def _write(self, pixels: Array, target: Array) -> None:
        if not self._is_rescaled(pixels):
            target[...] = self._rounded(pixels) if target.dtype != pixels.dtype else pixels
        elif target.dtype == np.float32:
            self._multiply(pixels, target)
        elif pixels.dtype == np.uint8 and target.flags.c_contiguous:
            # As one channel: OpenCV's limit of channels does not matter, and it writes into the row itself.
            shape = (len(target), -1)
            cv2.LUT(np.ascontiguousarray(pixels).reshape(shape), self._bits, target.view(np.uint16).reshape(shape))
        else:
            target[...] = self._rounded(self._multiplied(pixels))

    def _multiplied(self, pixels: Array) -> Array:
        product = np.empty(pixels.shape, np.float32)
        self._multiply(pixels, product)
        return product

    def _multiply(self, pixels: Array, target: Array) -> None:
        if pixels.dtype.itemsize > 2:  # NumPy multiplies wider integers as float64
            np.multiply(pixels, self._factor, out=target)
            return
        # NumPy converts and multiplies at once through a small buffer only; one after the other takes half the time.
        rows = max(1, _PART_BYTES // max(1, target[:1].nbytes))
        for start in range(0, len(target), rows):
            part = target[start : start + rows]
            part[...] = pixels[start : start + rows]
            np.multiply(part, self._factor, out=part)

    def _rounded(self, pixels: Array) -> Array:
        try:
            with np.errstate(over="raise"):
                return pixels.astype(self._dtype, copy=False)
        except FloatingPointError:
            most = np.abs(pixels[np.isfinite(pixels)]).max()
            raise ValueError(
                f'dtype="{self._dtype}" has no numbers as large as {most:g}, which an image has in the batch; expected '
                'a smaller rescale=, a transform that makes the range smaller, such as A.Normalize, or dtype="float32"'
            ) from None

    def _is_rescaled(self, pixels: Array) -> bool:
        return self._scales and (pixels.dtype == np.uint8 or (not self._only_uint8 and pixels.dtype.kind in "iu"))


def moved_channels(shape: tuple[int, ...], data_format: str) -> tuple[int, ...]:
    """Return the shape of an array, (H, W) or (H, W, C), in a data format."""
    return (*shape[2:], *shape[:2]) if data_format == "channels_first" else shape


def channels_last(array: Array, data_format: str) -> Array:
    """Return an array of a row, (H, W), (H, W, C) or (C, H, W), with its channels last; a view."""
    return np.moveaxis(array, 0, -1) if data_format == "channels_first" and array.ndim == 3 else array


def checked_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the dtype of images that are floats in a batch, given by its name or as a dtype.

    Raises:
        ValueError: it is none of `IMAGE_DTYPES`.
    """
    name = dtype
    if not isinstance(dtype, str):
        try:
            name = np.dtype(dtype).name
        except TypeError:
            name = ""
    if name not in IMAGE_DTYPES:
        hint = ""
        if dtype in _POLICIES:
            hint = f': under Keras\' policy "{dtype}", images are "{_POLICIES[dtype]}"'
        elif name.startswith(("int", "uint")):
            hint = "; rescale=None keeps integers as they are"
        raise ValueError(f'dtype={dtype!r}; expected "float32", "float16" or "bfloat16", of float images{hint}')
    return _DTYPES[str(name)]
