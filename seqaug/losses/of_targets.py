"""The loss that fits an encoding of masks or labels."""

from __future__ import annotations

from typing import Any

import keras

from seqaug.losses.crossentropy import CategoricalCrossentropy


def mask_loss(mask_encoding: str, ignore_index: int | None, *, from_logits: bool) -> Any:
    """Return the cross-entropy of masks over labelled pixels.

    Args:
        mask_encoding: of the sequence.
        ignore_index: label of ignored pixels, or None.
        from_logits: whether the model returns logits.
    """
    if mask_encoding == "sparse":
        return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits, ignore_class=ignore_index)
    if mask_encoding == "one_hot":
        return CategoricalCrossentropy(from_logits=from_logits)
    return keras.losses.BinaryCrossentropy(from_logits=from_logits)


def label_loss(label_mode: str, *, from_logits: bool) -> Any:
    """Return the cross-entropy of labels.

    Args:
        label_mode: of the sequence.
        from_logits: whether the model returns logits.
    """
    if label_mode == "int":
        return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    if label_mode == "categorical":
        return keras.losses.CategoricalCrossentropy(from_logits=from_logits)
    return keras.losses.BinaryCrossentropy(from_logits=from_logits)
