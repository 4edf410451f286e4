"""Images without masks or labels: batches of x alone, in order, for `predict`."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pandas as pd
import pytest
from recording import recorder
from small_pairs import COLORS, Pairs

from seqaug import ClassificationSequence, Palette, SampleError, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))


def images_of(pairs: Pairs, **arguments: Any) -> SegmentationSequence:
    return SegmentationSequence(pairs.images, **{"batch_size": 4, "workers": 0, **arguments})


def mean_model() -> keras.Model:
    """Returns the mean of each image, which identifies it."""
    return keras.Sequential([keras.layers.GlobalAveragePooling2D()])


def means(pixels: np.ndarray) -> np.ndarray:
    return pixels.mean(axis=(1, 2)) / 255


# What comes out


def test_batches_are_images_alone_in_their_order_in_every_epoch(pairs: Pairs) -> None:
    sequence = images_of(pairs)
    for _ in range(2):
        batches = list(sequence)
        assert [batch.shape for batch in batches] == [(4, 24, 32, 3), (2, 24, 32, 3)]
        assert np.array_equal(np.concatenate(batches), pairs.pixels * np.float32(1 / 255))
        sequence.on_epoch_end()
    assert [sample.image for sample in sequence.samples] == pairs.images


def test_the_constructors_take_images_alone(pairs: Pairs, tmp_path: Path) -> None:
    folder = Path(pairs.images[0]).parent
    frame = pd.DataFrame({"image": pairs.images})
    frame.to_csv(tmp_path / "images.csv")
    made = [
        SegmentationSequence.from_directory(folder),
        SegmentationSequence.from_directory(folder / "*.png", image_suffix=""),
        SegmentationSequence.from_dataframe(frame, mask_col=None),
        SegmentationSequence.from_csv(tmp_path / "images.csv", mask_col=None),
        SegmentationSequence.from_arrays(pairs.pixels),
        SegmentationSequence(list(pairs.pixels)),
        ClassificationSequence(pairs.images, label_mode=None),
    ]
    for sequence in made:
        assert np.array_equal(sequence[0], pairs.pixels * np.float32(1 / 255))
    part = SegmentationSequence.from_directory(folder, validation_split=0.5, subset="validation")
    assert len(part.samples) == 3
    assert [sample.image for sample in part.samples] == sorted(sample.image for sample in part.samples)


def test_files_of_a_directory_are_all_there_in_natural_order(tmp_path: Path) -> None:
    for name in ("b2.png", "b10.png", "a/c.png", "b2.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.zeros((4, 4, 3), np.uint8))
    samples = SegmentationSequence.from_directory(tmp_path).samples
    assert [Path(sample.image).relative_to(tmp_path).as_posix() for sample in samples] == [
        "a/c.png",
        "b2.jpg",
        "b2.png",
        "b10.png",
    ]


@pytest.mark.parametrize("kind", ["inline", "threads", "processes", "executor"])
def test_predict_gives_all_results_in_order(pairs: Pairs, kind: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        settings: dict[str, Any] = {
            "inline": {"workers": 0},
            "threads": {"workers": 3},
            "processes": {"workers": 2, "use_multiprocessing": True},
            "executor": {"executor": pool},
        }[kind]
        with images_of(pairs, **settings) as sequence, images_of(pairs, cache="memory", workers=2) as cached:
            for made in (sequence, sequence, cached, cached):
                predicted = mean_model().predict(made, verbose=0)
                assert np.allclose(predicted, means(pairs.pixels), atol=1e-6)


def test_predict_on_pairs_in_order_is_not_warned_of(pairs: Pairs) -> None:
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, shuffle=False, batch_size=4)
    assert np.allclose(mean_model().predict(sequence, verbose=0), means(pairs.pixels), atol=1e-6)


def test_a_dataset_a_cache_pictures_and_a_preview(pairs: Pairs, tmp_path: Path) -> None:
    sequence = images_of(pairs, transform=A.Compose([A.RandomCrop(16, 16)]), cache=tmp_path / "cache")
    sequence.warm_cache()
    dataset = sequence.to_tf_dataset()
    assert dataset.element_spec.shape == (None, 16, 16, 3)
    given = np.concatenate(list(dataset.as_numpy_iterator()))
    assert np.array_equal(given, np.concatenate(images_at(sequence, 0)))
    written = sequence.save_augmented(tmp_path / "pictures", 2, epoch=0)
    assert [path.name.split("-")[-1] for path in written] == ["sample00000_image.png", "sample00001_image.png"]
    pytest.importorskip("matplotlib")
    preview = sequence.preview(2)
    assert preview.png.startswith(b"\x89PNG")
    assert images_of(pairs, transform=A.Rotate(p=1)).preview(1).advice == []


def images_at(sequence: SegmentationSequence, epoch: int) -> list[np.ndarray]:
    sequence.set_epoch(epoch)
    return list(sequence)


def test_classes_may_be_named_all_the_same(pairs: Pairs) -> None:
    sequence = images_of(pairs, palette=PALETTE)
    assert (sequence.num_classes, sequence.class_names, sequence.palette) == (3, ["ground", "wall", "lamp"], PALETTE)


class WithDepth(SegmentationSequence):
    """Two inputs, and masks where there are any."""

    def load(self, index: int) -> dict[str, np.ndarray]:
        loaded = dict(super().load(index))
        return {**loaded, "depth": loaded["image"][..., 0]}

    def assemble(self, batch: dict[str, np.ndarray]) -> Any:
        inputs = {"rgb": batch["image"], "depth": batch["depth"]}
        return (inputs, batch["mask"]) if self.asks_for_masks or "mask" in batch else inputs

    asks_for_masks = False


def test_a_subclass_with_several_inputs(pairs: Pairs) -> None:
    sequence = WithDepth(pairs.images, additional_targets={"depth": "image"})
    assert sequence[0]["depth"].shape == (6, 24, 32, 1)
    sequence.asks_for_masks = True
    with pytest.raises(ValueError, match=r"assemble\(\) reads batch\['mask'\], and the sequence has no masks"):
        sequence[0]


def test_a_subclass_that_loads_a_mask_where_none_was_given(pairs: Pairs) -> None:
    class Masks(SegmentationSequence):
        def load(self, index: int) -> dict[str, np.ndarray]:
            return {**super().load(index), "mask": np.zeros((24, 32), np.uint8)}

    with pytest.raises(SampleError, match=r"load\(\) returned 'image', 'mask'; expected 'image'"):
        Masks(pairs.images)[0]


# What has no place without masks


@pytest.mark.parametrize(
    "arguments",
    [
        {"oversample": "class_uniform"},
        {"oversample": [1, 1, 1, 1, 1, 1]},
        {"class_weights": "inverse"},
        {"class_weights": "uniform"},
        {"mask_encoding": "one_hot"},
        {"statistics_dir": "counts"},
        {"mirrored_classes": [("ground", "wall")]},
    ],
)
def test_arguments_about_masks_are_refused(pairs: Pairs, arguments: dict[str, Any]) -> None:
    (name,) = arguments
    with pytest.raises(
        ValueError, match=rf"^{name}=.* without masks.*expected masks as well, or, to predict on images"
    ):
        images_of(pairs, palette=PALETTE, **arguments)


def test_several_are_one_error(pairs: Pairs) -> None:
    with pytest.raises(ValueError, match=r"^oversample='class_uniform', class_weights='inverse' without masks"):
        images_of(pairs, palette=PALETTE, oversample="class_uniform", class_weights="inverse")


def test_calls_about_masks_are_refused(pairs: Pairs) -> None:
    sequence = images_of(pairs, palette=PALETTE)
    with pytest.raises(ValueError, match=r"^class_statistics\(\) needs masks, and the sequence has none"):
        sequence.class_statistics()
    with pytest.raises(ValueError, match=r"needs masks"):
        sequence.compute_class_weights("inverse")
    with pytest.raises(ValueError, match=r"MaskDropout needs a mask, and the samples have none"):
        images_of(pairs, transform=A.MaskDropout())
    folder = Path(pairs.images[0]).parent
    with pytest.raises(ValueError, match=r"stratify=True without masks"):
        SegmentationSequence.from_directory(folder, validation_split=0.5, subset="training", stratify=True)
    with pytest.raises(ValueError, match=r"mask_suffix='_L' without masks"):
        SegmentationSequence.from_directory(folder, mask_suffix="_L")
    with pytest.raises(ValueError, match=r"no column 'mask'.*mask_col=None: images without masks"):
        SegmentationSequence.from_dataframe(pd.DataFrame({"image": pairs.images}))


# Keras' methods


@pytest.mark.parametrize("workers", [0, 2])
def test_training_without_masks_names_what_is_missing(pairs: Pairs, workers: int) -> None:
    model = keras.Sequential([keras.layers.Conv2D(3, 1)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    train = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE)
    message = r"^fit\(\) compares the model's output with masks, and was given a sequence without.*expected masks"
    with pytest.raises(ValueError, match=message):
        model.fit(images_of(pairs, workers=workers), verbose=0)
    with pytest.raises(ValueError, match=message):
        model.fit(train, validation_data=images_of(pairs, workers=workers), verbose=0)
    with pytest.raises(ValueError, match=r"^evaluate\(\) compares"):
        model.evaluate(images_of(pairs, workers=workers), verbose=0)
    with pytest.raises(ValueError, match=r"^fit\(\) compares the model's output with labels"):
        model.fit(ClassificationSequence(pairs.images, label_mode=None), verbose=0)
    train.close()


class Generative(keras.Model):
    """Learns from images alone, in a step of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = keras.layers.Conv2D(3, 1)
        self.trained = 0

    def call(self, inputs: Any) -> Any:
        return self.convolution(inputs)

    def train_step(self, *state_and_batch: Any) -> Any:
        self.trained += 1
        return {"loss": 0.0}


