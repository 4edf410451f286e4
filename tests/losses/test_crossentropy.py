"""Cross-entropy of one-hot masks: the mean over labelled pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from ignored_pixels import IGNORED, make_case

from seqaug.losses import CategoricalCrossentropy

CASE = make_case(3)
LOGITS = np.log(CASE.probabilities) + 1


@pytest.mark.parametrize("weights", [None, 2.0, CASE.weights[:, 0, 0], CASE.weights, CASE.weights[..., np.newaxis]])
@pytest.mark.parametrize("from_logits", [True, False])
def test_it_equals_that_of_ids(from_logits: bool, weights: Any) -> None:
    predicted = LOGITS if from_logits else CASE.probabilities
    of_ids = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits, ignore_class=IGNORED)
    given = weights
    if weights is not None:
        full = np.asarray(weights).reshape(np.shape(weights) + (1,) * (3 - np.ndim(weights)))
        given = np.broadcast_to(full.reshape(full.shape[:3]), CASE.ids.shape).astype(np.float32)
    expected = float(of_ids(CASE.masks["sparse"], predicted, sample_weight=given))
    loss = CategoricalCrossentropy(from_logits=from_logits)
    assert float(loss(CASE.masks["one_hot"], predicted, sample_weight=weights)) == pytest.approx(expected, rel=1e-5)
    # Keras' own divides by all pixels.
    own = keras.losses.CategoricalCrossentropy(from_logits=from_logits)
    shrunk = float(own(CASE.masks["one_hot"], predicted, sample_weight=given))
    assert shrunk == pytest.approx(expected * CASE.counts.mean(), rel=1e-5)


def test_channels_first_sums_smoothing_and_nothing_left() -> None:
    masks = CASE.masks["one_hot"]
    mean = float(CategoricalCrossentropy()(masks, CASE.probabilities))
    turned = CategoricalCrossentropy(axis=1)(np.moveaxis(masks, -1, 1), np.moveaxis(CASE.probabilities, -1, 1))
    assert float(turned) == pytest.approx(mean, rel=1e-5)
    total = float(CategoricalCrossentropy(reduction="sum")(masks, CASE.probabilities))
    assert total == pytest.approx(mean * CASE.counts.sum(), rel=1e-5)
    other = np.where(CASE.counts[..., np.newaxis], CASE.probabilities, np.float32([0.9, 0.1, 0]))
    smooth = CategoricalCrossentropy(label_smoothing=0.1)
    assert float(smooth(masks, CASE.probabilities)) == pytest.approx(float(smooth(masks, other)), rel=1e-6)
    assert float(CategoricalCrossentropy()(np.zeros_like(masks), CASE.probabilities)) == 0


def test_what_is_not_one_hot_is_nan() -> None:
    masks, probabilities = CASE.masks["one_hot"], CASE.probabilities
    for axis, source in ((-1, 1), (1, -1)):  # channels first and axis=-1, and the other way round
        loss = CategoricalCrossentropy(axis=axis)
        turned = [array if source == -1 else np.moveaxis(array, -1, 1) for array in (masks, probabilities)]
        assert np.isnan(float(loss(*turned)))
    overlapping = np.maximum(masks, np.roll(masks, 1, axis=-1))
    assert np.isnan(float(CategoricalCrossentropy()(overlapping, probabilities)))
    assert np.isnan(np.asarray(CategoricalCrossentropy(reduction=None)(overlapping, probabilities))).all()
    mixed = 0.3 * masks + 0.7 * masks[::-1]
    mixed[~(CASE.counts & CASE.counts[::-1])] = 0
    assert np.isfinite(float(CategoricalCrossentropy()(mixed.astype(np.float16), probabilities)))


def test_a_model_with_it_is_saved_and_loaded(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", CategoricalCrossentropy(from_logits=True, axis=-1))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    images = np.ones((2, 5, 6, 3), np.float32)
    assert loaded.evaluate(images, CASE.masks["one_hot"], verbose=0) == pytest.approx(
        model.evaluate(images, CASE.masks["one_hot"], verbose=0)
    )
