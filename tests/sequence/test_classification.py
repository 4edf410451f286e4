"""Images with labels: batches from every engine, and errors."""

import inspect
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_pairs import Pairs

from seqaug import (
    ClassificationSequence,
    ClassUniform,
    RareClass,
    RepeatFactor,
    SampleError,
    SegmentationSequence,
    TransformError,
)

IDS = [0, 2, 1, 1, 2, 1]
NAMES = ["ant", "bee", "cow"]


def plain(pairs: Pairs, labels: Any = IDS, **arguments: Any) -> ClassificationSequence:
    settings = {"shuffle": False, "batch_size": 4, "workers": 0, **arguments}
    return ClassificationSequence(pairs.images, labels, **settings)


# What comes out


def test_a_batch_is_images_and_class_ids(pairs: Pairs) -> None:
    sequence = plain(pairs)
    assert len(sequence) == 2
    x, y = sequence[0]
    assert (x.shape, x.dtype) == ((4, 24, 32, 3), np.float32)
    assert np.array_equal(x, pairs.pixels[:4] * np.float32(1 / 255))
    assert (y.dtype, y.tolist()) == (np.int32, IDS[:4])
    assert [len(y) for _, y in sequence] == [4, 2]


def test_modes(pairs: Pairs) -> None:
    categorical = plain(pairs, label_mode="categorical")[0][1]
    assert (categorical.dtype, categorical.tolist()) == (np.float32, np.eye(3)[IDS[:4]].tolist())
    binary = plain(pairs, [0, 1, 1, 0, 0, 0], label_mode="binary")[0][1]
    assert (binary.dtype, binary.tolist()) == (np.float32, [[0], [1], [1], [0]])
    several = plain(pairs, [["b", "a"], [], "a", ["c"], [], []], label_mode="multi_label")[0][1]
    assert (several.dtype, several.tolist()) == (np.float32, [[1, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1]])
    for labels in (IDS, None):
        alone = plain(pairs, labels, label_mode=None)[0]
        assert np.array_equal(alone, pairs.pixels[:4] * np.float32(1 / 255))


def test_binary_labels_fit_a_dense_layer_and_its_loss(pairs: Pairs) -> None:
    x, y = plain(pairs, [0, 1, 1, 0, 0, 0], label_mode="binary")[0]
    scores = keras.layers.Dense(1, activation="sigmoid")(x.reshape(4, -1))
    assert scores.shape == y.shape
    assert keras.losses.BinaryCrossentropy()(y, scores).shape == ()


def test_its_attributes(pairs: Pairs) -> None:
    sequence = plain(pairs, [NAMES[number] for number in IDS])
    assert len(sequence.samples) == 6
    assert sequence.samples[3].image == pairs.images[3]
    assert (sequence.num_classes, sequence.class_names) == (3, NAMES)
    assert sequence.class_indices == {"ant": 0, "bee": 1, "cow": 2}
    assert sequence.labels.tolist() == IDS
    statistics = sequence.class_statistics()
    assert (statistics.images.tolist(), statistics.names) == ([1, 3, 2], NAMES)
    assert np.allclose(sequence.compute_class_weights("inverse"), [2, 2 / 3, 1])
    weights = plain(pairs, class_weights="uniform")[0][2]
    assert (weights.dtype, weights.tolist()) == (np.float32, [1] * 4)
    with pytest.raises(ValueError, match=r"class_indices needs names"):
        plain(pairs).class_indices  # noqa: B018


def test_image_size_colour_and_rescale_are_those_of_pairs(pairs: Pairs) -> None:
    x, _ = plain(pairs, image_size=(12, 40), color_mode="grayscale", rescale=None)[0]
    assert (x.shape, x.dtype) == ((4, 12, 40, 1), np.uint8)
    normalised, _ = plain(pairs, transform=A.Normalize())[0]
    assert normalised.min() < -1


def test_arrays(pairs: Pairs) -> None:
    for images in (pairs.pixels, list(pairs.pixels)):
        x, y = ClassificationSequence(images, np.array(IDS)[:, np.newaxis], shuffle=False)[0]
        assert np.array_equal(x, pairs.pixels * np.float32(1 / 255))
        assert y.tolist() == IDS


