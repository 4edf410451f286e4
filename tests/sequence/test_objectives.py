"""`loss()` and `metrics()` of a sequence: they fit its targets, and ignored pixels count nowhere."""

from typing import Any

import keras
import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import ClassificationSequence, Palette, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))
BINARY = Palette({"ground": (0, 0, 0), "thing": (255, 255, 255)})


def masks(pairs: Pairs, encoding: str, **arguments: Any) -> SegmentationSequence:
    if encoding == "binary":
        # `ids` has 255 where a mask is void.
        return SegmentationSequence(
            pairs.pixels, pairs.ids % 2, mask_encoding="binary", num_classes=2, workers=0, **arguments
        )
    return SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, mask_encoding=encoding, workers=0, **arguments
    )


def prediction(y: np.ndarray, encoding: str, *, from_logits: bool, ignored: Any = None) -> np.ndarray:
    """Make the output of a model that is right at every labelled pixel; at ignored ones, class 1 or a given output."""
    if encoding == "binary":
        certain = y.astype(np.float32)
    else:
        ids = y if encoding == "sparse" else np.where(y.any(-1), y.argmax(-1), 255)
        certain = np.eye(3, dtype=np.float32)[np.where(ids == 255, 1, ids)]
        if ignored is not None:
            certain[ids == 255] = ignored
    return (certain - 0.5) * 60 if from_logits else certain


@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("encoding", ["sparse", "one_hot", "binary"])
def test_a_perfect_prediction(pairs: Pairs, encoding: str, from_logits: bool) -> None:
    sequence = masks(pairs, encoding, batch_size=6)
    _, y = sequence[0]
    output = prediction(y, encoding, from_logits=from_logits)
    assert float(sequence.loss(from_logits=from_logits)(y, output)) < 1e-6
    (iou,) = sequence.metrics(from_logits=from_logits)
    iou.update_state(y, output)
    assert float(iou.result()) == 1
    # And a wrong one is seen.
    wrong = np.flip(output, -1) if encoding != "binary" else (-output if from_logits else 1 - output)
    assert float(sequence.loss(from_logits=from_logits)(y, wrong)) > 1
    iou.reset_state()
    iou.update_state(y, wrong)
    assert float(iou.result()) < 0.5


@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
@pytest.mark.parametrize("encoding", ["sparse", "one_hot"])
def test_ignored_pixels_count_nowhere(pairs: Pairs, encoding: str) -> None:
    sequence = masks(pairs, encoding, batch_size=6, shuffle=False)
    _, y = sequence[0]
    labelled = pairs.ids != 255
    assert 0.1 < labelled.mean() < 0.9
    values = []
    for ignored in ([1, 0, 0], [0, 0, 1], [0.2, 0.3, 0.5]):
        # Every labelled pixel has the probability 1/2 of its class.
        output = prediction(y, encoding, from_logits=False, ignored=ignored) / 2 + 1 / 6
        output[labelled] = prediction(y, encoding, from_logits=False)[labelled] / 4 + 1 / 4
        (iou,) = sequence.metrics(from_logits=False)
        iou.update_state(y, output)
        values.append((float(sequence.loss(from_logits=False)(y, output)), float(iou.result())))
    # The mean is over the labelled pixels.
    assert values == [(pytest.approx(np.log(2), abs=1e-6), 1.0)] * 3


@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
@pytest.mark.parametrize("weights", [None, "inverse"])
def test_masks_of_both_encodings_train_alike(pairs: Pairs, weights: Any) -> None:
    """A real fit: the same losses for ids and for one-hot masks, from logits and from probabilities."""
    histories = []
    for encoding, end in (("sparse", None), ("one_hot", None), ("one_hot", "softmax")):
        keras.utils.set_random_seed(1)
        sequence = masks(pairs, encoding, batch_size=2, class_weights=weights)
        model = keras.Sequential([keras.layers.Conv2D(3, 3, padding="same", activation=end)])
        from_logits = end is None
        model.compile("sgd", sequence.loss(from_logits=from_logits), metrics=sequence.metrics(from_logits=from_logits))
        histories.append(model.fit(sequence, epochs=2, shuffle=False, verbose=0).history)
        assert 0 < histories[-1]["mean_iou"][-1] < 1
    for history in histories[1:]:
        for name in ("loss", "mean_iou"):
            assert history[name] == pytest.approx(histories[0][name], rel=1e-4)


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("mode", ["int", "categorical", "binary", "multi_label"])
def test_labels(pairs: Pairs, mode: Any, from_logits: bool) -> None:
    labels: Any = {"binary": [0, 1] * 3, "multi_label": [[0, 1], [], [2], [0], [1, 2], [1]]}.get(mode, [0, 1, 2] * 2)
    sequence = ClassificationSequence(pairs.images, labels, label_mode=mode, batch_size=6, workers=0)
    _, y = sequence[0]
    certain = np.eye(3, dtype=np.float32)[y] if mode == "int" else y
    output = (certain - 0.5) * 60 if from_logits else certain
    loss, metrics = sequence.loss(from_logits=from_logits), sequence.metrics(from_logits=from_logits)
    assert float(loss(y, output)) < 1e-6
    for metric in metrics:
        metric.update_state(y, output)
        assert float(metric.result()) == pytest.approx(1, abs=1e-3)
    # A probability of 0.4 is no, as a logit and as a probability.
    if mode in ("binary", "multi_label"):
        metrics[0].reset_state()
        metrics[0].update_state(y, np.full_like(output, np.log(0.4 / 0.6) if from_logits else 0.4))
        assert float(metrics[0].result()) == pytest.approx(1 - y.mean())
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(output.shape[-1])])
    if not from_logits:
        model.add(keras.layers.Activation("softmax" if mode in ("int", "categorical") else "sigmoid"))
    model.compile("sgd", loss, metrics=sequence.metrics(from_logits=from_logits))
    assert np.isfinite(model.fit(sequence, shuffle=False, verbose=0).history["loss"][0])


def test_what_has_no_loss(pairs: Pairs) -> None:
    with pytest.raises(ValueError, match=r"loss\(\) needs masks, and the sequence has none"):
        SegmentationSequence(pairs.images).loss(from_logits=True)
    with pytest.raises(ValueError, match=r"metrics\(\) needs num_classes="):
        SegmentationSequence(pairs.pixels, pairs.ids).metrics(from_logits=True)
    for method in ("loss", "metrics"):
        with pytest.raises(ValueError, match=rf"{method}\(\) needs labels in the batches, and label_mode is None"):
            getattr(ClassificationSequence(pairs.images, label_mode=None), method)(from_logits=True)
    with pytest.raises(ValueError, match=r"loss\(\) has no loss or metric for data_format"):
        masks(pairs, "sparse", data_format="channels_first").loss(from_logits=True)
    with pytest.raises(TypeError, match=r"from_logits"):
        masks(pairs, "sparse").loss()  # type: ignore[call-arg]
