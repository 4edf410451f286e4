"""The preview: samples before and after augmentation, with their masks, as one picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.augmentation import advice
from seqaug.draw import Draw
from seqaug.labels import Labels
from seqaug.pictures.overlay import class_colors, displayable, fitted, is_stretched, overlaid
from seqaug.pictures.page import Cell, Page, Row
from seqaug.pipeline import Pipeline
from seqaug.remote import checked_local

Array = np.ndarray[Any, Any]

_HEADINGS = ("image", "image and mask", "augmented", "augmented image and mask")
_CELL_WIDTH = 300
_CELL_HEIGHTS = (120, 400)


class Preview:
    """A picture of samples; a notebook shows it.

    Attributes:
        png: the picture, as the bytes of a PNG file.
        advice: what to mind about the transform, a sentence or two each; it also stands below the picture.
    """

    def __init__(self, png: bytes, advice: list[str]) -> None:
        self.png = png
        self.advice = advice

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a PNG file on this machine."""
        Path(checked_local("path", path)).write_bytes(self.png)

    def _repr_png_(self) -> bytes:
        return self.png


def make_preview(
    pipeline: Pipeline,
    draws: Sequence[Draw],
    *,
    labels: Labels,
    transform: Any,
    name_of: Callable[[int], str],
) -> Preview:
    """Draw samples, a row each: as loaded and as they reach the batch, each without and with the mask laid over it.

    Samples without masks are drawn as loaded and as they reach the batch.

    Args:
        pipeline: what is done to the samples.
        draws: which samples, and where in which epoch they stand.
        labels: the classes.
        transform: the pipeline's, as the user gave it, or None.
        name_of: gives the name of a sample, for its caption.

    Raises:
        ImportError: matplotlib is missing.
        SampleError, TransformError: a sample cannot be made.
    """
    pairs = [(pipeline.loaded(draw.index), pipeline.sample(draw)) for draw in draws]
    has_masks = "mask" in pairs[0][0]
    masks = [sample["mask"] for pair in pairs for sample in pair] if has_masks else []
    present = np.unique(np.concatenate([np.unique(mask) for mask in masks])) if has_masks else np.empty(0, np.uint8)
    classes = [int(label) for label in present if _is_class(int(label), labels)]
    colors = class_colors(classes, labels.palette)
    names = labels.class_names
    said: list[str] = []
    if transform is not None:
        image = pairs[0][0]["image"]
        height, width, channels = image.shape
        size, ignored = (height, width), labels.ignore_index
        said = advice(transform, size, ignored, num_channels=channels, dtype=image.dtype, has_mask=has_masks)
    page = Page(
        headings=_HEADINGS if has_masks else _HEADINGS[::2],
        rows=[
            Row(_caption(draw, name_of(draw.index), *pair), _cells(*pair, _box(pairs), colors))
            for draw, pair in zip(draws, pairs, strict=True)
        ],
        cell_size=_box(pairs),
        legend=[(f"class {label}" if names is None else names[label], colors[label]) for label in classes],
        hatched="ignored" if len(classes) < len(present) else None,
        notes=said,
    )
    return Preview(page.png(), said)


def _is_class(label: int, labels: Labels) -> bool:
    return label != labels.ignore_index and (labels.num_classes is None or label < labels.num_classes)


def _box(pairs: list[tuple[dict[str, Array], dict[str, Array]]]) -> tuple[int, int]:
    """Give the size of a cell, in the proportions of most images."""
    tallest = float(np.median([before["image"].shape[0] / before["image"].shape[1] for before, _ in pairs]))
    return int(np.clip(round(_CELL_WIDTH * tallest), *_CELL_HEIGHTS)), _CELL_WIDTH


def _cells(
    before: dict[str, Array],
    after: dict[str, Array],
    box: tuple[int, int],
    colors: dict[int, tuple[int, int, int]],
) -> list[Cell]:
    cells = []
    for sample in (before, after):
        image = fitted(displayable(sample["image"]), box, is_mask=False)
        cells.append(image)
        if "mask" in sample:
            cells.append(overlaid(image, fitted(sample["mask"], box, is_mask=True), colors))
    return cells


def _caption(draw: Draw, name: str, before: dict[str, Array], after: dict[str, Array]) -> str:
    sizes = [f"{pixels.shape[0]}x{pixels.shape[1]}" for pixels in (before["image"], after["image"])]
    text = f"{draw.index}: {name}" if name else str(draw.index)
    text += f", epoch {draw.epoch}, position {draw.position}, {sizes[0]} to {sizes[1]}, {after['image'].dtype}"
    return text + (", stretched to be shown" if is_stretched(after["image"]) else "")
