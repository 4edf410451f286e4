"""Which of Keras' own losses and metrics skip ignored pixels: the table of docs/augmentation.md, measured.

A loss skips if two predictions that differ in ignored pixels only have equal values, and a perfect prediction the best.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from ignored_pixels import IGNORED, make_case, overlaps
from keras import losses, metrics

CASE = make_case(0, classes=3)
PERFECT = np.eye(3, dtype=np.float32)[CASE.ids]
WEIGHTS = CASE.counts.astype(np.float32)


def predictions() -> tuple[np.ndarray, np.ndarray]:
    """Two predictions that differ in ignored pixels only."""
    other = CASE.probabilities.copy()
    other[~CASE.counts] = [0.9, 0.1, 0.0]
    return CASE.probabilities, other


def value(measure: Any, encoding: str, predicted: np.ndarray, weights: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # IoU metrics warn of non-integer weights
        return float(measure(CASE.masks[encoding], predicted, sample_weight=weights))


def iou(**arguments: Any) -> Any:
    return metrics.MeanIoU(3, sparse_y_pred=False, **arguments)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize(
    ("make", "encoding", "skips", "skips_with_weights"),
    [
        (lambda: losses.SparseCategoricalCrossentropy(ignore_class=IGNORED), "sparse", True, True),
        (losses.CategoricalCrossentropy, "one_hot", True, True),
        (losses.CategoricalFocalCrossentropy, "one_hot", True, True),
        (lambda: losses.CategoricalCrossentropy(label_smoothing=0.1), "one_hot", False, True),
        (losses.Dice, "one_hot", False, None),
        (losses.Tversky, "one_hot", False, None),
        (lambda: iou(ignore_class=IGNORED), "sparse", True, True),
        (lambda: metrics.OneHotMeanIoU(3), "one_hot", False, True),
        (lambda: metrics.OneHotMeanIoU(3, ignore_class=IGNORED), "one_hot", False, True),
        (metrics.SparseCategoricalAccuracy, "sparse", False, True),
        (metrics.CategoricalAccuracy, "one_hot", False, True),
    ],
)
def test_which_skip(make: Any, encoding: str, skips: bool, skips_with_weights: bool | None, weights: Any) -> None:
    expected = skips if weights is None else skips_with_weights
    if expected is None:
        # In `compile`, they multiply a scalar by the weights, with an error of shapes or a wrong number.
        return
    first, second = (value(make(), encoding, predicted, weights) for predicted in predictions())
    is_loss = isinstance(make(), losses.Loss)
    if expected:
        assert first == pytest.approx(second, abs=1e-6)
        if not (is_loss and "label_smoothing" in str(getattr(make(), "_fn_kwargs", ""))):
            assert value(make(), encoding, PERFECT, weights) == pytest.approx(0 if is_loss else 1, abs=1e-5)
    else:
        # Ids that are no class count as wrong, whatever is predicted: accuracies are too low.
        assert first != second or value(make(), encoding, PERFECT, weights) != 1


def test_the_denominators() -> None:
    """The labelled pixels, or all."""
    p = CASE.probabilities[np.arange(2)[:, None, None], np.arange(5)[:, None], np.arange(6), CASE.ids]
    lost = -np.log(p)[CASE.counts]
    sparse = value(losses.SparseCategoricalCrossentropy(ignore_class=IGNORED), "sparse", CASE.probabilities, None)
    assert sparse == pytest.approx(lost.mean(), abs=1e-5)
    one_hot = value(losses.CategoricalCrossentropy(), "one_hot", CASE.probabilities, None)
    assert one_hot == pytest.approx(lost.sum() / CASE.ids.size, abs=1e-5)


def test_perfect_predictions_in_keras() -> None:
    ratio = WEIGHTS.mean()
    assert value(losses.Dice(), "one_hot", PERFECT, None) == pytest.approx(1 - 2 * ratio / (1 + ratio), abs=1e-5)
    assert value(metrics.OneHotMeanIoU(3), "one_hot", PERFECT, None) < 0.9


def test_keras_mean_iou_truncates_weights_to_integers() -> None:
    assert value(iou(ignore_class=IGNORED), "sparse", PERFECT, WEIGHTS / 2) == 0
    expected = overlaps(CASE.ids, CASE.probabilities.argmax(-1), WEIGHTS, 3)[0].mean()
    assert value(iou(ignore_class=IGNORED), "sparse", CASE.probabilities, WEIGHTS) == pytest.approx(expected, abs=1e-5)
    floats = iou(ignore_class=IGNORED, dtype="float32")
    assert value(floats, "sparse", CASE.probabilities, WEIGHTS / 2) == pytest.approx(expected, abs=1e-5)


def test_keras_dice_rejects_pixel_weights() -> None:
    """`fit` with a scalar loss and pixel weights."""
    model = keras.Sequential([keras.layers.Conv2D(3, 1, activation="softmax")])
    model.compile("sgd", losses.Dice(axis=(1, 2)))
    images = np.zeros((2, 5, 6, 3), np.float32)
    with pytest.raises(Exception, match=r"(?i)shape|dimension|broadcast"):
        model.fit(images, CASE.masks["one_hot"], sample_weight=WEIGHTS, verbose=0)


def test_the_docs_list_each() -> None:
    page = (Path(__file__).parents[2] / "docs" / "augmentation.md").read_text(encoding="utf-8")
    table = page.split("## Ignored pixels in losses and metrics")[1].split("\n## ")[0]
    for name in (
        "SparseCategoricalCrossentropy",
        "CategoricalCrossentropy",
        "Dice",
        "Tversky",
        "MeanIoU",
        "OneHotMeanIoU",
        "SparseCategoricalAccuracy",
        "CategoricalAccuracy",
    ):
        assert re.search(rf"^\|.*`{name}\b", table, re.MULTILINE), name
