"""Batches as PNG files."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seqaug.loader.data_loader import Loader
from seqaug.palette.palette import Palette

Array = np.ndarray[Any, Any]

_WHITE = 255
_TO_BGR = {1: None, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
PNG_CHANNELS = tuple(_TO_BGR)


def to_png_image(image: Array, rescale: float | None) -> Array:
    """Convert an image of a batch to integers, which PNG can hold.

    Args:
        image: (H, W, C). uint8 and uint16 are returned unchanged. Floats that `rescale` can have made from 8 bits are
            scaled back, and floats in 0..1 that it made from more bits are scaled to 8. All others, such as normalized
            images, are stretched so that the minimum is black and the maximum white.
        rescale: the factor of integer images; None: floats in 0..1 count as scaled by 1/255.

    Returns:
        (H, W, C), uint8 or uint16.
    """
    if image.dtype.kind == "u":
        return image
    finite = image[np.isfinite(image)].astype(np.float64)
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if rescale is None or (high > (_WHITE + 0.5) * rescale and low >= 0 and high <= 1):
        rescale = 1 / _WHITE  # scaled from an unknown depth, or from more than 8 bits
    pixels, low, high = image.astype(np.float64) / rescale, low / rescale, high / rescale
    if low < -0.5 or high > _WHITE + 0.5:
        pixels = (pixels - low) * (_WHITE / (high - low)) if high > low else pixels - low
    pixels = np.nan_to_num(pixels, nan=0, posinf=_WHITE, neginf=0)
    eight_bits: Array = np.rint(np.clip(pixels, 0, _WHITE)).astype(np.uint8)
    return eight_bits


def to_png_mask(mask: Array, palette: Palette | None, ignore_index: int | None) -> Array:
    """Convert a mask of a batch to colours or class ids, which PNG can hold.

    Args:
        mask: in any encoding: (H, W) class ids, (H, W, K) one-hot, or (H, W, 1) of 0 and 1.
        palette: colours of the classes, or None.
        ignore_index: the label that losses skip, or None.

    Returns:
        (H, W, 3), uint8, the palette's colours; without a palette (H, W, 1), class ids, uint8 or, if needed, uint16.
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


def write_samples(
    folder: Path,
    loader: Loader,
    epoch: int,
    count: int,
    pictures: Callable[[dict[str, Array], int], dict[str, Array]],
) -> list[Path]:
    """Write the first samples of an epoch into PNG files, named after epoch, position and sample.

    Args:
        folder: where to; it is created where it does not exist.
        loader: makes the batches.
        epoch: which epoch.
        count: how many samples; an epoch's number of positions at most.
        pictures: gives the pictures of a row of a batch, (H, W, C) uint8 or uint16, by the endings of their file names.

    Returns:
        The files, in the order of positions.

    Raises:
        FileExistsError, ValueError, OSError: as for `write_png`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    batch_size = loader.batch_sampler.batch_size
    written: list[Path] = []
    for batch_index in range(min(len(loader), -(-count // batch_size))):
        batch = loader.batch(epoch, batch_index)
        rows = zip(loader.batch_sampler.positions(batch_index), batch["index"], strict=True)
        for row, (position, index) in enumerate(islice(rows, count - batch_index * batch_size)):
            for ending, pixels in pictures(batch, row).items():
                written.append(folder / f"epoch{epoch:03}-position{position:05}-sample{index:05}{ending}.png")
                write_png(written[-1], pixels)
    return written


def write_png(path: Path, pixels: Array) -> None:
    """Write a new PNG file.

    Args:
        path: the file, which must not exist.
        pixels: (H, W, C), 1, 3 (RGB) or 4 (RGBA) channels, uint8 or uint16.

    Raises:
        FileExistsError: the file exists.
        ValueError: another number of channels.
        OSError: the file cannot be written.
    """
    channels = pixels.shape[2]
    if channels not in _TO_BGR:
        raise ValueError(f"{path}: PNG cannot hold an image of {channels} channels; expected 1, 3 or 4")
    code = _TO_BGR[channels]
    success, data = cv2.imencode(".png", pixels if code is None else cv2.cvtColor(pixels, code))
    if not success:
        raise OSError(f"{path}: OpenCV cannot encode a PNG of shape {pixels.shape}")
    try:
        with path.open("xb") as file:
            file.write(data.tobytes())
    except FileExistsError:
        raise FileExistsError(
            f"{path} already exists and is not overwritten; expected another directory, or another epoch="
        ) from None
