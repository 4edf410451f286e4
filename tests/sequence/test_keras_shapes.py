"""What Keras assumes of the shapes of batches."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import pytest

from seqaug import ClassificationSequence
from seqaug.sequence.keras_shapes import layout_warning

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
