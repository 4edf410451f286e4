"""Sequences that know their classes: statistics, weights, oversampling, crops and splits."""

import os
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pytest
from engine_settings import ENGINES
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import (
    ClassCrop,
    ClassUniform,
    ClassWeights,
    Palette,
    RareClass,
    RepeatFactor,
    SampleError,
    SegmentationSequence,
    SeqaugWarning,
)

PALETTE = Palette(COLORS, ignore=("void",))


def make(pairs: Pairs, **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {"palette": PALETTE, "batch_size": 4, "workers": 0}
    return SegmentationSequence(pairs.images, pairs.masks, **{**settings, **arguments})


def pixels_of(ids: np.ndarray) -> np.ndarray:
    """Count the pixels of three classes in each mask, (N, 3)."""
    return np.stack([(ids == label).sum((1, 2)) for label in range(3)], axis=1)


def masks_alone(decoded: list[str]) -> int:
    """Count the masks that were decoded, where no image was."""
    assert all(name.startswith("masks/") for name in decoded)
    return len(decoded)


# Statistics


@pytest.mark.parametrize("engine", ENGINES)
def test_statistics_are_those_of_the_masks(pairs: Pairs, engine: str) -> None:
    with make(pairs, **ENGINES[engine]) as sequence:
        found = sequence.class_statistics()
        expected = pixels_of(pairs.ids)
        assert np.array_equal(found.counts.to_rows(), expected)
        assert np.array_equal(found.pixels, expected.sum(0))
        assert np.array_equal(found.images, (expected > 0).sum(0))
        assert found.ignored_pixels == (pairs.ids == 255).sum()
        firsts = [line.split()[0] for line in str(found).splitlines()]
        assert firsts[:6] == ["class", "ground", "wall", "lamp", "images:", "under"]
        assert firsts[6:] == ["class_uniform:", "repeat_factor:", "rare_class:"]
        # The workers that counted are the ones that make batches.
        assert len(list(sequence)) == 2


def test_masks_alone_are_read_and_once(pairs: Pairs, tmp_path: Path, decoded: list[str]) -> None:
    sequence = make(pairs, class_weights=ClassWeights("enet", clip=51), oversample="class_uniform")
    sequence.class_statistics()
    sequence.compute_class_weights("inverse")
    assert masks_alone(decoded) == 6
    for arguments in ({"statistics_dir": tmp_path / "kept"}, {"cache": tmp_path / "cache"}):
        decoded.clear()
        with pytest.warns(SeqaugWarning, match="'lamp' takes 99.4% of the positions"):
            make(pairs, oversample="rare_class", **arguments)
        make(pairs, **arguments).class_statistics()
        assert masks_alone(decoded) == 6
        # Another palette is another count.
        make(pairs, palette=Palette(COLORS), **arguments).class_statistics()
        assert masks_alone(decoded) == 12
        status = os.stat(pairs.masks[3])
        os.utime(pairs.masks[3], ns=(status.st_atime_ns, status.st_mtime_ns + 10))
        make(pairs, **arguments).class_statistics()
        assert masks_alone(decoded) == 13


def test_arrays_and_data_of_ones_own(pairs: Pairs, tmp_path: Path) -> None:
    expected = pixels_of(pairs.ids).sum(0)
    arrays = SegmentationSequence(
        pairs.pixels, pairs.ids, num_classes=3, ignore_index=255, statistics_dir=tmp_path / "a"
    )
    assert np.array_equal(arrays.class_statistics().pixels, expected)
    assert arrays.class_statistics().names == ["class 0", "class 1", "class 2"]
    assert not (tmp_path / "a").exists(), "nothing says what arrays are"

    class Own(SegmentationSequence):
        def load(self, index: int) -> Any:
            return {"image": pairs.pixels[index], "mask": pairs.ids[index]}

    own = Own(num_samples=6, num_classes=3, ignore_index=255, class_weights="inverse", workers=2)
    assert np.array_equal(own.class_statistics().pixels, expected)


def test_a_mask_that_cannot_be_used(pairs: Pairs) -> None:
    cv2.imwrite(pairs.masks[2], np.full((24, 32, 3), 99, np.uint8))
    with pytest.raises(SampleError, match=r"sample 2 .*\(99, 99, 99\)"):
        make(pairs).class_statistics()
    with pytest.warns(UserWarning, match="skipped sample 2"):
        sequence = make(pairs, on_error="skip", oversample="class_uniform")
    expected = pixels_of(pairs.ids)
    expected[2] = 0
    assert np.array_equal(sequence.class_statistics().counts.to_rows(), expected)
    assert list(sequence.skipped) == [2]
    assert len(list(sequence)) == 2


def test_without_the_number_of_classes(pairs: Pairs) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids, ignore_index=255)
    for ask in (sequence.class_statistics, lambda: sequence.compute_class_weights("enet")):
        with pytest.raises(ValueError, match=r"needs num_classes= \(or a palette\) to know the classes"):
            ask()


