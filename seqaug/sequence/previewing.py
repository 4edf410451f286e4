"""The preview of a sequence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seqaug.palette.label_spec import LabelSpec
from seqaug.utils.validation import whole_number
from seqaug.visualization.page import page_width
from seqaug.visualization.preview import Preview, make_preview
from seqaug.visualization.selection import requests_to_show


def preview_of(
    sequence: Any,
    labels: LabelSpec,
    transform: Any,
    *,
    n: int,
    index: int | Iterable[int] | None,
    epoch: int | None,
    width: int,
) -> Preview:
    """Draw samples of a sequence before and after augmentation.

    Args:
        sequence: a `SegmentationSequence` or `Mixture`.
        labels: the classes of its masks.
        transform: the transform that remarks are about, or None.
        n: number of samples, from the start of the epoch.
        index: indices of the samples to show instead.
        epoch: epoch whose order and augmentation to show; None: the current one.
        width: width of the picture in pixels.

    Raises:
        ImportError, SampleError, TransformError, TypeError, ValueError: see `SegmentationSequence.preview`.
    """
    epoch = sequence.epoch if epoch is None else whole_number("epoch", epoch, 0)
    order = sequence._loader.indices(epoch)
    return make_preview(
        sequence._pipeline,
        requests_to_show(order, epoch, n=n, index=index, num_samples=len(sequence.samples)),
        labels=labels,
        transform=transform,
        name_of=sequence._name_of,
        width=page_width("width", width),
    )