def test_a_model_that_learns_from_images_alone_may(pairs: Pairs) -> None:
    model = Generative()
    model.compile("sgd", "mse", run_eagerly=True)
    with pytest.warns(UserWarning, match=r"^fit\(\) trains on a sequence that is not shuffled, the default") as caught:
        model.fit(images_of(pairs), epochs=2, verbose=0)
    assert model.trained == 4
    assert len(caught) == 1
    for shuffle in (True, False):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(images_of(pairs, shuffle=shuffle), epochs=2, verbose=0)


def test_an_assemble_that_makes_targets_may_be_trained_on(pairs: Pairs) -> None:
    class Same(SegmentationSequence):
        def assemble(self, batch: dict[str, np.ndarray]) -> Any:
            return batch["image"], batch["image"]

    model = keras.Sequential([keras.layers.Conv2D(3, 1)])
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(Same(pairs.images, shuffle=True), verbose=0).history["loss"]).all()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"shuffle": True}, r"the samples in another order than seq\.samples, and in a new one at each call"),
        ({"samples_per_epoch": 5, "shuffle": False}, r"5 of 6 samples"),
        ({"samples_per_epoch": 9, "shuffle": False}, r"some samples more than once"),
        ({"drop_remainder": True, "shuffle": False}, r"4 of 6 samples"),
        ({"shard": (1, 2), "shuffle": False}, r"this host's shard of the samples alone \(shard=\(1, 2\)\)"),
    ],
)
def test_predict_is_warned_of_results_that_are_not_those_of_the_samples(
    pairs: Pairs, arguments: dict[str, Any], what: str
) -> None:
    sequence = images_of(pairs, **arguments)
    with pytest.warns(UserWarning, match=rf"^predict\(\) was given a sequence whose epoch has {what}: ") as caught:
        predicted = [mean_model().predict(sequence, verbose=0) for _ in range(2)]
    assert len(predicted) == 2
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_pairs_are_shuffled_by_default_and_predict_is_warned(pairs: Pairs) -> None:
    for sequence in (
        SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE),
        ClassificationSequence(pairs.images, [0, 1, 2, 0, 1, 2]),
    ):
        with pytest.warns(UserWarning, match=r"^predict\(\) was given a sequence"):
            mean_model().predict(sequence, verbose=0)


def test_a_sequence_that_wraps_it_is_not_warned_of(pairs: Pairs) -> None:
    class Zipped(keras.utils.Sequence):
        def __init__(self, images: SegmentationSequence) -> None:
            super().__init__()
            self.images = images

        def __len__(self) -> int:
            return self.images.num_batches

        def __getitem__(self, index: int) -> Any:
            return self.images[index], pairs.ids[4 * index : 4 * index + 4]

    model = recorder()
    model.fit(Zipped(images_of(pairs)), verbose=0, shuffle=False)
    assert len(model.trained) == 2
