"""Batches as picture files, to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seqaug.palette.palette import Palette

Array = np.ndarray[Any, Any]

_WHITE = 255
_TO_BGR = {1: None, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}


def image_picture(image: Array, rescale: float | None) -> Array:
    """Turn an image of a batch into one that a PNG file can hold.

    Args:
        image: (H, W, C). uint8 and uint16 stay as they are. Floats that `rescale` can have made of 8 bits are scaled
            back, and those in 0..1 that it made of more bits are scaled to 8; all others, such as normalised ones, are
            stretched so that the least value is black and the greatest white.
        rescale: the factor of integer images; None: floats in 0..1 are taken for scaled ones.

    Returns:
        (H, W, C), uint8 or uint16.
    """
    if image.dtype.kind == "u":
        return image
    finite = image[np.isfinite(image)].astype(np.float64)
    least, greatest = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if rescale is None or (greatest > (_WHITE + 0.5) * rescale and least >= 0 and greatest <= 1):
        rescale = 1 / _WHITE  # of None, or of more bits than a picture has
    pixels, least, greatest = image.astype(np.float64) / rescale, least / rescale, greatest / rescale
    if least < -0.5 or greatest > _WHITE + 0.5:
        pixels = (pixels - least) * (_WHITE / (greatest - least)) if greatest > least else pixels - least
    pixels = np.nan_to_num(pixels, nan=0, posinf=_WHITE, neginf=0)
    picture: Array = np.rint(np.clip(pixels, 0, _WHITE)).astype(np.uint8)
    return picture


def mask_picture(mask: Array, palette: Palette | None, ignore_index: int | None) -> Array:
    """Turn a mask of a batch into one that a PNG file can hold.

    Args:
        mask: encoded in any way: (H, W) class ids, (H, W, K) one-hot rows, or (H, W, 1) of 0 and 1.
        palette: what colours the classes have, or None.
        ignore_index: the label that losses skip, or None.

    Returns:
        (H, W, 3), the palette's colours, or (H, W, 1), class ids; uint8, or uint16 where ids need it.
    """
    if mask.ndim == 3 and mask.shape[2] == 1:
        ids = mask[..., 0].astype(np.uint8)
    elif mask.ndim == 3:
        ids = mask.argmax(axis=-1)
        if ignore_index is not None:
            ids = np.where(mask.any(axis=-1), ids, ignore_index)
    else:
        ids = mask
    if palette is not None:
        return palette.decode(ids, ignore_index)
    return ids.astype(np.uint8 if ids.max(initial=0) <= _WHITE else np.uint16)[..., np.newaxis]


def write_picture(path: Path, pixels: Array) -> None:
    """Write a PNG file.

    Args:
        path: where to; no file may be there.
        pixels: (H, W, C) with 1, 3 or 4 channels in the order RGB or RGBA; uint8 or uint16.

    Raises:
        FileExistsError: there is a file already.
        ValueError: the pixels have another number of channels.
        OSError: the file cannot be written.
    """
    channels = pixels.shape[2]
    if channels not in _TO_BGR:
        raise ValueError(f"{path}: an image of {channels} channels is no picture; expected 1, 3 or 4")
    code = _TO_BGR[channels]
    encoded, data = cv2.imencode(".png", pixels if code is None else cv2.cvtColor(pixels, code))
    if not encoded:
        raise OSError(f"{path}: OpenCV cannot encode a PNG of shape {pixels.shape}")
    try:
        with path.open("xb") as file:
            file.write(data.tobytes())
    except FileExistsError:
        raise FileExistsError(
            f"{path} is there already, and nothing is overwritten; expected another directory, or another epoch="
        ) from None
