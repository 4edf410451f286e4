"""The output of a model: the right one of several, of the right size, as probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_MOST_TEXT = 300  # characters of an error of Keras
# Of the sum of a pixel's probabilities, which float16 rounds.
_TOLERANCE = 0.02


def check_model(model: Any) -> None:
    """Check the argument `model`.

    Raises:
        TypeError: it has no `predict_on_batch`.
    """
    if not callable(getattr(model, "predict_on_batch", None)):
        hint = "; load it: keras.saving.load_model(path)" if isinstance(model, str) else ""
        raise TypeError(
            f"model is a {type(model).__name__}; expected a Keras model, or another object with predict_on_batch{hint}"
        )


def check_from_logits(model: Any, from_logits: bool) -> None:
    """Refuse to take the output of a last layer with a softmax or sigmoid for logits.

    Raises:
        ValueError: that is so.
    """
    layers = getattr(model, "layers", None)
    activation = getattr(getattr(layers[-1], "activation", None), "__name__", "") if layers else ""
    if from_logits and activation in ("sigmoid", "softmax"):
        raise ValueError(
            f"from_logits=True, and the model's last layer ends with a {activation}: its output holds probabilities; "
            "expected from_logits=False"
        )


def input_shape(model: Any) -> tuple[int | None, int | None, int | None]:
    """Return height, width and channels of a model's input, each None where it is free or unknown.

    Raises:
        ValueError: the model has several inputs, or one that is no image.
    """
    shape = getattr(model, "input_shape", None)
    if isinstance(shape, list | Mapping) and len(shape) != 1:
        raise ValueError(
            f"the model has {len(shape)} inputs; expected one, the image: wrap it in a model of one input, or evaluate "
            "it on a sequence whose assemble() makes all of them"
        )
    if isinstance(shape, list | Mapping):
        (shape,) = shape.values() if isinstance(shape, Mapping) else shape
    if shape is None:
        return None, None, None
    if len(shape) != 4:
        raise ValueError(f"the model's input has the shape {tuple(shape)}; expected images, (B, H, W, C)")
    _, height, width, channels = shape
    return height, width, channels


def check_input(model: Any, images: Any) -> None:
    """Check that a model takes images of this shape.

    Args:
        model: the model; where it does not say what it takes, everything passes.
        images: (B, H, W, C); anything else passes: the model knows.

    Raises:
        ValueError: it takes images of another size, or of other channels.
    """
    if not isinstance(images, np.ndarray) or images.ndim != 4:
        return
    height, width, channels = input_shape(model)
    if channels not in (None, images.shape[3]):
        raise ValueError(
            f"the model's input has {channels} channels and the images have {images.shape[3]}; expected equal numbers: "
            'set color_mode= ("rgb", "grayscale" or "rgba"; "unchanged" for all bands of a file)'
        )
    size = images.shape[1:3]
    if any(free not in (None, given) for free, given in zip((height, width), size, strict=True)):
        raise ValueError(
            f"the model's input is {height}x{width} and the images are {size[0]}x{size[1]} pixels; expected "
            f"seqaug.TiledPredictor(model, tile=({height}, {width})), which cuts images into tiles (with "
            f"image_size=({height}, {width}) if the model was trained on whole images, reduced to this size), or a "
            f"sequence with image_size=({height}, {width})"
        )


def run_model(model: Any, inputs: Any, name: str | None) -> Array:
    """Run a model on a batch, and choose one of its outputs.

    Args:
        model: the model.
        inputs: what it takes.
        name: the name of the output to choose; None: there is only one.

    Raises:
        ValueError: the model fails; or as for `check_input` and the choice of the output.
    """
    check_input(model, inputs)
    try:
        output = model.predict_on_batch(inputs)
    except Exception as error:
        shape = f" of shape {inputs.shape}" if isinstance(inputs, np.ndarray) else ""
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(
            f"the model fails on images{shape}; expected a size that it can halve as often as it does: a "
            "TiledPredictor with tile= a multiple of 32 cuts images so; or less of them at a time; it says: "
            f"{reason[:_MOST_TEXT]}"
        ) from error
    return _chosen_output(model, output, name)


def _chosen_output(model: Any, output: Any, name: str | None) -> Array:
    if isinstance(output, Mapping):
        outputs = dict(output)
    elif isinstance(output, list | tuple):
        names = getattr(model, "output_names", None) or [str(number) for number in range(len(output))]
        outputs = dict(zip(names, output, strict=True))
    elif name is None:
        return np.asarray(output)
    else:
        raise ValueError(f"output={name!r}, and the model has a single output; expected output=None")
    if name is None and len(outputs) == 1:
        (name,) = outputs
    if name not in outputs:
        given = "several outputs" if name is None else f"no output {name!r}"
        raise ValueError(
            f"the model has {given}, but {', '.join(map(repr, outputs))}; expected output= one of these names"
        )
    return np.asarray(outputs[name])


def check_output(output: Array, batch: int, size: tuple[int, int]) -> None:
    """Check the shape of an output.

    Args:
        output: of a model.
        batch: number of images that the model was given.
        size: their (height, width).

    Raises:
        ValueError: the output is not (batch, height, width, K).
    """
    if output.ndim == 4 and output.shape[:3] == (batch, *size):
        return
    hint = "one value per pixel and class, (B, H, W, K)"
    if output.ndim == 4 and output.shape[2:] == size:
        hint += ": this looks like channels first, which needs a keras.layers.Permute((2, 3, 1)) at the end"
    elif output.ndim == 4 and output.shape[0] == batch:
        hint += ": let the model end with a keras.layers.UpSampling2D or Resizing to the size of its input, or give it "
        hint += "images whose height and width it can halve as often as it does"
    raise ValueError(
        f"the model's output has the shape {output.shape} for {batch} image(s) of {size[0]}x{size[1]} pixels; expected "
        f"{hint}"
    )


def probabilities(output: Array, *, from_logits: bool) -> Array:
    """Turn an output into probabilities.

    Args:
        output: (..., K): of the classes, which sum to 1; or, for one channel, of the foreground.
        from_logits: whether they are logits: softmax, or sigmoid for one channel, makes them probabilities.

    Returns:
        float32, of the same shape.

    Raises:
        ValueError: they are neither, or not finite.
    """
    values: Array = output.astype(np.float32, copy=False)
    if from_logits:
        if _are_probabilities(values) and values.shape[-1] > 1:
            raise ValueError(
                "from_logits=True, and the model's output sums to 1 over the classes: it ends with a softmax already; "
                "expected from_logits=False"
            )
        check_finite(values)
        return _sigmoid(values) if values.shape[-1] == 1 else _softmax(values)
    if not _are_probabilities(values):
        check_finite(values)
        low, high = float(values.min()), float(values.max())
        sums = "" if values.shape[-1] == 1 else f", with sums over the classes of up to {values.sum(-1).max():.4g}"
        last = "sigmoid" if values.shape[-1] == 1 else "softmax"
        raise ValueError(
            f"the model's output has values from {low:.4g} to {high:.4g}{sums}, which are no probabilities; if they "
            f"are logits (the model does not end with a {last}), set from_logits=True"
            + ("" if values.shape[-1] == 1 else "; independent sigmoids of several classes are not supported")
        )
    return values


def check_finite(values: Array) -> None:
    """Check that an output holds numbers.

    Raises:
        ValueError: it holds NaN or infinities.
    """
    if not np.isfinite(values).all():
        raise ValueError(
            "the model's output holds NaN or infinities; expected numbers: look at the loss of the training, and at "
            "the range of the images"
        )


def class_ids(output: Array, *, threshold: float = 0.5) -> Array:
    """Return the most probable class of each pixel.

    Args:
        output: (..., K) or, for one channel, (..., 1).
        threshold: of one channel: larger values are class 1; 0.5 for probabilities, 0 for logits.

    Returns:
        (...), uint8, or uint16 above 256 classes; of equal classes, the first.
    """
    if output.shape[-1] == 1:
        return (output[..., 0] > threshold).astype(np.uint8)
    ids: Array = output.argmax(axis=-1)
    return ids.astype(np.uint8 if output.shape[-1] <= 256 else np.uint16)


def check_num_classes(channels: int, num_classes: int | None, names: Sequence[str] | None) -> None:
    """Check that a model's channels are the classes.

    Raises:
        ValueError: they are not.
    """
    if num_classes is None or channels == num_classes or (channels, num_classes) == (1, 2):
        return
    source = f"num_classes={num_classes}" if names is None else f"the palette has {num_classes} classes"
    raise ValueError(
        f"the model's output has {channels} channels, and {source}; expected one channel per class: is it the palette "
        "that the model was trained with, with the same ignored colours?"
    )


def _are_probabilities(values: Array) -> bool:
    # NaN fails every comparison.
    if not (values.min() >= -_TOLERANCE and values.max() <= 1 + _TOLERANCE):
        return False
    return values.shape[-1] == 1 or bool((np.abs(values.sum(axis=-1) - 1) <= _TOLERANCE).all())


def _softmax(logits: Array) -> Array:
    powers: Array = np.exp(logits - logits.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def _sigmoid(logits: Array) -> Array:
    with np.errstate(over="ignore"):  # exp of a large number is infinite, and its inverse the right 0
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
