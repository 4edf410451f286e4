"""The preview: samples before and after augmentation, with their masks, as one picture."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.augmentation.lint import advice
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import TransformError
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.pipeline import Pipeline
from seqaug.remote.urls import checked_local
from seqaug.utils.figures import picture_file, require_matplotlib
from seqaug.visualization.overlay import (
    Color,
    class_colors,
    displayable,
    fitted,
    fitted_overlay,
    is_stretched,
    value_range,
)
from seqaug.visualization.page import Cell, Page, Row, cell_width

Array = np.ndarray[Any, Any]
Sample = Mapping[str, Array]

_HEADINGS = ("image", "image and mask", "augmented", "augmented image and mask")
# Heights of cells in proportion to their width, and the most in pixels, so that any page has room for one.
_PROPORTIONS, _MOST_CELL_HEIGHT = (0.4, 4 / 3), 2000
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)


class Preview:
    """A picture of samples; a notebook shows it.

    Attributes:
        advice: what to mind about the transform, a sentence or two each; it also stands below the picture.
    """

    def __init__(self, pages: Sequence[Page], advice: list[str]) -> None:
        self._pages = pages
        self.advice = advice

    @cached_property
    def png(self) -> bytes:
        """The picture, or the first page of it, as the bytes of a PNG file."""
        return self._pages[0].drawn("png")

    def save(self, path: str | os.PathLike[str]) -> list[Path]:
        """Write the picture to a file on this machine, or to several: pages are at most 4,000 pixels high.

        Args:
            path: the file; its suffix says of which kind it is: .png, .jpg, .webp, .pdf or .svg. Of several pages,
                "preview.png" becomes "preview-1.png", "preview-2.png" and so on. Files of these names are replaced.

        Returns:
            The files.

        Raises:
            ValueError: the suffix is another one, or nothing can be written there.
        """
        file = picture_file("path", checked_local("path", path))
        kind = file.suffix[1:].lower()
        count = len(self._pages)
        names = [file] if count == 1 else [_numbered(file, number, count) for number in range(1, count + 1)]
        for name, page in zip(names, self._pages, strict=True):
            name.write_bytes(page.drawn(kind))
        return names

    def _repr_png_(self) -> bytes | None:
        return self.png if len(self._pages) == 1 else None

    def _repr_html_(self) -> str | None:
        if len(self._pages) == 1:
            return None
        encoded = (base64.b64encode(page.drawn("png")).decode() for page in self._pages)
        return "".join(f'<img src="data:image/png;base64,{text}">' for text in encoded)


def _numbered(file: Path, number: int, count: int) -> Path:
    return file.with_name(f"{file.stem}-{number:0{len(str(count))}}{file.suffix}")


def make_preview(
    pipeline: Pipeline,
    requests: Sequence[SampleRequest],
    *,
    labels: LabelSpec,
    transform: Any,
    name_of: Callable[[int], str],
    width: int,
) -> Preview:
    """Draw samples, a row each: as loaded and as they reach the batch, each without and with the mask laid over it.

    Samples without masks are drawn as loaded and as they reach the batch.

    Args:
        pipeline: what is done to the samples.
        requests: which samples, and where in which epoch they stand.
        labels: the classes.
        transform: the pipeline's, as the user gave it, or None.
        name_of: gives the name of a sample, for its caption.
        width: of the picture, in pixels.

    Raises:
        ImportError: matplotlib is missing.
        SampleError, TransformError: a sample cannot be made; unless there are remarks about the transform, which then
            stand beside the error.
    """
    require_matplotlib()
    loaded = [pipeline.loaded(request) for request in requests]
    has_masks = "mask" in loaded[0]
    said: list[str] = []
    if transform is not None:
        image = loaded[0]["image"]
        size, ignored = (image.shape[0], image.shape[1]), labels.ignore_index
        said = advice(transform, size, ignored, num_channels=image.shape[2], dtype=image.dtype, has_mask=has_masks)
    augmented = [_augmented(pipeline, request, said) for request in requests]
    pairs = list(zip(loaded, augmented, strict=True))
    masks = [sample["mask"] for pair in pairs for sample in pair if "mask" in sample]
    present = sorted({int(label) for mask in masks for label in np.unique(mask)})
    classes = [label for label in present if _is_class(label, labels)]
    colors = _colors(classes, labels)
    names = labels.class_names
    headings = _HEADINGS if has_masks else _HEADINGS[::2]
    box = _box(loaded, cell_width(width, len(headings)))
    page = Page(
        width=width,
        headings=headings,
        rows=[
            Row(_caption(request, name_of(request.index), *pair, pipeline), _cells(*pair, box, colors))
            for request, pair in zip(requests, pairs, strict=True)
        ],
        cell_size=box,
        legend=[
            (
                (f"class {label}" if names is None else names[label])
                + (" (not coloured)" if colors[label] is None else ""),
                colors[label],
            )
            for label in classes
        ],
        hatched="ignored" if len(classes) < len(present) else None,
        notes=said,
    )
    return Preview(page.split(), said)


def _augmented(pipeline: Pipeline, request: SampleRequest, said: list[str]) -> dict[str, Array]:
    """Make a sample; where that fails and there are remarks, which may say why, remark it and give nothing."""
    try:
        return pipeline.sample(request)
    except TransformError as error:
        if not said:
            raise
        said.append(str(error))
        return {}


def _is_class(label: int, labels: LabelSpec) -> bool:
    return label != labels.ignore_index and (labels.num_classes is None or label < labels.num_classes)


def _colors(classes: list[int], labels: LabelSpec) -> dict[int, Color | None]:
    """Give each class its colour, and the background of binary masks none."""
    colors: dict[int, Color | None] = {**class_colors(classes, labels.palette)}
    background = _background(classes, labels)
    if background is not None and background in colors:
        # White, which is what foregrounds are mostly stored as, would hide them.
        automatic = class_colors(classes, None)
        colors = {label: automatic[label] if color == _WHITE else color for label, color in colors.items()}
        colors[background] = None
    return colors


def _background(classes: list[int], labels: LabelSpec) -> int | None:
    """Find the background of binary masks: the id 0, or the class that is black."""
    if labels.palette is None:
        is_binary = labels.num_classes == 2 or (labels.num_classes is None and len(classes) == 2 and classes[0] == 0)
        return 0 if is_binary else None
    stored = [tuple(color) for color in labels.palette.colors.tolist()]
    return stored.index(_BLACK) if len(stored) == 2 and _BLACK in stored else None


def _box(samples: list[dict[str, Array]], width: int) -> tuple[int, int]:
    """Give the size of a cell, in the proportions of most images."""
    proportion = float(np.median([sample["image"].shape[0] / sample["image"].shape[1] for sample in samples]))
    return min(round(width * float(np.clip(proportion, *_PROPORTIONS))), _MOST_CELL_HEIGHT), width


def _cells(before: Sample, after: Sample, box: tuple[int, int], colors: Mapping[int, Color | None]) -> list[Cell]:
    cells = []
    for sample in filter(None, (before, after)):
        image = displayable(sample["image"])
        cells.append(fitted(image, box, is_mask=False))
        if "mask" in sample:
            cells.append(fitted_overlay(image, sample["mask"], colors, box))
    return cells


def _caption(request: SampleRequest, name: str, before: Sample, after: Sample, pipeline: Pipeline) -> str:
    text = f"{request.index}: {name}" if name else str(request.index)
    text += f", epoch {request.epoch}, position {request.position}, {_size(before)}"
    if not after:
        return f"{text}, not augmented: see below"
    text += f" to {_size(after)}, in the batch {_in_batch(after, pipeline)}"
    return text + (", stretched to be shown" if is_stretched(after["image"]) else "")


def _size(sample: Sample) -> str:
    return "{}x{}".format(*sample["image"].shape)


def _in_batch(sample: Sample, pipeline: Pipeline) -> str:
    """Say the dtype and the range that the image of a sample has in a batch."""
    row = {name: np.empty(shape, dtype) for name, (shape, dtype) in pipeline.layout(sample).items()}
    pipeline.write(sample, row)
    image = row["image"]
    low, high = value_range(image)
    return f"{image.dtype} {low:.3g} to {high:.3g}" + ("" if np.isfinite(image).all() else ", not all finite")
