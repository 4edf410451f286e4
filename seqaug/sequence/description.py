"""What a sequence says of itself: what its batches are, and how they are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.rescale import DEFAULT_RESCALE, value_range
from seqaug.sequence.first_batch import FirstBatch

_CHANNELS = {"rgb": "3", "grayscale": "1", "rgba": "4"}
_NAMES_SAID = 8


class SeenImages:
    """Remembers what the images of the first batch were like; a check of it that has nothing to say.

    Attributes:
        said: shape, dtype and range; None before there was a batch.
    """

    def __init__(self) -> None:
        self.said: str | None = None

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Take a look."""
        images = first.batch["image"]
        least, most = value_range(images)
        self.said = f"{images.shape} {images.dtype} in {least:.3g}..{most:.3g}"
        return iter(())


def images_line(image_size: tuple[int, int] | None, color_mode: str, are_files: bool, rescale: float | None) -> str:
    """Say what images become in a batch.

    Args:
        image_size: (height, width) that they end at, or None.
        color_mode: how files are read.
        are_files: whether they are.
        rescale: the factor of integers, or None.
    """
    height, width = ("H", "W") if image_size is None else image_size
    channels = _CHANNELS.get(color_mode, "C") if are_files else "C"
    if rescale is None:
        becomes = "integers stay as they are (rescale=None), uint8 in 0..255"
    elif rescale is DEFAULT_RESCALE:
        becomes = "uint8 becomes float32 in 0..1 (rescale=1 / 255), uint16 stays as it is"
    else:
        most = [f"{white * rescale:.4g}" for white in (255, 65_535)]
        becomes = f"uint8 becomes float32 in 0..{most[0]}, uint16 in 0..{most[1]} (rescale={rescale:.4g})"
    return f"x: images (B, {height}, {width}, {channels}): {becomes}; float, as after A.Normalize, stays as it is"


def masks_line(labels: LabelSpec, mask_encoding: str, image_size: tuple[int, int] | None, *, has_weights: bool) -> str:
    """Say what masks become in a batch."""
    height, width = ("H", "W") if image_size is None else image_size
    size = f"B, {height}, {width}"
    said = {
        "sparse": f"class ids ({size}) {'uint8' if labels.dtype == np.uint8 else 'int32'}",
        "one_hot": f"one-hot classes ({size}, {labels.num_classes}) float32",
        "binary": f"0 and 1 ({size}, 1) float32",
    }[mask_encoding]
    said += _classes_said(labels.num_classes, labels.class_names)
    if labels.ignore_index is not None:
        said += f"; ignore_index={labels.ignore_index}"
    return f"y: {said}" + (f"; sample_weight ({size}) float32" if has_weights else "")


def labels_line(
    label_mode: str | None, num_classes: int | None, class_names: Sequence[str] | None, *, has_weights: bool
) -> str:
    """Say what labels become in a batch."""
    if label_mode is None:
        return "y: none, images alone (label_mode=None)"
    said = {
        "int": "class ids (B,) int32",
        "categorical": f"one-hot classes (B, {num_classes}) float32",
        "binary": "0 and 1 (B, 1) float32",
        "multi_label": f"0 and 1 for each class (B, {num_classes}) float32",
    }[label_mode]
    said += _classes_said(num_classes, class_names)
    return f"y: {said}" + ("; sample_weight (B,) float32" if has_weights else "")


def _classes_said(num_classes: int | None, class_names: Sequence[str] | None) -> str:
    if num_classes is None:
        return ", of classes that nobody has counted (num_classes=)"
    return f" of {num_classes} classes" + ("" if class_names is None else f": {names_said(class_names)}")


def names_said(names: Sequence[str]) -> str:
    """List names, as many as one reads."""
    return ", ".join(names[:_NAMES_SAID]) + (", ..." if len(names) > _NAMES_SAID else "")


def transform_line(transform: Any) -> str:
    """Say which transform there is."""
    if transform is None:
        return "transform: none"
    parts = [type(part).__name__ for part in getattr(transform, "transforms", ())]
    return f"transform: {type(transform).__name__}" + (f"({names_said(parts)})" if parts else "")


def order_line(oversample: Any, shuffle: bool, seed: int) -> str:
    """Say in which order samples come."""
    said = "shuffled" if shuffle else "as the samples stand"
    if oversample is not None:
        drawn = f"oversample={oversample!r}"
        said = drawn if len(drawn) < 80 else "oversample by one weight per sample"
    return f"order: {said}, seed {seed}"
