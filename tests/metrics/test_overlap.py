"""Mean IoU and mean Dice against NumPy; `tests/backends` trains with them on every framework."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ignored_pixels import ENCODINGS, IGNORED, make_case, overlaps

from seqaug.metrics import MeanDice, MeanIoU

METRICS = [MeanIoU, MeanDice]


def mean(values: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # mean of nan alone
        return float(np.nanmean(values))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    encoding=st.sampled_from(ENCODINGS),
    share=st.sampled_from([0.0, 0.3, 0.95, 1.0]),
    weighted=st.booleans(),
    from_logits=st.booleans(),
)
def test_they_cover_the_labelled_pixels(
    seed: int, encoding: str, share: float, weighted: bool, from_logits: bool
) -> None:
    classes = 2 if encoding == "binary" else 4
    cases = [make_case(seed + number, classes, share) for number in range(2)]
    ids = np.concatenate([case.ids for case in cases])
    predicted = np.concatenate([case.probabilities.argmax(-1) for case in cases])
    weights = np.concatenate([case.counts * (case.weights if weighted else 1.0) for case in cases])
    for metric, expected in zip(METRICS, overlaps(ids, predicted, weights, classes), strict=True):
        made = metric(classes, IGNORED, from_logits)
        for case in cases:
            scores = np.log(case.probabilities / (1 - case.probabilities)) if from_logits else case.probabilities
            scores = scores[..., 1:] if encoding == "binary" else scores
            made.update_state(case.masks[encoding], scores, case.weights if weighted else None)
        assert made.per_class() == pytest.approx(expected, abs=1e-5, nan_ok=True)
        assert float(made.result()) == pytest.approx(mean(expected), abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("metric", METRICS)
def test_a_perfect_prediction_is_1(metric: Any) -> None:
    case = make_case(1)
    for masks in case.masks.values():
        assert float(metric(3, IGNORED)(masks, np.eye(3)[case.ids])) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_two_classes_in_any_encoding(metric: Any) -> None:
    """One channel or two, with ids, one-hot or binary masks."""
    case = make_case(2, classes=2)
    values = {
        float(metric(2, IGNORED)(masks, predictions))
        for masks in (case.masks["sparse"], case.masks["binary"])
        for predictions in (case.probabilities, case.probabilities[..., 1:])
    }
    values.add(float(metric(2, IGNORED)(case.masks["one_hot"], case.probabilities)))
    assert len(values) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_which_classes_count(metric: Any) -> None:
    ids = np.array([[[0, 0, 1, 1]]])
    scores = np.eye(5)[np.array([[[0, 0, 1, 2]]])]
    values = metric(5)
    values.update_state(ids, scores)
    of_1 = 1 / 2 if metric is MeanIoU else 2 / 3
    assert values.per_class() == pytest.approx([1, of_1, 0, np.nan, np.nan], nan_ok=True), "2 is predicted only"
    assert float(values.result()) == pytest.approx((1 + of_1 + 0) / 3)
    ignoring = metric(5, ignore_class=2)
    ignoring.update_state(ids, scores)
    assert float(ignoring.result()) == pytest.approx((1 + of_1) / 2), "an ignored class is not scored"


@pytest.mark.parametrize("metric", METRICS)
def test_without_pixels_it_is_nan(metric: Any) -> None:
    made = metric(3, IGNORED)
    assert np.isnan(float(made.result()))
    made.update_state(np.full((1, 2, 2), IGNORED), np.ones((1, 2, 2, 3)))
    assert np.isnan(float(made.result()))
    made.update_state(np.zeros((1, 2, 2)), np.eye(3)[np.zeros((1, 2, 2), int)])
    assert float(made.result()) == 1


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("masks", "scores"),
    [
        (np.full((1, 2, 2), 7), np.ones((1, 2, 2, 2))),
        (np.full((1, 2, 2), 1 / 255), np.ones((1, 2, 2, 2))),
        (np.ones((1, 2, 2)), np.full((1, 2, 2, 1), -3.0)),  # a logit
    ],
)
def test_invalid_labels_and_probabilities_are_nan(metric: Any, masks: Any, scores: Any) -> None:
    made = metric(2)
    made.update_state(masks, scores)
    made.update_state(np.ones((1, 2, 2)), np.ones((1, 2, 2, 1)))
    assert np.isnan(float(made.result()))
    made.reset_state()
    assert float(made(np.ones((1, 2, 2)), np.ones((1, 2, 2, 1)))) == 1


def test_sums_exceed_float32() -> None:
    """float32 lacks 2**24 + 1: single pixels must count beyond it, also within one image."""
    metric = MeanIoU(2)
    side = 4098
    metric.update_state(np.zeros((1, side, side), np.uint8), np.zeros((1, side, side, 1), np.float16))
    for _ in range(3):
        metric.update_state(np.ones((1, 1, 1), np.uint8), np.zeros((1, 1, 1, 1)))
    both, labelled, predicted = np.asarray(metric.carried.value).astype(np.float64) * 2**20 + np.asarray(
        metric.remainder.value
    )
    assert both.tolist() == [side**2, 0]
    assert labelled.tolist() == [side**2, 3]
    assert predicted.tolist() == [side**2 + 3, 0]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((None,), TypeError, r"num_classes=None; expected an integer of at least 2"),
        ((1,), ValueError, r"num_classes=1; expected at least 2"),
        ((3, "void"), TypeError, r"ignore_class='void'"),
    ],
)
@pytest.mark.parametrize("metric", METRICS)
def test_invalid_arguments(metric: Any, arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        metric(*arguments)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_channels_must_match_the_classes(channels: int) -> None:
    message = rf"mean_iou: the predictions have {channels} channels, .* num_classes=3; expected \(B, H, W, 3\)"
    with pytest.raises(ValueError, match=message):
        MeanIoU(3)(np.zeros((1, 2, 2)), np.zeros((1, 2, 2, channels)))


@pytest.mark.parametrize("metric", METRICS)
def test_arguments_are_saved(metric: Any) -> None:
    first = metric(3, 255, True, name="overlap")
    made = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(first))
    assert type(made) is metric
    assert made.get_config() == first.get_config()
    assert {"num_classes": 3, "ignore_class": 255, "from_logits": True}.items() <= made.get_config().items()


def test_callbacks_know_that_more_is_better() -> None:
    """`EarlyStopping` and `ModelCheckpoint` in mode "auto"."""
    model = keras.Sequential([keras.layers.Conv2D(2, 1)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, metrics=[MeanIoU(2), MeanDice(2)])
    for name in ("mean_iou", "mean_dice"):
        stopping = keras.callbacks.EarlyStopping(f"val_{name}")
        data = np.zeros((2, 2, 2, 3)), np.zeros((2, 2, 2))
        model.fit(*data, validation_data=data, epochs=1, verbose=0, callbacks=[stopping])
        assert stopping.monitor_op(2, 1)
