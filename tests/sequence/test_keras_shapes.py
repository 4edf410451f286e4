"""What Keras assumes of the shapes of batches."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import pytest

from seqaug import ClassificationSequence, SegmentationSequence
from seqaug.callbacks.keras_resets import Caller
from seqaug.sequence.keras_shapes import OutputSizes, layout_warning

IMAGES = np.zeros((4, 6, 6, 3), np.uint8)
FIRST, LAST = "channels_first", "channels_last"


def model_with(*formats: str | None) -> Any:
    inner = keras.Sequential([keras.layers.Conv2D(3, 3, padding="same", data_format=format_) for format_ in formats])
    return keras.Sequential([inner, keras.layers.GlobalAveragePooling2D(data_format=formats[-1])])


@pytest.mark.parametrize(
    ("formats", "data_format", "is_warned"),
    [
        ((None, None), LAST, False),
        ((None, None), FIRST, True),
        ((FIRST, FIRST), FIRST, False),
        ((FIRST, FIRST), LAST, True),
        ((FIRST, LAST), LAST, False),
    ],
)
def test_layers_of_the_other_order_are_found(formats: Any, data_format: str, is_warned: bool) -> None:
    warning = layout_warning(model_with(*formats), data_format)
    assert (warning is not None) == is_warned
    if warning is not None:
        assert f"have {data_format.replace('_', ' ')}, and layers" in warning
        assert "expected data_format=" in warning


def test_models_without_such_layers_take_any_order() -> None:
    assert layout_warning(keras.Sequential([keras.layers.Dense(2)]), FIRST) is None
    assert layout_warning(object(), FIRST) is None


def test_fit_warns_once() -> None:
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    sequence = ClassificationSequence(IMAGES, [0, 1, 0, 1], data_format=FIRST, batch_size=2, workers=0)
    with pytest.warns(match="the batches have channels first, and layers of the model, such as .global_average"):
        model.fit(sequence, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(sequence, verbose=0)


@pytest.mark.parametrize("data_format", [FIRST, LAST])
def test_batches_of_one_image_may_have_any_size(data_format: Any) -> None:
    """Keras takes the sizes of the first two for those of all."""
    images = [np.zeros((size, size + 1, 3), np.uint8) for size in (4, 4, 5)]
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(data_format=data_format), keras.layers.Dense(1)])
    model.compile(loss="mse")
    sequence = ClassificationSequence(
        images, [0, 1, 0], data_format=data_format, batch_size=1, workers=0, shuffle=False
    )
    assert np.isfinite(model.fit(sequence, epochs=2, verbose=0, shuffle=False).history["loss"]).all()


def convolution(*layers: Any) -> Any:
    return keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 1), *layers])


def test_predict_cannot_join_outputs_of_several_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On TensorFlow it can."""
    images = [np.zeros((size, 6, 3), np.uint8) for size in (4, 4, 6, 6)]
    sequence = SegmentationSequence(images, batch_size=2, pad_batches=True, workers=0)
    assert convolution().predict(sequence, verbose=0).shape[0] == 4
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(
        Exception, match=r"predict\(\) joins .* differ: inputs are \(None, 4, 6, 3\) in one and \(None, 6,"
    ):
        convolution().predict(sequence, verbose=0)
    assert convolution(keras.layers.GlobalMaxPooling2D()).predict(sequence, verbose=0).shape == (4, 2)
    assert convolution().predict(SegmentationSequence(images[:2], pad_batches=True), verbose=0).shape == (2, 4, 6, 2)


def test_outputs_are_compared_by_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    model = convolution()
    assert OutputSizes.of(None) is OutputSizes.of(Caller("predict", model)) is None
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    assert OutputSizes.of(Caller("fit", model)) is None
    sizes = OutputSizes.of(Caller("predict", model))
    assert sizes is not None
    for batch_size in (3, 2):
        sizes.check((np.zeros((batch_size, 4, 4, 3)), None))
    with pytest.raises(ValueError, match=r"inputs are \(None, 4, 4, 3\) in one and \(None, 4, 5, 3\) in another"):
        sizes.check(np.zeros((2, 4, 5, 3)))