def test_weights_of_classes(pairs: Pairs) -> None:
    _, y, weights = plain(pairs, class_weights="inverse")[0]
    assert (weights.dtype, weights.shape) == (np.float32, (4,))
    assert np.allclose(weights, np.array([2, 2 / 3, 1])[y])
    assert plain(pairs, class_weights=[1, 2, 3])[0][2].tolist() == [1, 3, 2, 2]


# The laws


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.permutations([(epoch, number) for epoch in range(2) for number in range(2)]))
def test_the_same_bytes_in_any_order_and_with_any_number_of_threads(pairs: Pairs, seed: int, order: Any) -> None:
    arguments: Any = {
        "transform": A.Compose([A.RandomCrop(16, 16), A.D4(), A.Rotate(30), A.RandomBrightnessContrast()]),
        "shuffle": True,
        "seed": seed,
        "class_weights": "inverse",
    }
    expected = {}
    inline = plain(pairs, **arguments)
    for epoch in range(2):
        inline.set_epoch(epoch)
        expected |= {(epoch, number): as_bytes(batch) for number, batch in enumerate(inline)}
    for workers in (0, 3):
        with plain(pairs, workers=workers, **arguments) as sequence:
            for epoch, number in order:
                sequence.set_epoch(epoch)
                assert as_bytes(sequence[number]) == expected[epoch, number]


def as_bytes(batch: Any) -> tuple[bytes, ...]:
    return tuple(part.tobytes() for part in batch)


@pytest.mark.parametrize("cache", [None, "memory", "folder"])
def test_processes_and_caches_change_nothing(pairs: Pairs, tmp_path: Path, cache: str | None) -> None:
    arguments: Any = {"transform": A.RandomCrop(16, 16), "shuffle": True, "label_mode": "categorical", "seed": 2}
    place = tmp_path / "cache" if cache == "folder" else cache
    expected = [[as_bytes(batch) for batch in plain(pairs, **arguments)] for _ in range(2)]
    for processes in (False, True):
        with plain(pairs, workers=2, use_multiprocessing=processes, cache=place, **arguments) as sequence:
            if cache:
                sequence.warm_cache()
            for shown in expected:
                assert [as_bytes(batch) for batch in sequence] == shown


def test_labels_follow_their_images_through_the_shuffle(pairs: Pairs) -> None:
    sequence = plain(pairs, shuffle=True, rescale=None)
    for epoch in range(4):
        sequence.set_epoch(epoch)
        for x, y in sequence:
            for image, label in zip(x, y, strict=True):
                index = next(i for i, pixels in enumerate(pairs.pixels) if np.array_equal(pixels, image))
                assert label == IDS[index]


# Oversampling


@pytest.mark.filterwarnings("ignore:oversample=.* alone takes")
@pytest.mark.parametrize("oversample", ["class_uniform", ClassUniform()])
def test_a_class_evenly_then_an_image_of_it(oversample: Any) -> None:
    labels = [0] * 90 + [1] * 9 + [3]
    images = np.arange(100, dtype=np.uint8).reshape(100, 1, 1)
    sequence = ClassificationSequence(
        images, labels, num_classes=5, oversample=oversample, batch_size=10, samples_per_epoch=90, rescale=None
    )
    shown = np.concatenate([y for _, y in sequence])
    assert np.bincount(shown, minlength=5).tolist() == [30, 30, 0, 30, 0]
    drawn = np.concatenate([x for x, _ in sequence]).ravel()
    assert [labels[number] for number in drawn] == shown.tolist()


@pytest.mark.filterwarnings("ignore:oversample=.* alone takes")
def test_other_strategies() -> None:
    labels = [0] * 90 + [1] * 9 + [2]
    images = np.zeros((100, 1, 1), np.uint8)

    def shares(oversample: Any) -> list[int]:
        sequence = ClassificationSequence(images, labels, oversample=oversample, batch_size=100, samples_per_epoch=1000)
        return np.bincount(np.concatenate([y for _, y in sequence]), minlength=3).tolist()

    assert shares("rare_class") == shares(RareClass()) == [0, 0, 1000] or shares("rare_class")[2] > 900
    repeated = shares(RepeatFactor(t=0.9))
    # sqrt(t / f): 1, sqrt(10) and sqrt(90), times the samples.
    factors = np.array([90, 9 * np.sqrt(10), np.sqrt(90)])
    assert np.allclose(repeated, 1000 * factors / factors.sum(), atol=15)
    assert shares([0] * 90 + [1] * 9 + [0]) == [0, 1000, 0]


