"""SegNet: an encoder, and a decoder that upsamples with the encoder's pooling indices.

V. Badrinarayanan, A. Kendall, R. Cipolla, "SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image
Segmentation", IEEE TPAMI 39(12), 2017. It uses Keras operations only, and so runs on every Keras backend.

The paper's network has the thirteen convolutions of VGG16 in its encoder, 64 to 512 maps wide. This one is built like
the paper's smaller SegNet-Basic, four stages of one convolution each, so that it trains from scratch on a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

WIDTHS = (32, 64, 96, 128)


@keras.saving.register_keras_serializable(package="segnet")
class MaxPoolingWithIndices(layers.Layer):
    """2x2 max pooling that also returns the position of the maximum in each window.

    Input: (B, H, W, C), H and W even. Output: the maxima, (B, H/2, W/2, C), and their indices, the same shape, int32:
    0 top left, 1 top right, 2 bottom left, 3 bottom right; of equal pixels, the first.
    """

    def call(self, inputs: Any) -> tuple[Any, Any]:
        """Pool a batch."""
        _, height, width, channels = inputs.shape
        rows = ops.unstack(ops.reshape(inputs, (-1, height // 2, 2, width // 2, 2, channels)), axis=2)
        # Pairwise maxima are several times faster on a CPU than max and argmax over an axis of 4.
        (top, in_top), (bottom, in_bottom) = (_larger(*ops.unstack(row, axis=3)) for row in rows)
        maxima, is_bottom = _larger(top, bottom)
        return maxima, ops.where(is_bottom, 2 + ops.cast(in_bottom, "int32"), ops.cast(in_top, "int32"))

    def compute_output_spec(self, inputs: Any) -> tuple[Any, Any]:
        """Shapes and dtypes of the outputs."""
        batch, height, width, channels = inputs.shape
        shape = (batch, height // 2, width // 2, channels)
        return keras.KerasTensor(shape, inputs.dtype), keras.KerasTensor(shape, "int32")


@keras.saving.register_keras_serializable(package="segnet")
class MaxUnpooling(layers.Layer):
    """Puts each value back to the position that `MaxPoolingWithIndices` took it from, among zeros.

    Input: values (B, h, w, C) and indices, the same shape. Output: (B, 2h, 2w, C).
    """

    def call(self, values: Any, indices: Any) -> Any:
        """Unpool a batch."""
        _, height, width, channels = values.shape
        corners = [ops.where(indices == corner, values, ops.zeros_like(values)) for corner in range(4)]
        rows = [ops.stack(corners[:2], axis=3), ops.stack(corners[2:], axis=3)]
        return ops.reshape(ops.stack(rows, axis=2), (-1, 2 * height, 2 * width, channels))

    def compute_output_spec(self, values: Any, indices: Any) -> Any:
        """Shape and dtype of the output."""
        batch, height, width, channels = values.shape
        return keras.KerasTensor((batch, 2 * height, 2 * width, channels), values.dtype)


def build_segnet(
    size: tuple[int, int],
    num_classes: int,
    *,
    widths: Sequence[int] = WIDTHS,
    convolutions: int = 1,
    name: str = "segnet",
) -> keras.Model:
    """Build a SegNet.

    Args:
        size: (height, width) of the images, each divisible by 2 to the number of stages.
        num_classes: number of classes.
        widths: feature maps of each stage, from full resolution down; each stage halves height and width.
        convolutions: 3x3 convolutions, each with batch normalization and ReLU, in each stage of encoder and decoder.
        name: name of the model.

    Returns:
        A model from images (B, H, W, 3), float in 0..1, to logits (B, H, W, num_classes), float32.

    Raises:
        ValueError: the height or width is not divisible by 2 to the number of stages.
    """
    check_size(size, len(widths))
    inputs = keras.Input((*size, 3), name="image")
    # Normalize each image to mean 0 and variance 1, in place of the paper's contrast normalization.
    x = layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False, epsilon=1e-3)(inputs)
    indices_of_stage = []
    for width in widths:
        for _ in range(convolutions):
            x = _convolution(x, width)
        x, indices = MaxPoolingWithIndices()(x)
        indices_of_stage.append(indices)
    for stage in reversed(range(len(widths))):
        x = MaxUnpooling()(x, indices_of_stage[stage])
        # The last convolution of a stage has as many maps as the next stage unpools; the very last is the classifier.
        for _ in range(convolutions - 1):
            x = _convolution(x, widths[stage])
        if stage:
            x = _convolution(x, widths[stage - 1])
    logits = layers.Conv2D(num_classes, 3, padding="same", dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name=name)


def check_size(size: Sequence[int], stages: int = len(WIDTHS)) -> None:
    """Raise ValueError unless each stage can halve height and width."""
    step = 2**stages
    if any(side < step or side % step for side in size):
        height, width = (max(step, round(side / step) * step) for side in size)
        raise ValueError(
            f"the size is {size[0]}x{size[1]}; expected a height and a width divisible by {step}, as each of the "
            f"{stages} stages halves them; the nearest is {height}x{width}"
        )


def _larger(first: Any, second: Any) -> tuple[Any, Any]:
    """Elementwise maximum, and where it is the second; of equal elements, the first."""
    return ops.maximum(first, second), second > first


def _convolution(x: Any, width: int) -> Any:
    x = layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    # The default momentum, 0.99, needs more steps than a short training has.
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)
