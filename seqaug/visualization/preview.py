"""Preview: a picture of samples before and after augmentation, with their masks."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.augmentation.lint import lint_transform
from seqaug.core.class_bits import BITS
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import TransformError
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.pipeline import Pipeline
from seqaug.remote.urls import checked_local
from seqaug.utils.figures import picture_file, require_matplotlib
from seqaug.visualization.additional import additional_rows
from seqaug.visualization.overlay import (
    Color,
    class_colors,
    fit,
    fit_overlay,
    is_stretched,
    mixed_color,
    to_rgb,
    value_range,
)
from seqaug.visualization.page import Cell, Page, Row, cell_width

Array = np.ndarray[Any, Any]
Sample = Mapping[str, Array]

_HEADINGS = ("image", "image and mask", "augmented", "augmented image and mask")
# Height of cells relative to their width, and at most in pixels, so that one row fits any page.
_ASPECT_RANGE, _MAX_CELL_HEIGHT = (0.4, 4 / 3), 2000
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_FILLED = -1  # no set of classes


class Preview:
    """A picture of samples, which notebooks display.

    Attributes:
        advice: advice on the transform, a sentence or two each, which the picture shows at the bottom.
    """

    def __init__(self, pages: Sequence[Page], advice: list[str]) -> None:
        self._pages = pages
        self.advice = advice

    @cached_property
    def png(self) -> bytes:
        """The picture, or its first page, as the content of a PNG file."""
        return self._pages[0].render("png")

    def save(self, path: str | os.PathLike[str]) -> list[Path]:
        """Write the picture to a local file, or to several: pages are at most 4,000 pixels high.

        Args:
            path: the file; its suffix sets the format: .png, .jpg, .webp, .pdf or .svg. With several pages,
                "preview.png" becomes "preview-1.png", "preview-2.png" and so on. Existing files are replaced.

        Returns:
            The files.

        Raises:
            ValueError: another suffix, or a path that cannot be written.
        """
        file = picture_file("path", checked_local("path", path))
        file_format = file.suffix[1:].lower()
        count = len(self._pages)
        names = [file] if count == 1 else [_page_file(file, number, count) for number in range(1, count + 1)]
        for name, page in zip(names, self._pages, strict=True):
            name.write_bytes(page.render(file_format))
        return names

    def _repr_png_(self) -> bytes | None:
        return self.png if len(self._pages) == 1 else None

    def _repr_html_(self) -> str | None:
        if len(self._pages) == 1:
            return None
        encoded = (base64.b64encode(page.render("png")).decode() for page in self._pages)
        return "".join(f'<img src="data:image/png;base64,{text}">' for text in encoded)


def _page_file(file: Path, number: int, count: int) -> Path:
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
    """Draw samples, one per row: as loaded and as in the batch, each without and with the mask overlaid.

    Samples without masks are drawn as loaded and as in the batch; so are further arrays, in rows of their own.

    Args:
        pipeline: makes the samples.
        requests: which samples, and their positions in which epoch.
        labels: the classes.
        transform: the pipeline's transform as the user passed it, or None.
        name_of: maps an index to the sample's name, for its caption.
        width: of the picture, in pixels.

    Raises:
        ImportError: matplotlib is not installed.
        SampleError, TransformError: a sample cannot be made; if there is advice on the transform, a transform's error
            is added to the advice instead.
    """
    require_matplotlib()
    loaded = [pipeline.loaded(request) for request in requests]
    has_masks = "mask" in loaded[0]
    notes: list[str] = []
    if transform is not None:
        image = loaded[0]["image"]
        size, ignored = (image.shape[0], image.shape[1]), labels.fill_label
        notes = lint_transform(
            transform, size, ignored, num_channels=image.shape[2], dtype=image.dtype, has_mask=has_masks
        )
    augmented = [_augmented(pipeline, request, notes) for request in requests]
    pairs = list(zip(loaded, augmented, strict=True))
    if labels.overlapping is None:
        masks = [sample["mask"] for pair in pairs for sample in pair if "mask" in sample]
        present = sorted({int(label) for mask in masks for label in np.unique(mask)})
        classes = [label for label in present if _is_class(label, labels)]
        class_paints = colors = _colors(classes, labels)
        has_ignored = len(classes) < len(present)
    else:
        numbers: dict[int, int] = {}
        pairs = [(_numbered(one, labels, numbers), _numbered(other, labels, numbers)) for one, other in pairs]
        has_ignored = numbers.pop(_FILLED, None) is not None
        classes = [number for number in range(labels.overlapping) if any(bits >> number & 1 for bits in numbers)]
        class_paints = {**class_colors(classes, labels.palette)}
        colors = {number: mixed_color(bits, class_paints) for bits, number in numbers.items()}
    names = labels.class_names
    headings = _HEADINGS if has_masks else _HEADINGS[::2]
    cell_size = _cell_size(loaded, cell_width(width, len(headings)))
    page = Page(
        width=width,
        headings=headings,
        rows=[
            row
            for request, pair in zip(requests, pairs, strict=True)
            for row in (
                Row(_caption(request, name_of(request.index), *pair, pipeline), _cells(*pair, cell_size, colors)),
                *additional_rows(*pair, pipeline.additional_targets, cell_size),
            )
        ],
        cell_size=cell_size,
        legend=[
            (
                (f"class {label}" if names is None else names[label])
                + (" (not coloured)" if class_paints[label] is None else ""),
                class_paints[label],
            )
            for label in classes
        ],
        hatched=("ignored" if labels.overlapping is None else "filled") if has_ignored else None,
        notes=notes,
    )
    return Preview(page.split(), notes)


def _augmented(pipeline: Pipeline, request: SampleRequest, notes: list[str]) -> dict[str, Array]:
    """Process a sample; if that fails and there are notes, which may explain it, add the error and return nothing."""
    try:
        return pipeline.sample(request)
    except TransformError as error:
        if not notes:
            raise
        notes.append(str(error))
        return {}


def _numbered(sample: dict[str, Array], labels: LabelSpec, numbers: dict[int, int]) -> dict[str, Array]:
    """Replace the maps of a sample's sets of classes by one mask of numbers of sets.

    Args:
        sample: is not changed; without masks, it is returned.
        labels: of classes that overlap.
        numbers: the number of each set of classes, given as bits, and of filled pixels, `_FILLED`; new ones are added.
    """
    if "mask" not in sample:
        return sample
    maps = [np.asarray(sample[name]) for name in labels.map_names]
    codes = np.zeros(maps[0].size, np.int64)
    for map_ in maps:
        values, places = np.unique(map_, return_inverse=True)
        _, firsts, codes = np.unique(codes * len(values) + places.reshape(-1), return_index=True, return_inverse=True)
    sets = []
    for first in firsts:
        bits = sum(int(map_.flat[first]) << BITS * place for place, map_ in enumerate(maps))
        is_filled = int(maps[0].flat[first]) == labels.fill_label
        sets.append(numbers.setdefault(_FILLED if is_filled else bits, len(numbers)))
    return {**sample, "mask": np.array(sets, np.uint16)[codes].reshape(maps[0].shape)}


def _is_class(label: int, labels: LabelSpec) -> bool:
    return label != labels.ignore_index and (labels.num_classes is None or label < labels.num_classes)


def _colors(classes: list[int], labels: LabelSpec) -> dict[int, Color | None]:
    """Assign colours to classes, and none to the background of binary masks."""
    colors: dict[int, Color | None] = {**class_colors(classes, labels.palette)}
    background = _background(classes, labels)
    if background is not None and background in colors:
        # White, the usual colour of the foreground in files, would hide the image.
        automatic = class_colors(classes, None)
        colors = {label: automatic[label] if color == _WHITE else color for label, color in colors.items()}
        colors[background] = None
    return colors


def _background(classes: list[int], labels: LabelSpec) -> int | None:
    """Find the background of binary masks: id 0, or the black class."""
    if labels.palette is None:
        is_binary = labels.num_classes == 2 or (labels.num_classes is None and len(classes) == 2 and classes[0] == 0)
        return 0 if is_binary else None
    stored = [tuple(color) for color in labels.palette.colors.tolist()]
    return stored.index(_BLACK) if len(stored) == 2 and _BLACK in stored else None


def _cell_size(samples: list[dict[str, Array]], width: int) -> tuple[int, int]:
    """Choose the size of a cell, by the median aspect ratio."""
    aspect = float(np.median([sample["image"].shape[0] / sample["image"].shape[1] for sample in samples]))
    return min(round(width * float(np.clip(aspect, *_ASPECT_RANGE))), _MAX_CELL_HEIGHT), width


def _cells(before: Sample, after: Sample, cell_size: tuple[int, int], colors: Mapping[int, Color | None]) -> list[Cell]:
    cells = []
    for sample in filter(None, (before, after)):
        image = to_rgb(sample["image"])
        cells.append(fit(image, cell_size, is_mask=False))
        if "mask" in sample:
            cells.append(fit_overlay(image, sample["mask"], colors, cell_size))
    return cells


def _caption(request: SampleRequest, name: str, before: Sample, after: Sample, pipeline: Pipeline) -> str:
    text = f"{request.index}: {name}" if name else str(request.index)
    text += f", epoch {request.epoch}, position {request.position}, {_size(before)}"
    if not after:
        return f"{text}, not augmented: see below"
    text += f" to {_size(after)}, in the batch {_in_batch(after, pipeline)}"
    return text + (", stretched for display" if is_stretched(after["image"]) else "")


def _size(sample: Sample) -> str:
    return "{}x{}".format(*sample["image"].shape)


def _in_batch(sample: Sample, pipeline: Pipeline) -> str:
    """Describe dtype and range of a sample's image in a batch."""
    row = {name: np.empty(shape, dtype) for name, (shape, dtype) in pipeline.layout(sample).items()}
    pipeline.write(sample, row)
    image = row["image"]
    low, high = value_range(image)
    return f"{image.dtype} {low:.3g} to {high:.3g}" + ("" if np.isfinite(image).all() else ", not all finite")