def test_oversampling_errors(pairs: Pairs) -> None:
    with pytest.raises(ValueError, match=r"oversample='class_uniform' needs labels, and the sequence has none"):
        plain(pairs, None, label_mode=None, oversample="class_uniform")
    with pytest.raises(ValueError, match=r"needs labels, and none of the 6 samples has a class"):
        plain(pairs, [[]] * 6, label_mode="multi_label", oversample="class_uniform")


# Samples that cannot be used


@pytest.mark.parametrize(("workers", "processes"), [(0, False), (2, False), (1, True)])
def test_a_substitute_has_its_own_label(pairs: Pairs, workers: int, processes: bool) -> None:
    Path(pairs.images[1]).write_bytes(b"no picture")
    with (
        plain(pairs, workers=workers, use_multiprocessing=processes) as sequence,
        pytest.raises(SampleError, match=r"^sample 1 \(image .*001\.png\): .*001\.png: not an image"),
    ):
        sequence[0]
    with plain(pairs, workers=workers, use_multiprocessing=processes, on_error="skip", rescale=None) as sequence:
        with pytest.warns(UserWarning, match=r"^skipped sample 1 "):
            x, y = sequence[0]
        assert y.tolist() == [IDS[0], IDS[2], IDS[2], IDS[3]]
        assert np.array_equal(x, pairs.pixels[[0, 2, 2, 3]])
        assert list(sequence.skipped) == [1]


def test_transforms_that_need_a_mask(pairs: Pairs) -> None:
    with pytest.raises(ValueError, match=r"MaskDropout needs a mask, and the samples have none"):
        plain(pairs, transform=A.Compose([A.HorizontalFlip(), A.MaskDropout()]))
    with pytest.raises(TransformError, match=r"^sample 0 \(image .*000\.png\): RandomCrop failed: "):
        plain(pairs, transform=A.RandomCrop(99, 99))[0]


def test_filled_pixels_need_no_label(pairs: Pairs) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plain(pairs, transform=A.Rotate((30, 30), p=1))[0][0].shape == (4, 24, 32, 3)


# Subclasses


@pytest.mark.parametrize(("workers", "processes"), [(0, False), (2, False), (1, True)])
def test_a_subclass_that_loads_its_own_data(workers: int, processes: bool) -> None:
    class Stripes(ClassificationSequence):
        def load(self, index: int) -> Mapping[str, np.ndarray]:
            return {"image": np.full((8, 8), index, np.uint8)}

        def assemble(self, batch: dict[str, np.ndarray]) -> Any:
            return {"picture": batch["image"], "number": batch["index"]}, {"kind": batch["label"]}

    arguments: Any = {"labels": [0, 1, 2, 0], "num_samples": 4, "shuffle": False, "rescale": None}
    with Stripes(**arguments, workers=workers, use_multiprocessing=processes) as sequence:
        x, y = sequence[0]
    assert x["picture"][:, 0, 0, 0].tolist() == x["number"].tolist() == [0, 1, 2, 3]
    assert y["kind"].tolist() == [0, 1, 2, 0]


def test_a_subclass_that_loads_a_mask_too() -> None:
    class Wrong(ClassificationSequence):
        def load(self, index: int) -> Mapping[str, np.ndarray]:
            return {"image": np.zeros((8, 8), np.uint8), "mask": np.zeros((8, 8), np.uint8)}

    with pytest.raises(SampleError, match=r"load\(\) returned 'image', 'mask'; expected 'image'$"):
        Wrong(labels=[0], num_samples=1)[0]


# Pictures


def test_saved_pictures_are_named_after_their_classes(pairs: Pairs, tmp_path: Path) -> None:
    sequence = plain(pairs, [["a/b", "c d"], [], "é", [], [], []], label_mode="multi_label")
    written = sequence.save_augmented(tmp_path, 3)
    assert [path.name for path in written] == [
        "epoch000-position00000-sample00000-a_b-c_d.png",
        "epoch000-position00001-sample00001.png",
        "epoch000-position00002-sample00002-é.png",
    ]
    assert np.array_equal(cv2.imread(str(written[2]))[..., ::-1], pairs.pixels[2])
    assert plain(pairs).save_augmented(tmp_path, 1, epoch=1)[0].name == "epoch001-position00000-sample00000-0.png"
    assert plain(pairs, None, label_mode=None).save_augmented(tmp_path, 1, epoch=2)[0].name.endswith("00000.png")


