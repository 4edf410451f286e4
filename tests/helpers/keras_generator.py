"""Keras' ImageDataGenerator and its functions, as reference for results."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

# Their only public names in Keras 3.
_keras_image = tf.keras.preprocessing.image
ImageDataGenerator = _keras_image.ImageDataGenerator


def keras_affine(pixels: np.ndarray, parameters: dict[str, Any], **how: Any) -> np.ndarray:
    """Apply Keras' `apply_affine_transform` to an image (H, W, C) or a mask (H, W); the result is float32."""
    names = ("theta", "tx", "ty", "shear", "zx", "zy")
    stacked = pixels.astype(np.float32).reshape(*pixels.shape[:2], -1)
    moved = _keras_image.apply_affine_transform(
        stacked, **{name: parameters[name] for name in names}, row_axis=0, col_axis=1, channel_axis=2, **how
    )
    return moved.reshape(pixels.shape)
