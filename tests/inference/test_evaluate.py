"""`evaluate`, against a computation of its own, with Keras models and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pytest
from pixel_models import LogitModel, PixelModel, Returns
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import Mixture, Palette, SegmentationSequence, SeqaugWarning, TiledPredictor, Tiles, evaluate

PALETTE = Palette(COLORS, ignore=["void"])


def expected(model: Any, pixels: Any, truths: Any) -> np.ndarray:
    """Count, with loops over classes."""
    confusion = np.zeros((3, 3), int)
    for image, truth in zip(pixels, truths, strict=True):
        predicted = model.predict_on_batch((image * np.float32(1 / 255))[np.newaxis])[0].argmax(-1)
        for i in range(3):
            for j in range(3):
                confusion[i, j] += ((truth == i) & (predicted == j)).sum()
    return confusion


@pytest.fixture
def model() -> PixelModel:
    return PixelModel(classes=3)


@pytest.mark.parametrize("workers", [0, 2])
def test_files_of_any_size(tmp_path: Path, model: PixelModel, workers: int) -> None:
    one = write_pairs(tmp_path / "one", 2, 24, 32)
    other = write_pairs(tmp_path / "other", 2, 17, 40, seed=1)
    images, masks = one.images + other.images, one.masks + other.masks
    found = evaluate(model, images, masks, palette=PALETTE, workers=workers)
    truth = expected(model, [*one.pixels, *other.pixels], [*one.ids, *other.ids])
    np.testing.assert_array_equal(found.confusion, truth)
    hits = np.diag(truth)
    np.testing.assert_allclose(found.iou, hits / (truth.sum(0) + truth.sum(1) - hits))
    assert [image.name for image in found.images] == images
    assert found.names == ["ground", "wall", "lamp"]
    assert found.ignored_pixels == (one.ids == 255).sum() + (other.ids == 255).sum()
    tiled = evaluate(TiledPredictor(model, 13, augmentations="d4"), images, masks, palette=PALETTE, workers=workers)
    np.testing.assert_array_equal(tiled.confusion, truth)
    np.testing.assert_array_equal(tiled.boundary_f1, found.boundary_f1)


@pytest.mark.parametrize("encoding", ["sparse", "one_hot"])
@pytest.mark.filterwarnings("ignore:.*one_hot")
def test_a_sequence_counts_each_sample_once(pairs: Pairs, model: PixelModel, encoding: str) -> None:
    sequence = SegmentationSequence(
        pairs.images,
        pairs.masks,
        palette=PALETTE,
        batch_size=4,
        image_size=(24, 32),
        shuffle=True,
        oversample=[5, 1, 1, 1, 1, 0],
        samples_per_epoch=9,
        drop_remainder=True,
        mask_encoding=encoding,
    )
    found = evaluate(model, sequence)
    np.testing.assert_array_equal(found.confusion, expected(model, pairs.pixels, pairs.ids))
    assert {shape[0] for shape in model.shapes} == {1, 4, 2}  # one image at a time in `expected`


def test_a_model_at_its_size_and_a_predictor_at_the_files(pairs: Pairs, model: PixelModel) -> None:
    sequence = SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, image_size=(12, 16), transform=A.InvertImg(p=1), rescale=1 / 200
    )
    found = evaluate(model, sequence)
    assert found.confusion.sum() + found.ignored_pixels == 6 * 12 * 16
    predictor = TiledPredictor.like(sequence, model, (12, 16))
    original = evaluate(predictor, sequence)
    truth = np.zeros((3, 3), int)
    for path, ids in zip(pairs.images, pairs.ids, strict=True):
        small = cv2.resize(255 - cv2.imread(path)[..., ::-1], (16, 12))
        scores = model.predict_on_batch((small * np.float32(1 / 200))[np.newaxis])[0]
        predicted = cv2.resize(scores, (32, 24)).argmax(-1)
        known = ids < 3
        np.add.at(truth, (ids[known], predicted[known]), 1)
    np.testing.assert_array_equal(original.confusion, truth)


def test_arrays_and_a_foreground() -> None:
    rng = np.random.default_rng(0)
    pixels = [rng.integers(0, 256, (9, 7, 3), np.uint8), rng.integers(0, 256, (5, 8, 3), np.uint8)]
    masks = [(image[..., 0] > 100).astype(np.uint8) for image in pixels]
    exact = Returns(lambda images: (images[..., :1] > 100.5 / 255).astype(np.float32))
    found = evaluate(exact, pixels, masks, num_classes=2)
    assert found.iou.tolist() == [1, 1]
    assert found.mean_boundary_f1 == 1
    assert [image.name for image in found.images] == ["0", "1"]
    logits = Returns(lambda images: images[..., :1] - 100.5 / 255)
    assert evaluate(logits, pixels, masks, num_classes=2, from_logits=True).mean_iou == 1
    with pytest.raises(ValueError, match=r"single channel has values from -0\.39"):
        evaluate(logits, pixels, masks, num_classes=2)
    assert evaluate(TiledPredictor(logits, 4, from_logits=True), pixels, masks, num_classes=2).pixel_accuracy > 0.9


def test_keras_models(pairs: Pairs) -> None:
    """At a fixed size and at any, with dict outputs, at a cost of one compilation."""
    traces = []

    class Traced(keras.layers.Layer):
        def call(self, inputs: Any) -> Any:
            traces.append(tuple(inputs.shape))
            return inputs

    def build(size: tuple[int | None, int | None]) -> keras.Model:
        inputs = keras.Input((*size, 3))
        keras.utils.set_random_seed(0)
        scores = keras.layers.Conv2D(3, 1, activation="softmax")(Traced()(inputs))
        return keras.Model(inputs, {"classes": scores, "inputs": inputs})

    free, fixed = build((None, None)), build((10, 12))

    class ClassesOnly:
        def predict_on_batch(self, images: np.ndarray) -> Any:
            return free.predict_on_batch(images)["classes"]

    truth = expected(ClassesOnly(), pairs.pixels, pairs.ids)
    found = evaluate(free, pairs.images, pairs.masks, palette=PALETTE, output="classes")
    np.testing.assert_array_equal(found.confusion, truth)
    traces.clear()
    predictor = TiledPredictor(fixed, (10, 12), augmentations="d4", batch_size=5, output="classes")
    found = evaluate(predictor, pairs.images, pairs.masks, palette=PALETTE)
    np.testing.assert_array_equal(found.confusion, truth)
    assert len(traces) == 1
    foreground = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(1, 1, activation="sigmoid")])
    with pytest.raises(ValueError, match="last layer ends with a sigmoid: its output holds probabilities"):
        evaluate(foreground, pairs.pixels, pairs.ids, num_classes=2, from_logits=True)
    with pytest.raises(ValueError, match="last layer ends with a sigmoid"):
        TiledPredictor(foreground, 8, from_logits=True)
    with pytest.raises(ValueError, match=r"input is 10x12 and the images are 24x32 pixels; expected seqaug.TiledPred"):
        evaluate(fixed, pairs.images, pairs.masks, palette=PALETTE)
    grey = pairs.pixels[..., :1]
    with pytest.raises(ValueError, match="input has 3 channels and the images have 1"):
        evaluate(TiledPredictor(free, 8), grey, pairs.ids, num_classes=3, ignore_index=255)


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (object(), {}, "model is a object; expected a Keras model"),
    (PixelModel(), {"masks": None}, "masks is missing"),
    (PixelModel(), {"num_classes": None}, "the number of classes is unknown"),
    (PixelModel(classes=5), {}, "output has 5 channels, and num_classes=3"),
    (PixelModel(), {"boundary_tolerance": 2}, "boundary_tolerance=2"),
    (Returns(lambda x: x[:, ::2, ::2]), {}, r"shape \(1, 12, 16, 3\) for 1 image"),
    (Returns(lambda x: x + np.nan), {}, "holds NaN"),
    (TiledPredictor(PixelModel(), 8), {"from_logits": True}, "are arguments of the TiledPredictor"),
    (TiledPredictor(LogitModel(classes=3), 8), {}, "set from_logits=True"),
    (TiledPredictor(PixelModel(classes=2), 8), {}, "output has 2 channels, and num_classes=3"),
]


@pytest.mark.parametrize(("model", "arguments", "message"), WRONG)
def test_wrong_use(pairs: Pairs, model: Any, arguments: dict[str, Any], message: str) -> None:
    given = {"masks": pairs.ids, "num_classes": 3, "ignore_index": 255, **arguments}
    with pytest.raises((TypeError, ValueError), match=message):
        evaluate(model, pairs.pixels, **given)


def test_wrong_data(pairs: Pairs, model: PixelModel) -> None:
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE)
    with pytest.raises(TypeError, match=r"evaluate\(\) was given a Mixture; expected .* one of its parts"):
        evaluate(model, Mixture({sequence: 1}))
    with pytest.raises(ValueError, match="palette beside a sequence"):
        evaluate(model, sequence, palette=PALETTE)
    with pytest.raises(ValueError, match="the sequence has no masks"):
        evaluate(model, SegmentationSequence(pairs.images, num_classes=3))
    with pytest.raises(ValueError, match=r"sample 0 \(images\[0\], masks\[0\]\): 'mask' is 12x32 and the image 24x32"):
        evaluate(TiledPredictor(model, 8), pairs.pixels, pairs.ids[:, :12], num_classes=3, ignore_index=255)
    masks = {"wall": pairs.ids == 1, "lamp": pairs.ids == 2}
    overlapping = SegmentationSequence(pairs.pixels, masks, mask_encoding="multi_label")
    for measured in (PixelModel(classes=2), TiledPredictor(PixelModel(classes=2), 8)):
        with pytest.raises(ValueError, match=r"evaluate\(\) measures one class per pixel"):
            evaluate(measured, overlapping)
    tiled = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, tiles=Tiles(20))
    with pytest.warns(SeqaugWarning, match=r"a TiledPredictor and a sequence with tiles=: .* without tiles="):
        found = evaluate(TiledPredictor(model, 8), tiled)
    assert found.confusion.sum() + found.ignored_pixels > pairs.ids.size
    augmented = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, transform=A.HorizontalFlip())
    with pytest.warns(SeqaugWarning, match="a sequence whose transform is random"):
        evaluate(model, augmented)


def test_a_predictor_reads_past_the_cache_of_prepared_samples(pairs: Pairs, model: PixelModel) -> None:
    sequence = SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, prepare=A.CenterCrop(8, 8), cache="memory"
    )
    sequence.warm_cache()
    found = evaluate(TiledPredictor(model, 8), sequence)
    np.testing.assert_array_equal(found.confusion, expected(model, pairs.pixels, pairs.ids))
    with sequence:
        small = evaluate(model, sequence)
    assert small.confusion.sum() + small.ignored_pixels == 6 * 64


def test_stored_ids_are_mapped(pairs: Pairs, model: PixelModel) -> None:
    stored = np.where(pairs.ids == 255, 0, pairs.ids + np.uint8(7))
    found = evaluate(model, pairs.pixels, stored, class_map={0: None, 7: 0, 8: 1, 9: 2})
    np.testing.assert_array_equal(found.confusion, expected(model, pairs.pixels, pairs.ids))


@pytest.mark.parametrize("encoding", ["sparse", "one_hot"])
@pytest.mark.filterwarnings("ignore:.*one_hot")
def test_channels_first(pairs: Pairs, model: PixelModel, encoding: str) -> None:
    sequence = SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, data_format="channels_first", mask_encoding=encoding
    )
    first = Returns(lambda images: np.moveaxis(model.predict_on_batch(np.moveaxis(images, 1, -1)), -1, 1))
    found = evaluate(first, sequence)
    np.testing.assert_array_equal(found.confusion, expected(model, pairs.pixels, pairs.ids))
    tiled = evaluate(TiledPredictor(model, 8), sequence)
    np.testing.assert_array_equal(tiled.confusion, found.confusion)