# Training


def test_it_trains(tmp_path: Path) -> None:
    """Three classes that differ in colour are distinguished after a few epochs of a tiny model."""
    rng = np.random.default_rng(0)
    for number, name in enumerate(NAMES):
        (tmp_path / name).mkdir()
        for place in range(12):
            pixels = rng.integers(0, 120, (16, 16, 3), dtype=np.uint8)
            pixels[..., number] += 120
            cv2.imwrite(str(tmp_path / name / f"{place}.png"), pixels[..., ::-1])
    arguments: Any = {
        "validation_split": 0.25,
        "stratify": True,
        "seed": 1,
        "batch_size": 9,
        "class_weights": "inverse",
    }
    transform = A.Compose([A.HorizontalFlip(), A.Rotate(20)])
    train = ClassificationSequence.from_directory(tmp_path, subset="training", transform=transform, **arguments)
    val = ClassificationSequence.from_directory(tmp_path, subset="validation", shuffle=False, **arguments)
    assert train.class_statistics().images.tolist() == [9, 9, 9]
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.1), loss, weighted_metrics=["accuracy"])
    history = model.fit(train, validation_data=val, epochs=12, shuffle=False, verbose=0)
    assert history.history["val_accuracy"][-1] == 1
    assert train.epoch == 12
    everything = ClassificationSequence.from_directory(tmp_path, label_mode=None, shuffle=False)
    assert model.predict(everything, verbose=0).argmax(-1).tolist() == everything.labels.tolist()


# Bad input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"images": None}, ValueError, r"no images; expected a sequence of paths, an array, or a subclass"),
        ({"images": []}, ValueError, r"no samples: images is empty"),
        ({"images": "photos"}, TypeError, r"images='photos' is one path"),
        ({"num_samples": 1}, ValueError, r"num_samples=1 beside images"),
        ({"labels": None}, ValueError, r"label_mode='int' without labels; expected labels, or label_mode=None"),
        ({"labels": [0]}, ValueError, r"2 images and 1 labels; expected one label for each image"),
        ({"labels": [0, [1, 2]]}, ValueError, r"labels\[1\] has 2 classes.*multi_label"),
        ({"label_mode": "input"}, ValueError, r"label_mode='input'; expected one of 'int', 'categorical', 'binary'"),
        ({"label_mode": "binary", "labels": [0, 2]}, ValueError, r"labels\[1\] is 2; expected class ids from 0 to 1"),
        ({"label_mode": "binary", "labels": ["a", "a"]}, ValueError, r'"binary" with 1 classes; expected 2'),
        ({"label_mode": None, "class_weights": "inverse"}, ValueError, r"class_weights with label_mode=None"),
        ({"label_mode": "multi_label", "class_weights": "inverse"}, ValueError, r'with label_mode="multi_label"'),
        ({"class_weights": "rare"}, ValueError, r"class_weights='rare'; expected one of"),
        ({"color_mode": "bgr"}, ValueError, r"color_mode='bgr'; expected one of"),
        ({"rescale": 0}, ValueError, r"rescale=0; expected a factor above 0"),
        ({"transform": "flip"}, TypeError, r"transform='flip'"),
        ({"cache_limit": 5}, ValueError, r"cache_limit=5 without cache"),
        ({"oversample": "rarest"}, ValueError, r"oversample='rarest'"),
    ],
)
def test_invalid_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ClassificationSequence(**{"images": ["a.png", "b.png"], "labels": [0, 1], **arguments})


def test_every_argument_is_documented() -> None:
    documentation = inspect.getdoc(ClassificationSequence) or ""
    of_pairs = inspect.getdoc(SegmentationSequence) or ""
    for name in inspect.signature(ClassificationSequence).parameters:
        is_shared = f"`{name}`" in documentation.partition("Args:")[0] and f"    {name}: " in of_pairs
        assert is_shared or f"    {name}: " in documentation, name
