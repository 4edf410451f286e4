"""The Dice loss against NumPy and against Keras' own; `tests/backends` trains with it on every framework."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ignored_pixels import ENCODINGS, IGNORED, dice_loss, make_case

from seqaug.losses import Dice

AXES = [None, (1, 2), (0, 1, 2), (1, 2, 3), -1]


def of_encoding(case: Any, encoding: str) -> tuple[np.ndarray, np.ndarray]:
    """Masks, and the predictions of a model for them."""
    return case.masks[encoding], case.probabilities[..., 1:] if encoding == "binary" else case.probabilities


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    encoding=st.sampled_from(ENCODINGS),
    share=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
    axis=st.sampled_from(AXES),
    weighted=st.booleans(),
    from_logits=st.booleans(),
)
def test_it_covers_the_labelled_pixels(
    seed: int, encoding: str, share: float, axis: Any, weighted: bool, from_logits: bool
) -> None:
    case = make_case(seed, 2 if encoding == "binary" else 3, share)
    masks, outputs = of_encoding(case, encoding)
    if from_logits:
        outputs = np.log(outputs / (1 - outputs)) if encoding == "binary" else np.log(outputs)
    loss = Dice(IGNORED, from_logits=from_logits, axis=axis)
    expected = dice_loss(case, case.weights if weighted else 1.0, axis, binary=encoding == "binary")
    assert float(loss(masks, outputs, case.weights if weighted else None)) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", None])
def test_without_ignored_pixels_it_equals_keras(axis: Any, reduction: str | None) -> None:
    case = make_case(1, share=0)
    keras_own = keras.losses.Dice(axis=axis, reduction=reduction)(case.masks["one_hot"], case.probabilities)
    for masks in (case.masks["one_hot"], case.masks["sparse"]):
        ours = Dice(axis=axis, reduction=reduction)(masks, case.probabilities)
        assert np.allclose(ours, keras_own, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float16"])
@pytest.mark.parametrize("trailing", [False, True])
def test_ids_of_any_dtype(dtype: str, trailing: bool) -> None:
    case = make_case(2)
    ids = case.masks["sparse"].astype(dtype)
    loss = Dice(IGNORED)(ids[..., np.newaxis] if trailing else ids, case.probabilities)
    assert float(loss) == pytest.approx(dice_loss(case), abs=1e-6)


def test_an_ignored_label_that_is_a_class() -> None:
    case = make_case(3, share=0)._replace(counts=make_case(3, share=0).ids != 1)
    one_hot = np.eye(3, dtype=np.float32)[case.ids]
    for masks in (case.ids, one_hot, one_hot * (case.ids != 1)[..., np.newaxis]):
        assert float(Dice(1)(masks, case.probabilities)) == pytest.approx(dice_loss(case), abs=1e-6)


def test_a_negative_label_is_ignored() -> None:
    case = make_case(4)
    ids = np.where(case.counts, case.ids, -1)
    assert float(Dice(-1)(ids, case.probabilities)) == pytest.approx(dice_loss(case), abs=1e-6)


def test_an_absent_class_is_as_in_keras() -> None:
    """Its loss is 1, whatever is predicted, unless all classes are summed."""
    case = make_case(5, classes=2, share=0)
    wider = np.concatenate([case.probabilities, np.zeros_like(case.probabilities[..., :1])], -1)
    losses = Dice(axis=(0, 1, 2), reduction=None)(case.ids, wider)
    assert np.array(losses)[2] == 1
    assert float(Dice()(case.ids, wider)) == pytest.approx(dice_loss(case), abs=1e-6)


@pytest.mark.parametrize("shape", [(2, 5, 6, 1), (2,), (2, 1), ()])
def test_weights_of_other_shapes(shape: tuple[int, ...]) -> None:
    case = make_case(6)
    weights = np.arange(1, 1 + np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)
    spread = weights[..., 0] if len(shape) == 4 else weights.reshape(*shape, *[1] * (3 - len(shape)))
    loss = Dice(IGNORED, axis=(0, 1, 2))(case.masks["sparse"], case.probabilities, weights)
    assert float(loss) == pytest.approx(dice_loss(case, spread, (0, 1, 2)), abs=1e-6)


def test_weights_of_zero_ignore_too() -> None:
    case = make_case(7)
    loss = Dice()(case.masks["sparse"], case.probabilities, case.counts)
    assert float(loss) == pytest.approx(dice_loss(case), abs=1e-6)


@pytest.mark.parametrize(
    "changed",
    [
        lambda case: (case.masks["sparse"], case.probabilities),  # 255 is no class
        lambda case: (case.ids / 255, case.probabilities),  # ids that were rescaled
        lambda case: (case.ids - 1, case.probabilities),
        lambda case: (np.repeat(case.ids[..., np.newaxis] * 100, 3, -1), case.probabilities),  # colours
        lambda case: (case.ids, case.probabilities * 3 - 1),  # logits
        lambda case: (case.ids[..., np.newaxis] * 255, case.probabilities[..., 1:]),
    ],
)
def test_invalid_input_is_nan(changed: Any) -> None:
    assert np.isnan(float(Dice()(*changed(make_case(8)))))


@pytest.mark.parametrize(
    ("masks", "predictions", "weights", "message"),
    [
        ((2, 8, 8), (2, 4, 4, 3), None, r"masks have shape \(2, 8, 8\) .* \(2, 4, 4, 3\); expected one prediction p"),
        ((2, 8, 8, 5), (2, 8, 8, 3), None, r"masks have 5 channels and the predictions 3, .* output 5 channels"),
        ((2, 8, 8), (2, 8, 8), None, r"expected predictions \(B, H, W, K\), one channel per class, or \(B, H, W, 1\)"),
        ((8, 8), (2, 8, 8, 3), None, r"masks have shape \(8, 8\)"),
        ((2, 8, 8), (2, 8, 8, 3), (2, 7), r"sample_weight has shape \(2, 7\); expected one weight per pixel, \(2, 8,"),
        ((2, 8, 8), (2, 8, 8, 3), (2, 8, 8, 3), r"sample_weight has shape \(2, 8, 8, 3\)"),
        ((2, 8, 8), (2, 8, 8, 3), (4,), r"sample_weight has shape \(4,\); .* or one per sample, \(2,\)"),
    ],
)
def test_shapes_that_do_not_match(masks: Any, predictions: Any, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Dice()(np.zeros(masks), np.zeros(predictions), None if weights is None else np.ones(weights))


def test_ignore_class_is_a_number() -> None:
    with pytest.raises(TypeError, match=r"ignore_class='void'; expected an integer, such as 255"):
        Dice("void")  # type: ignore[arg-type]


def test_half_precision_does_not_overflow() -> None:
    """Sums of more than 65,504 pixels; Keras' own gives nan here."""
    ids = np.ones((1, 300, 300), np.uint8)
    predictions = np.stack([ids * 0, ids], -1).astype(np.float16)
    assert float(Dice(dtype="float16")(ids, predictions)) == 0
    assert float(Dice(dtype="mixed_float16")(ids, predictions)) == 0


def test_arguments_are_saved() -> None:
    loss = Dice(255, True, (1, 2), "sum", "overlap", "float64")
    made = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(made) is Dice
    assert made.get_config() == loss.get_config()
    assert made.get_config() == {
        "name": "overlap",
        "reduction": "sum",
        "ignore_class": 255,
        "from_logits": True,
        "axis": (1, 2),
        "dtype": "float64",
    }