# Weights


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("encoding", ["sparse", "one_hot"])
def test_batches_with_weights(pairs: Pairs, engine: str, encoding: str) -> None:
    given = [0.5, 0.0, 3.25]
    table = np.zeros(256, np.float32)
    arguments: dict[str, Any] = {"mask_encoding": encoding, "transform": A.RandomCrop(16, 16), "batch_size": 6}
    plain = next(iter(make(pairs, **{**arguments, "mask_encoding": "sparse"})))[1]
    for asked in (given, np.array(given), "median_frequency", "inverse", "enet", "effective_number"):
        with make(pairs, class_weights=asked, **arguments, **ENGINES[engine]) as sequence:
            _, _, weights = sequence[0]
            table[:3] = sequence.compute_class_weights(asked) if isinstance(asked, str) else given
            assert weights.dtype == np.float32
            assert np.array_equal(weights, table[plain])
            assert (weights[plain == 255] == 0).all()


def test_one_and_zero(pairs: Pairs) -> None:
    x, y, weights = make(pairs, class_weights="uniform", transform=A.Affine(rotate=(30, 30), p=1))[0]
    assert np.array_equal(weights, (y != 255).astype(np.float32))
    assert 0 < weights.mean() < 1
    assert x.shape[:3] == weights.shape
    ids = SegmentationSequence(pairs.pixels, pairs.ids % 4, class_weights="uniform", ignore_index=3)
    assert np.array_equal(ids[0][2], (ids[0][1] != 3).astype(np.float32))


def test_invalid_weights(pairs: Pairs) -> None:
    for wrong, message in (
        ("rarity", "class_weights='rarity'; expected one of 'uniform', 'median_frequency'"),
        ([1, 2], r"class_weights has the shape \(2,\); expected one weight per class, \(3,\)"),
        ([1, -2, 3], "expected finite numbers, 0 or more"),
        (True, "class_weights=True; expected None, or one of 'uniform', 'median_frequency'"),
        (False, "class_weights=False; expected None"),
    ):
        with pytest.raises(ValueError, match=message):
            make(pairs, class_weights=wrong)
    nothing = np.full_like(pairs.ids, 255)
    with pytest.raises(ValueError, match=r"none is in any of the 6 masks: every pixel is ignored"):
        SegmentationSequence(pairs.pixels, nothing, num_classes=3, ignore_index=255, class_weights="inverse")


def test_a_class_that_is_absent_and_a_single_class(pairs: Pairs) -> None:
    absent = SegmentationSequence(pairs.pixels, np.minimum(pairs.ids, 1), num_classes=3, class_weights="inverse")
    assert absent.compute_class_weights("inverse")[2] == 0
    assert absent[0][2].min() > 0
    for method in ("median_frequency", "inverse", "effective_number"):
        single = SegmentationSequence(pairs.pixels, pairs.ids * 0, num_classes=1, class_weights=method)
        assert (single[0][2] == 1).all()


