"""The `repr` of a sequence: what its batches are, and how they are made."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import cv2
import numpy as np

from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.palette import Palette
from seqaug.pipeline.image_encoding import channels_last
from seqaug.pipeline.rescale import DEFAULT_RESCALE, value_range
from seqaug.sequence.first_batch import FirstBatch
from seqaug.statistics.counts import ClassCounts
from seqaug.visualization.batch_images import to_png_mask
from seqaug.visualization.overlay import to_rgb

Array = np.ndarray[Any, Any]

_CHANNELS = {"rgb": "3", "grayscale": "1", "rgba": "4"}
_NAMES_SHOWN = 8
# Rows of the first batch that notebooks show, and their largest side in pixels.
_THUMBNAILS, _THUMBNAIL = 4, 192


class FirstImages:
    """Remembers the images of the first batch; a check that never warns.

    Args:
        data_format: of the batches.

    Attributes:
        summary: shape, dtype and range; None before the first batch.
    """

    def __init__(self, data_format: str) -> None:
        self._data_format = data_format
        self.summary: str | None = None
        self._thumbnails: list[tuple[Array, Array | None]] = []

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Remember shape, dtype and range, and small copies of the first rows."""
        images, masks = first.batch["image"], first.batch.get("mask")
        low, high = value_range(images)
        self.summary = f"{images.shape} {images.dtype} in {low:.3g}..{high:.3g}"
        self._thumbnails = [
            (self._thumbnail(images[row]), None if masks is None else self._thumbnail(masks[row]))
            for row in range(min(len(images), _THUMBNAILS))
        ]
        return iter(())

    def _thumbnail(self, array: Array) -> Array:
        array = channels_last(array, self._data_format)
        step = max(-(-max(array.shape[:2]) // _THUMBNAIL), 1)
        small = array[::step, ::step]
        # Floats of 16 bits are not NumPy's own.
        return small.copy() if small.dtype.kind in "ui" else small.astype(np.float32)

    def picture(self, palette: Palette | None, ignore_index: int | None) -> bytes | None:
        """Draw the first images, their masks below them, as a PNG; None before the first batch."""
        if not self._thumbnails:
            return None
        columns = []
        for image, mask in self._thumbnails:
            column = [to_rgb(image)]
            if mask is not None:
                column.append(to_rgb(to_png_mask(mask, palette, ignore_index)))
            columns.append(np.vstack(column))
        encoded: bytes = cv2.imencode(".png", np.hstack(columns)[..., ::-1])[1].tobytes()
        return encoded


def html_table(title: str, lines: Sequence[str], picture: bytes | None) -> str:
    """Lay out lines "term: text" as a table, with a picture below."""
    rows = "".join(
        f'<tr><th>{escape(term.strip())}</th><td style="text-align: left">{escape(text)}</td></tr>'
        for term, _, text in (line.partition(": ") for line in lines)
    )
    image = "" if picture is None else f'<img src="data:image/png;base64,{b64encode(picture).decode()}">'
    return f"<p>{escape(title)}</p><table>{rows}</table>{image}"


def class_lines(names: Sequence[str] | None, counts: ClassCounts | None) -> list[str]:
    """List all classes, with their shares of the labelled pixels if they are counted."""
    if names is None:
        return []
    shown = [f"{number} {name}" for number, name in enumerate(names)]
    if counts is not None:
        pixels = counts.pixels_per_class()
        shares = pixels / max(int(pixels.sum()), 1)
        shown = [f"{name} {share:.2%}" for name, share in zip(shown, shares, strict=True)]
    return [f"classes: {', '.join(shown)}"]


def images_line(
    image_size: tuple[int, int] | None,
    color_mode: str,
    are_files: bool,
    rescale: float | None,
    *,
    dtype: str,
    data_format: str,
) -> str:
    """Describe the images of a batch.

    Args:
        image_size: their final (height, width), or None.
        color_mode: how files are read.
        are_files: whether images are files.
        rescale: the factor of integer images, or None.
        dtype: of float images.
        data_format: the order of the axes.
    """
    height, width = ("H", "W") if image_size is None else image_size
    channels = _CHANNELS.get(color_mode, "C") if are_files else "C"
    if rescale is None:
        becomes = "integers are unchanged (rescale=None), uint8 in 0..255"
    elif rescale is DEFAULT_RESCALE:
        becomes = f"uint8 becomes {dtype} in 0..1 (rescale=1 / 255), uint16 is unchanged"
    else:
        high = [f"{white * rescale:.4g}" for white in (255, 65_535)]
        becomes = f"uint8 becomes {dtype} in 0..{high[0]}, uint16 in 0..{high[1]} (rescale={rescale:.4g})"
    is_first = data_format == "channels_first"
    shape = f"B, {channels}, {height}, {width}" if is_first else f"B, {height}, {width}, {channels}"
    floats = "is unchanged" if dtype == "float32" else f"becomes {dtype}"
    return f"x: images ({shape}): {becomes}; float, as after A.Normalize, {floats}"


def padding_lines(pad_batches: bool | int) -> list[str]:
    """Describe how batches are padded: one line, or none where they are not."""
    if not pad_batches:
        return []
    multiple = "" if pad_batches is True else f", rounded up to a multiple of {pad_batches}"
    return [f"padded to the largest height and width of each batch{multiple}"]


def masks_line(
    labels: LabelSpec, mask_encoding: str, image_size: tuple[int, int] | None, *, has_weights: bool, data_format: str
) -> str:
    """Describe the masks of a batch."""
    height, width = ("H", "W") if image_size is None else image_size
    size = f"B, {height}, {width}"

    def with_channels(count: int | None) -> str:
        return f"B, {count}, {height}, {width}" if data_format == "channels_first" else f"{size}, {count}"

    line = {
        "sparse": f"class ids ({size}) {'uint8' if labels.dtype == np.uint8 else 'int32'}",
        "one_hot": f"one-hot classes ({with_channels(labels.num_classes)}) float32",
        "binary": f"0 and 1 ({with_channels(1)}) float32",
        "multi_label": f"0 and 1 for each class ({with_channels(labels.num_classes)}) float32",
    }[mask_encoding]
    line += _classes(labels.num_classes, labels.class_names)
    if labels.ignore_index is not None:
        line += f"; ignore_index={labels.ignore_index}"
    return f"y: {line}" + (f"; sample_weight ({size}) float32" if has_weights else "")


_KINDS = {
    "image": "images (B, H, W, C), rescaled like x",
    "mask": "labels (B, H, W)",
    "value": "numbers (B, H, W, C) float32",
    "value_nearest": "numbers (B, H, W, C)",
}


def additional_lines(
    inputs: Sequence[str], outputs: Sequence[str], targets: Mapping[str, str], *, data_format: str
) -> list[str]:
    """Describe the further arrays of a batch, and what x and y are with them.

    Args:
        inputs: the names of the arrays of x.
        outputs: the names of the arrays of y.
        targets: the kind of each further array, by name.
        data_format: the order of their axes.
    """
    if not targets:
        return []
    kinds = _KINDS
    if data_format == "channels_first":
        kinds = {kind: text.replace("H, W, C", "C, H, W") for kind, text in _KINDS.items()}
    sides = {"x": inputs, "y": outputs}
    described = [
        f"{side}: {kinds[targets[name]]}, {name!r}"
        for side, names in sides.items()
        for name in names
        if name in targets
    ]
    by_name = [f"{side} is a dict: {', '.join(map(repr, names))}" for side, names in sides.items() if len(names) > 1]
    return [*described, *(["; ".join(by_name)] if by_name else [])]


def labels_line(
    label_mode: str | None, num_classes: int | None, class_names: Sequence[str] | None, *, has_weights: bool
) -> str:
    """Describe the labels of a batch."""
    if label_mode is None:
        return "y: none, images alone (label_mode=None)"
    line = {
        "int": "class ids (B,) int32",
        "categorical": f"one-hot classes (B, {num_classes}) float32",
        "binary": "0 and 1 (B, 1) float32",
        "multi_label": f"0 and 1 for each class (B, {num_classes}) float32",
    }[label_mode]
    line += _classes(num_classes, class_names)
    return f"y: {line}" + ("; sample_weight (B,) float32" if has_weights else "")


def _classes(num_classes: int | None, class_names: Sequence[str] | None) -> str:
    if num_classes is None:
        return ", of an unknown number of classes (num_classes=)"
    return f" of {num_classes} classes" + ("" if class_names is None else f": {_listed(class_names)}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")


def prepare_lines(prepare: Any) -> list[str]:
    """Describe the transform before the cache: one line, or none without it."""
    return [] if prepare is None else [f"prepare: {_transform(prepare)}"]


def transform_line(transform: Any) -> str:
    """Describe the transform."""
    return f"transform: {'none' if transform is None else _transform(transform)}"


def _transform(transform: Any) -> str:
    parts = [type(part).__name__ for part in getattr(transform, "transforms", ())]
    return type(transform).__name__ + (f"({_listed(parts)})" if parts else "")


def order_line(oversample: Any, shuffle: bool, seed: int, repeats: int, window: int | None) -> str:
    """Describe the order of the samples; `window`: how many files are shuffled together, None for all."""
    line = "shuffled" if shuffle else "not shuffled"
    if oversample is not None:
        named = getattr(oversample, "__name__", type(oversample).__name__) if callable(oversample) else repr(oversample)
        argument = f"oversample={named}"
        line = argument if len(argument) < 80 else "oversample by one weight per sample"
    each = f", each sample {repeats} times in a row" if repeats > 1 else ""
    within = f", within {window} files at a time" if window else ""
    return f"order: {line}{within}{each}, seed {seed}"
