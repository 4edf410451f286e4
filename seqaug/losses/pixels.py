"""Labels and weights of pixels, as losses and metrics read them from masks of any encoding."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

from keras import ops

# What float labels and probabilities may be off by, having been averaged or resized.
TOLERANCE = 1e-3


class Pixels(NamedTuple):
    """Tensors of whichever framework Keras runs on.

    Attributes:
        ids: class ids, (B, H, W) int32, 0 where ignored; None where the masks are not sparse.
        shares: one-hot masks, (B, H, W, K), or binary ones, (B, H, W, 1), of the weights' dtype; None where they are
            sparse.
        weights: (B, H, W), 0 where ignored.
        are_labelled: bool, (): whether every pixel that counts has a label of a class.
    """

    ids: Any
    shares: Any
    weights: Any
    are_labelled: Any


def read_pixels(y_true: Any, y_pred: Any, sample_weight: Any, ignore_class: int | None, dtype: str) -> Pixels:
    """Read masks, their ignored pixels and the weights.

    Args:
        y_true: class ids, (B, H, W) or (B, H, W, 1), integers or floats; one-hot, (B, H, W, K), where a row of zeros
            is an ignored pixel; or beside one channel of predictions the foreground, 0 to 1, (B, H, W) or (B, H, W, 1).
            More dimensions may stand in the place of H and W.
        y_pred: the predictions, of which only the shape matters: (B, H, W, K), or (B, H, W, 1).
        sample_weight: None; or numbers, (), (B,), (B, H, W) or (B, H, W, 1).
        ignore_class: the label of ignored pixels, or None.
        dtype: of weights and shares, "float32" or "float64".

    Raises:
        ValueError: the shapes do not go together.
    """
    y_true = ops.convert_to_tensor(y_true)
    channels = y_pred.shape[-1]
    if _is_sparse(y_true.shape, y_pred.shape) and len(y_true.shape) == len(y_pred.shape):
        y_true = ops.squeeze(y_true, -1)
    is_sparse = len(y_true.shape) < len(y_pred.shape)
    numbers = ops.cast(y_true, dtype)
    ids = shares = None
    if is_sparse and channels > 1:
        ids = ops.cast(ops.round(numbers), "int32")
        counts = ops.ones_like(ids, "bool") if ignore_class is None else ops.not_equal(ids, ignore_class)
        is_whole = ops.less(ops.abs(numbers - ops.cast(ids, dtype)), TOLERANCE)
        fits = ops.logical_and(is_whole, ops.logical_and(ids >= 0, ids < channels))
        ids = ops.where(ops.logical_and(counts, fits), ids, 0)
    elif is_sparse:
        counts = ops.ones_like(numbers, "bool") if ignore_class is None else ops.not_equal(numbers, ignore_class)
        fits = ops.logical_and(numbers >= 0, numbers <= 1)
        shares = ops.expand_dims(ops.where(counts, numbers, 0), -1)
    else:
        counts = ops.any(ops.not_equal(numbers, 0), axis=-1)
        if ignore_class is not None and 0 <= ignore_class < channels:
            counts = ops.logical_and(counts, ops.not_equal(ops.argmax(numbers, axis=-1), ignore_class))
        fits = ops.all(ops.logical_and(numbers >= 0, numbers <= 1), axis=-1)
        shares = numbers
    weights = ops.cast(counts, dtype)
    if sample_weight is not None:
        weights = weights * _spread(ops.cast(ops.convert_to_tensor(sample_weight), dtype), weights.shape)
    return Pixels(ids, shares, weights, ops.all(ops.logical_or(fits, ops.equal(weights, 0))))


def checked_ignore_class(ignore_class: Any) -> int | None:
    """Give the argument of losses and metrics as an integer or None.

    Raises:
        TypeError: it is neither.
    """
    try:
        return None if ignore_class is None else operator.index(ignore_class)
    except TypeError:
        raise TypeError(
            f"ignore_class={ignore_class!r}; expected an integer, such as 255 or the sequence's ignore_index, or None"
        ) from None


def _is_sparse(masks: Any, predictions: Any) -> bool:
    """Say whether masks hold one number a pixel; predictions of one channel have such masks only."""
    masks, predictions = tuple(masks), tuple(predictions)
    if len(predictions) < 4 or len(masks) not in (len(predictions), len(predictions) - 1):
        raise ValueError(
            f"the masks are of shape {masks} and the predictions of shape {predictions}; expected predictions "
            "(B, H, W, K), one channel a class, or (B, H, W, 1), and masks (B, H, W), (B, H, W, 1) or (B, H, W, K)"
        )
    size = predictions[:-1]
    if not _go_together(masks[: len(size)], size):
        raise ValueError(
            f"the masks are of shape {masks} and the predictions of shape {predictions}; expected one prediction a "
            "pixel: let the model end at the size of the masks, or make the masks as small as its output "
            "(image_size= of the sequence)"
        )
    channels = masks[-1] if len(masks) == len(predictions) else 1
    if channels not in (1, predictions[-1]):
        raise ValueError(
            f"the masks have {channels} channels and the predictions {predictions[-1]}, of shapes {masks} and "
            f"{predictions}; expected as many, or masks of class ids: let the model end with {channels} channels"
        )
    return bool(channels == 1)


def _spread(weights: Any, size: tuple[int | None, ...]) -> Any:
    """Give weights as many dimensions as there are pixels."""
    given = tuple(weights.shape)
    if len(given) == len(size) + 1 and given[-1] == 1:
        weights = ops.squeeze(weights, -1)
    shape = tuple(weights.shape)
    # A 1 stands for all: (B, 1) is one weight a sample.
    if len(shape) > len(size) or not _go_together(tuple(None if n == 1 else n for n in shape), size[: len(shape)]):
        raise ValueError(
            f"sample_weight is of shape {given}; expected one weight a pixel, {tuple(size)}, or one a sample, "
            f"({size[0]},)"
        )
    for _ in range(len(size) - len(shape)):
        weights = ops.expand_dims(weights, -1)
    return weights


def _go_together(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> bool:
    """Compare shapes, of which parts may not be known yet."""
    return all(n is None or m is None or n == m for n, m in zip(one, other, strict=True))