def test_keras_weighs_pixels(pairs: Pairs) -> None:
    weights = np.array([1.0, 10.0, 0.25])
    sequence = make(pairs, class_weights=weights, batch_size=6, shuffle=False)
    model = keras.Sequential([keras.layers.Conv2D(3, 1)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
    model.compile("sgd", loss, weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")])
    result = model.evaluate(sequence, verbose=0, return_dict=True)
    logits = model.predict(pairs.pixels / np.float32(255), verbose=0)
    chances = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    labelled = pairs.ids != 255
    ids, weight = pairs.ids[labelled], weights[pairs.ids[labelled]]
    right = logits[labelled].argmax(-1) == ids
    assert result["accuracy"] == pytest.approx((right * weight).sum() / weight.sum(), rel=1e-4)
    losses = -np.log(chances[labelled][np.arange(len(ids)), ids])
    # Keras divides by the number of labelled pixels.
    assert result["loss"] == pytest.approx((losses * weight).sum() / labelled.sum(), rel=1e-4)
    model.fit(sequence, epochs=1, shuffle=False, verbose=0)


# Oversampling and crops


def scenes(num_classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Eight large scenes; the last class has 0.03 % of the pixels, and in one scene alone more than 3,000 of them."""
    masks = np.zeros((8, 1000, 1000), np.uint8)
    masks[:, 500:] = 1
    masks[:, :, 800:] = 2
    for mask, lamps in zip(masks, (300, 500, 400, 3200, 350, 450, 420, 380), strict=True):
        mask.reshape(-1)[:lamps] = num_classes - 1
    return np.zeros((8, 1000, 1000, 1), np.uint8), masks


def test_scenes_that_are_never_drawn_are_warned_of_at_construction() -> None:
    images, masks = scenes()
    arguments: dict[str, Any] = {"num_classes": 4, "workers": 0, "image_size": (8, 8), "batch_size": 8}
    with pytest.warns(SeqaugWarning) as caught:
        sequence = SegmentationSequence(images, masks, oversample="rare_class", **arguments)
    (warning,) = caught
    assert warning.filename == __file__
    assert "7 of 8 samples are never drawn, 'class 3' takes 100.0% of the positions" in str(warning.message)
    assert set(sequence._loader.indices(0).samples) == {3}
    suggested = eval(str(warning.message).split("; oversample=")[1].split(" draws")[0])
    better = SegmentationSequence(images, masks, oversample=suggested, samples_per_epoch=80, **arguments)
    assert set(better._loader.indices(0).samples) == set(range(8))
    with pytest.warns(SeqaugWarning, match="one weight per sample: sample 7 alone takes 56.2%"):
        SegmentationSequence(images, masks, oversample=[1] * 7 + [9], **arguments)


def test_statistics_show_what_each_strategy_achieves() -> None:
    images, masks = scenes()
    found = SegmentationSequence(
        images, masks, num_classes=4, oversample=ClassUniform(fraction=0.5), workers=0
    ).class_statistics()
    by_name = {strategy.name: strategy for strategy in found.strategies}
    assert list(by_name) == ["class_uniform", "repeat_factor", "rare_class", "ClassUniform(fraction=0.5)"]
    assert [strategy.reached for strategy in found.strategies] == [8, 8, 1, 8]
    assert by_name["rare_class"].drawn_for == pytest.approx([0, 0, 0, 1], abs=1e-6)
    assert by_name["ClassUniform(fraction=0.5)"].drawn_for == pytest.approx([0.125] * 4)
    assert by_name["repeat_factor"].drawn_for is None
    assert by_name["repeat_factor"].positions == pytest.approx([1] * 4)
    lines = str(found).splitlines()
    assert lines[0].split() == ["class", "pixels", "share", "images", *list(by_name)]
    assert lines[4].split()[:2] == ["class", "3"]
    assert lines[4].split()[-4:] == ["100.0%"] * 4
    assert lines[-2] == "rare_class: 1 of 8 images are drawn; most often for class 3, 100.0% of the positions"
    # Without any class there is nothing to reach.
    empty = SegmentationSequence(images, masks * 0, num_classes=1, ignore_index=0, workers=0).class_statistics()
    assert empty.strategies == []
    assert str(empty).splitlines()[-1].startswith("images: 8")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "strategy",
    ["class_uniform", "repeat_factor", "rare_class", ClassUniform(0.5), RepeatFactor(t=0.9), RareClass(0.5, 10)],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:oversample='rare_class'. 'lamp' takes")
def test_every_strategy_with_every_engine(tmp_path: Path, strategy: Any, engine: str) -> None:
    pairs = write_pairs(tmp_path / "data", 9)
    arguments: dict[str, Any] = {"oversample": strategy, "transform": ClassCrop(8, 8, p=0.7), "seed": 4}
    expected = [part.tobytes() for batch in make(pairs, **arguments) for part in batch]
    assert len(expected) == 2 * 3
    with make(pairs, **arguments, **ENGINES[engine]) as sequence:
        assert [part.tobytes() for batch in sequence for part in batch] == expected


def test_the_crop_seeks_the_class_for_which_the_sample_was_drawn(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "data", 12, 64, 64)
    sequence = make(pairs, oversample="class_uniform", transform=ClassCrop(8, 8), batch_size=12)
    for epoch in range(5):
        sequence.set_epoch(epoch)
        _, masks = sequence[0]
        drawn = sequence._loader._sampler(epoch).classes
        assert drawn is not None
        assert sorted(drawn) == [0] * 4 + [1] * 4 + [2] * 4
        assert all((mask == class_id).any() for mask, class_id in zip(masks, drawn, strict=True))


# Splits


@pytest.fixture
def skewed(tmp_path: Path) -> Pairs:
    """Forty pairs, of which four have the rare class 2."""
    pairs = write_pairs(tmp_path / "data", 40)
    for number in range(40):
        ids = np.full((24, 32), number % 2, np.uint8)
        if number in (0, 1, 2, 3):
            ids[:4] = 2
        pairs.ids[number] = ids
        colors = np.array([COLORS["ground"], COLORS["wall"], COLORS["lamp"]], np.uint8)
        cv2.imwrite(pairs.masks[number], colors[ids][..., ::-1])
    return pairs


def test_a_stratified_split_has_similar_class_shares_in_both_subsets(skewed: Pairs, decoded: list[str]) -> None:
    folders = (Path(skewed.images[0]).parent, Path(skewed.masks[0]).parent)
    for seed in range(5):
        parts = [
            SegmentationSequence.from_directory(
                *folders, palette=PALETTE, validation_split=0.25, subset=subset, stratify=True, seed=seed, workers=0
            )
            for subset in ("training", "validation")
        ]
        assert [len(part.samples) for part in parts] == [30, 10]
        names = [{pair.image for pair in part.samples} for part in parts]
        assert names[0] | names[1] == set(skewed.images)
        decoded.clear()
        assert [part.class_statistics().images.tolist() for part in parts] == [[15, 15, 3], [5, 5, 1]]
        assert not decoded, "the masks were read for the split, and are known"


@pytest.mark.filterwarnings("ignore:oversample='class_uniform'. sample 0 alone takes 40.0%")  # of the smaller part's 10
def test_a_split_reads_no_more_than_it_needs(skewed: Pairs, tmp_path: Path, decoded: list[str]) -> None:
    folders = (Path(skewed.images[0]).parent, Path(skewed.masks[0]).parent)
    arguments: dict[str, Any] = {"palette": PALETTE, "validation_split": 0.25, "stratify": True, "workers": 0}
    arguments |= {"oversample": "class_uniform", "transform": ClassCrop(8, 8), "cache": tmp_path / "cache"}
    parts = [
        SegmentationSequence.from_directory(*folders, subset=subset, **arguments)
        for subset in ("training", "validation")
    ]
    assert masks_alone(decoded) == 40
    assert sum(len(part.samples) for part in parts) == 40


def test_stratify_without_a_split(pairs: Pairs) -> None:
    folders = (Path(pairs.images[0]).parent, Path(pairs.masks[0]).parent)
    with pytest.raises(ValueError, match="stratify=True without validation_split"):
        SegmentationSequence.from_directory(*folders, palette=PALETTE, stratify=True)
    with pytest.raises(ValueError, match=r"needs num_classes="):
        SegmentationSequence.from_directory(*folders, validation_split=0.5, subset="training", stratify=True)


# Real scenes


def test_statistics_and_weights_of_camvid(camvid: Path) -> None:
    folders = camvid / "train" / "images", camvid / "train" / "masks"
    with SegmentationSequence.from_directory(*folders, palette="camvid", workers=2) as sequence:
        statistics = sequence.class_statistics()
        palette = sequence.palette
        assert palette is not None
        codes = [int(red) << 16 | int(green) << 8 | int(blue) for red, green, blue in palette.colors]
        rows = []
        for pair in sequence.samples:
            blue, green, red = cv2.imread(pair.mask).astype(np.int64).transpose(2, 0, 1)
            rows.append([int(((red << 16 | green << 8 | blue) == code).sum()) for code in codes])
        table = np.array(rows)
        assert np.array_equal(statistics.counts.to_rows(), table)
        frequency = table.sum(0) / [table[table[:, label] > 0].sum() for label in range(11)]
        assert np.array_equal(sequence.compute_class_weights("median_frequency"), np.median(frequency) / frequency)
        share = table.sum(0) / table.sum()
        assert np.array_equal(sequence.compute_class_weights("inverse"), 1 / (11 * share))
        assert np.array_equal(sequence.compute_class_weights("enet"), 1 / np.log(1.02 + share))
        number = (1 - 0.99) / (1 - 0.99 ** (table > 0).sum(0))
        expected = number * 11 / number.sum()
        assert sequence.compute_class_weights("effective_number", beta=0.99) == pytest.approx(expected, rel=1e-12)
