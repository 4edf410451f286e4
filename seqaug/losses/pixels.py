"""Targets and weights of pixels, read from masks of any encoding for losses and metrics."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

from keras import ops

# Error allowed in float labels and probabilities, which averaging or resizing causes.
TOLERANCE = 1e-3


class Pixels(NamedTuple):
    """Targets and weights, as tensors of Keras' backend.

    Attributes:
        ids: class ids of sparse masks, (B, H, W) int32, 0 where ignored; else None.
        targets: one-hot, (B, H, W, K), or binary masks, (B, H, W, 1), of the weights' dtype; None for sparse masks.
        weights: (B, H, W), 0 where ignored.
        is_valid: bool, (): whether every pixel of a weight above 0 has a valid label.
    """

    ids: Any
    targets: Any
    weights: Any
    is_valid: Any


def read_pixels(y_true: Any, y_pred: Any, sample_weight: Any, ignore_class: int | None, dtype: str) -> Pixels:
    """Read masks, their ignored pixels and the weights.

    Args:
        y_true: class ids, (B, H, W) or (B, H, W, 1), integers or floats; one-hot, (B, H, W, K), where a row of zeros
            is an ignored pixel; or, for one channel of predictions, the foreground, 0 to 1, (B, H, W) or (B, H, W, 1).
            H and W may be any number of dimensions.
        y_pred: the predictions, whose shape alone is used: (B, H, W, K), or (B, H, W, 1).
        sample_weight: None, or numbers, (), (B,), (B, H, W) or (B, H, W, 1).
        ignore_class: label of ignored pixels, or None.
        dtype: of weights and targets, "float32" or "float64".

    Raises:
        ValueError: the shapes do not match.
    """
    y_true = ops.convert_to_tensor(y_true)
    channels = y_pred.shape[-1]
    if _is_sparse(y_true.shape, y_pred.shape) and len(y_true.shape) == len(y_pred.shape):
        y_true = ops.squeeze(y_true, -1)
    is_sparse = len(y_true.shape) < len(y_pred.shape)
    numbers = ops.cast(y_true, dtype)
    ids = targets = None
    if is_sparse and channels > 1:
        ids = ops.cast(ops.round(numbers), "int32")
        counted = ops.ones_like(ids, "bool") if ignore_class is None else ops.not_equal(ids, ignore_class)
        is_whole = ops.less(ops.abs(numbers - ops.cast(ids, dtype)), TOLERANCE)
        valid = ops.logical_and(is_whole, ops.logical_and(ids >= 0, ids < channels))
        ids = ops.where(ops.logical_and(counted, valid), ids, 0)
    elif is_sparse:
        counted = ops.ones_like(numbers, "bool") if ignore_class is None else ops.not_equal(numbers, ignore_class)
        valid = ops.logical_and(numbers >= 0, numbers <= 1)
        targets = ops.expand_dims(ops.where(counted, numbers, 0), -1)
    else:
        counted = ops.any(ops.not_equal(numbers, 0), axis=-1)
        if ignore_class is not None and 0 <= ignore_class < channels:
            counted = ops.logical_and(counted, ops.not_equal(ops.argmax(numbers, axis=-1), ignore_class))
        valid = ops.all(ops.logical_and(numbers >= 0, numbers <= 1), axis=-1)
        # More than one class: masks of classes that overlap, whose empty pixels would pass for ignored ones.
        valid = ops.logical_and(valid, ops.sum(numbers, axis=-1) <= 1 + TOLERANCE)
        targets = numbers
    weights = ops.cast(counted, dtype)
    if sample_weight is not None:
        weights = weights * _broadcast_weights(ops.cast(ops.convert_to_tensor(sample_weight), dtype), weights.shape)
    return Pixels(ids, targets, weights, ops.all(ops.logical_or(valid, ops.equal(weights, 0))))


def validate_ignore_class(ignore_class: Any) -> int | None:
    """Validate the argument of losses and metrics: an integer or None.

    Raises:
        TypeError: neither.
    """
    try:
        return None if ignore_class is None else operator.index(ignore_class)
    except TypeError:
        raise TypeError(
            f"ignore_class={ignore_class!r}; expected an integer, such as 255 or the sequence's ignore_index, or None"
        ) from None


def _is_sparse(masks: Any, predictions: Any) -> bool:
    """Return whether masks hold one number per pixel, as they must for predictions of one channel."""
    masks, predictions = tuple(masks), tuple(predictions)
    if len(predictions) < 4 or len(masks) not in (len(predictions), len(predictions) - 1):
        raise ValueError(
            f"the masks have shape {masks} and the predictions {predictions}; expected predictions "
            "(B, H, W, K), one channel per class, or (B, H, W, 1), and masks (B, H, W), (B, H, W, 1) or (B, H, W, K)"
        )
    size = predictions[:-1]
    if not _are_compatible(masks[: len(size)], size):
        raise ValueError(
            f"the masks have shape {masks} and the predictions {predictions}; expected one prediction "
            "per pixel: let the model output the size of the masks, or make the masks as small as its output "
            "(image_size= of the sequence)"
        )
    channels = masks[-1] if len(masks) == len(predictions) else 1
    if channels not in (1, predictions[-1]):
        raise ValueError(
            f"the masks have {channels} channels and the predictions {predictions[-1]}, with shapes {masks} and "
            f"{predictions}; expected equal numbers, or masks of class ids: let the model output {channels} channels"
        )
    return bool(channels == 1)


def _broadcast_weights(weights: Any, size: tuple[int | None, ...]) -> Any:
    """Expand weights to the dimensions of the pixels."""
    given = tuple(weights.shape)
    if len(given) == len(size) + 1 and given[-1] == 1:
        weights = ops.squeeze(weights, -1)
    shape = tuple(weights.shape)
    # A 1 fits any size: (B, 1) is one weight per sample.
    if len(shape) > len(size) or not _are_compatible(tuple(None if n == 1 else n for n in shape), size[: len(shape)]):
        raise ValueError(
            f"sample_weight has shape {given}; expected one weight per pixel, {tuple(size)}, or one per sample, "
            f"({size[0]},)"
        )
    for _ in range(len(size) - len(shape)):
        weights = ops.expand_dims(weights, -1)
    return weights


def _are_compatible(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> bool:
    """Compare shapes; an unknown size, None, matches any."""
    return all(n is None or m is None or n == m for n, m in zip(one, other, strict=True))
