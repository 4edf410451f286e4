"""Further arrays of a sample as pictures: in previews, and in files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from seqaug.utils.distinct_colors import distinct_colors
from seqaug.visualization.batch_images import PNG_CHANNELS, to_png_image
from seqaug.visualization.overlay import fit, to_rgb, value_range
from seqaug.visualization.page import Cell, Row

Array = np.ndarray[Any, Any]
Sample = Mapping[str, Array]

_WHITE = 255


def additional_pictures(name: str, pixels: Array, kind: str, rescale: float | None) -> dict[str, Array]:
    """Convert a further array of a batch to pictures, by the endings of their file names.

    Args:
        name: of the array.
        pixels: (H, W) or (H, W, C).
        kind: "image": shown as images are; "mask": its labels; else numbers, stretched from minimum to maximum.
        rescale: the factor of integer images.

    Returns:
        One picture, (H, W, C), uint8 or uint16; one for each channel where PNG cannot hold as many.
    """
    pixels = np.atleast_3d(pixels)
    if kind == "mask":
        return {f"_{name}": pixels.astype(np.uint8 if pixels.max(initial=0) <= _WHITE else np.uint16)}
    parts = {f"_{name}": pixels}
    if pixels.shape[2] not in PNG_CHANNELS:
        parts = {f"_{name}-{channel}": pixels[..., channel : channel + 1] for channel in range(pixels.shape[2])}
    if kind == "image":
        return {ending: to_png_image(part, rescale) for ending, part in parts.items()}
    return {ending: _stretched(part) for ending, part in parts.items()}


def class_pictures(mask: Array, names: Sequence[str] | None) -> dict[str, Array]:
    """Convert a mask of several classes a pixel, (H, W, K), to a picture of each, by the ends of their file names."""
    return {
        f"_mask-{number if names is None else names[number]}": np.where(plane > 0, _WHITE, 0).astype(np.uint8)[
            ..., np.newaxis
        ]
        for number, plane in enumerate(np.moveaxis(mask, -1, 0))
    }


def additional_rows(
    before: Sample, after: Sample, kinds: Mapping[str, str], cell_size: tuple[int, int]
) -> Iterator[Row]:
    """Draw the further arrays of a sample, each as a row of a preview: as loaded, and as in the batch.

    Args:
        before: the sample as loaded.
        after: the sample as in the batch; empty where it could not be made.
        kinds: the kind of each further array, by name.
        cell_size: (height, width) of a cell.
    """
    for name, kind in kinds.items():
        samples = [sample for sample in (before, after) if sample]
        ranges = " to ".join("{:.4g}..{:.4g}".format(*value_range(sample[name])) for sample in samples)
        cells: list[Cell] = []
        for sample in samples:
            cells.append(fit(_picture(sample[name], kind), cell_size, is_mask=kind == "mask"))
            if "mask" in before:  # the columns of overlays stay empty
                cells.append(np.full((1, 1, 3), _WHITE, np.uint8))
        yield Row(f"{name} ({kind}): {ranges}", cells)


def _picture(pixels: Array, kind: str) -> Cell:
    if kind == "mask":
        colors = np.asarray(distinct_colors(), np.uint8)
        painted: Cell = colors[pixels % len(colors)]
        return painted
    return to_rgb(pixels if kind == "image" else _stretched(np.atleast_3d(pixels)))


def _stretched(pixels: Array) -> Array:
    """Stretch numbers from minimum to maximum, holes black."""
    low, high = value_range(pixels)
    numbers = np.nan_to_num(pixels.astype(np.float64), nan=low, posinf=high, neginf=low)
    eight_bits: Array = np.rint((numbers - low) * (_WHITE / max(high - low, 1e-12))).astype(np.uint8)
    return eight_bits
