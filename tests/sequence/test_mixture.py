"""One sequence of several."""

from __future__ import annotations

import copy
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pytest
from engine_settings import ENGINES
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import ClassificationSequence, Mixture, Palette, SegmentationSequence
from seqaug.pipeline.rescale import DEFAULT_RESCALE

RNG = np.random.default_rng(2)
# The red channel of an image is its part, the green one its index.
IMAGES = [RNG.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8) for count in (10, 4)]
for part, images in enumerate(IMAGES):
    images[..., 0] = part
    images[..., 1] = np.arange(len(images))[:, None, None]
MASKS = [RNG.integers(0, 3, images.shape[:3], dtype=np.uint8) for images in IMAGES]
GEOMETRY = A.Compose([A.RandomCrop(8, 8), A.D4(), A.GaussNoise((0.2, 0.4), p=1)])


def part(number: int, kind: type[SegmentationSequence] = SegmentationSequence, **arguments: Any) -> Any:
    settings: dict[str, Any] = {
        "num_classes": 3,
        "transform": A.Compose([A.RandomCrop(8, 8), A.D4()]),
        "rescale": None,
        "batch_size": 4,
        "workers": 0,
        "seed": number,
    }
    return kind(IMAGES[number], MASKS[number], **{**settings, **arguments})


def mixture(weights: Any = (0.7, 0.3), parts: Any = None, **arguments: Any) -> Mixture:
    sequences = [part(0), part(1)] if parts is None else parts
    return Mixture(dict(zip(sequences, weights, strict=True)), **{"workers": 0, "seed": 5, **arguments})


def as_bytes(sequence: Any) -> list[Any]:
    return [[array.tobytes() for array in batch] for batch in sequence]


def drawn(sequence: Any, epoch: int) -> list[tuple[int, int]]:
    """List the part and the index of each position of an epoch, as its pixels say."""
    sequence.set_epoch(epoch)
    return [(int(image[0, 0, 0]), int(image[0, 0, 1])) for x, _ in sequence for image in x]


def test_parts_come_by_weight_in_their_own_order() -> None:
    sequence = mixture()
    assert len(sequence.samples) == 14
    assert len(sequence) == 4
    alone = [part(0), part(1)]
    orders = [[index for epoch in range(12) for _, index in drawn(one, epoch)] for one in alone]
    shown: list[list[int]] = [[], []]
    for epoch in range(5):
        positions = drawn(sequence, epoch)
        counts = np.bincount([number for number, _ in positions], minlength=2)
        assert counts.sum() == 14
        assert abs(counts[0] - 14 * 0.7) < 1
        for number in (0, 1):
            shown[number] += sorted(index for one, index in positions if one == number)
    for number in (0, 1):
        assert sorted(shown[number]) == sorted(orders[number][: len(shown[number])])
    batches = [{number for number, _ in drawn(sequence, 0)[first : first + 4]} for first in range(0, 12, 4)]
    assert {0, 1} in batches


def test_rows_are_those_of_their_samples() -> None:
    sequence = mixture()
    for x, y in sequence:
        assert x.dtype == np.uint8
        for image, mask in zip(x, y, strict=True):
            number, index = int(image[0, 0, 0]), int(image[0, 0, 1])
            whole = IMAGES[number][index, ..., 2]
            assert np.isin(image[..., 2], whole).all()
            assert sorted(np.unique(mask)) <= [0, 1, 2]
    assert sequence.part_of(9) == (0, 9)
    assert sequence.part_of(10) == (1, 0)
    with pytest.raises(IndexError):
        sequence.part_of(14)


@pytest.mark.parametrize("engine", [*ENGINES, "executor"])
def test_every_engine_gives_the_same_bytes(engine: str) -> None:
    parts = [part(0, transform=GEOMETRY), part(1, transform=GEOMETRY)]
    expected = mixture(parts=parts)
    bytes_of = [as_bytes(expected)]
    expected.on_epoch_end()
    bytes_of.append(as_bytes(expected))
    with ThreadPoolExecutor(2) as pool:
        settings = ENGINES.get(engine, {"executor": pool})
        with mixture(parts=parts, **settings) as sequence:
            sequence.set_epoch(1)
            assert as_bytes([sequence[3], sequence[1]]) == [bytes_of[1][3], bytes_of[1][1]]
            for epoch in range(2):
                sequence.set_epoch(epoch)
                assert as_bytes(sequence) == bytes_of[epoch]


def test_resumed_in_two_shards_and_copied() -> None:
    sequence = mixture()
    sequence.set_epoch(2)
    batches = as_bytes(sequence)
    sequence.set_epoch(2)
    next(iter(sequence))
    state = json.loads(json.dumps(sequence.state_dict()))
    resumed = mixture()
    resumed.load_state_dict(state)
    assert as_bytes(resumed) == batches[1:]
    with pytest.raises(ValueError, match="epoch 2 had another order"):
        mixture((0.5, 0.5)).load_state_dict(state)
    shards = [mixture(batch_size=2, shard=(number, 2)) for number in range(2)]
    sequence.set_epoch(0)
    for (x, y), *parts in zip(sequence, *shards, strict=True):
        assert np.array_equal(x, np.concatenate([one[0] for one in parts]))
        assert np.array_equal(y, np.concatenate([one[1] for one in parts]))
    sequence.set_epoch(0)
    expected = as_bytes(sequence)
    for twin in (copy.copy(sequence), copy.deepcopy(sequence), pickle.loads(pickle.dumps(sequence))):
        assert as_bytes(twin) == expected


def test_statistics_and_previews_of_all_parts() -> None:
    sequence = mixture()
    statistics, labels = sequence.class_statistics(), np.concatenate([masks.ravel() for masks in MASKS])
    assert statistics.num_images == 14
    assert statistics.pixels.tolist() == np.bincount(labels).tolist()
    assert [statistics.counts.of_sample(index).sum() for index in (0, 13)] == [256, 256]
    assert np.array_equal(statistics.counts.of_sample(12), np.bincount(MASKS[1][2].ravel()))
    whole = SegmentationSequence(np.concatenate(IMAGES), np.concatenate(MASKS), num_classes=3)
    assert np.array_equal(sequence.compute_class_weights("enet"), whole.compute_class_weights("enet"))
    assert sequence._name_of(9) == "part 0, 9"
    assert sequence._name_of(10) == "part 1, 0"
    pictures = [np.frombuffer(sequence.preview(index=index, width=600).png, np.uint8) for index in ([0, 12], [12])]
    heights = [cv2.imdecode(picture, cv2.IMREAD_COLOR).shape[0] for picture in pictures]
    assert heights[0] > 1.5 * heights[1]


def test_unshuffled_parts_alternate() -> None:
    parts = [part(0, shuffle=False), part(1, shuffle=False)]
    sequence = mixture((2, 1), parts, shuffle=False, samples_per_epoch=6)
    assert drawn(sequence, 0) == [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (0, 3)]
    assert drawn(sequence, 1) == [(0, 4), (1, 2), (0, 5), (0, 6), (1, 3), (0, 7)]
    assert {number for number, _ in drawn(sequence, 2)} == {0, 1}


def test_palettes_and_sampling_of_the_parts(tmp_path: Path) -> None:
    first: Pairs = write_pairs(tmp_path / "first", 6)
    second: Pairs = write_pairs(tmp_path / "second", 4, seed=1)
    palette = Palette(COLORS, ignore=("void",))
    names = list(COLORS)
    other = Palette({name: COLORS[name] for name in names}, ignore=("void",))
    arguments: dict[str, Any] = {"batch_size": 5, "workers": 0, "image_size": (24, 32), "cache": "memory"}
    one = SegmentationSequence(first.images, first.masks, palette=palette, oversample="class_uniform", **arguments)
    two = SegmentationSequence(second.images, second.masks, palette=other, **arguments)
    with Mixture([(one, 3), (two, 1)], **ENGINES["processes"]) as sequence:
        assert sequence.class_names == ["ground", "wall", "lamp"]
        assert sequence.ignore_index == 255
        sequence.warm_cache()
        ids = np.concatenate([first.ids, second.ids])
        x, y = sequence[0]
        indices = sequence._loader.indices(0).samples[:5]
        assert np.array_equal(y, ids[indices])
        assert np.array_equal(x, np.concatenate([first.pixels, second.pixels])[indices] * np.float32(1 / 255))
        assert "75.0% of the rows: 6 samples, " in repr(sequence)
        assert len(sequence.save_augmented(tmp_path / "pictures", 3)) == 6


class Broken(SegmentationSequence):
    """Some samples cannot be used."""

    def load(self, index: int) -> Any:
        if index in (1, 2):
            raise ValueError("broken")
        return super().load(index)


def test_errors_and_skipped_samples_have_their_number_in_the_mixture() -> None:
    with pytest.raises(ValueError, match=r"^sample 1[12] \(.*\): broken"):
        list(mixture(parts=[part(0), part(1, Broken)], samples_per_epoch=40))
    sequence = mixture(parts=[part(0), part(1, Broken)], on_error="skip", samples_per_epoch=40)
    with pytest.warns(match="skipped sample 1"):
        shown = {position for x, _ in sequence for position in [(int(i[0, 0, 0]), int(i[0, 0, 1])) for i in x]}
    assert set(sequence.skipped) == {11, 12}
    assert not shown & {(1, 1), (1, 2)}


@pytest.mark.parametrize("workers", [0, 2])
def test_fit_and_datasets(workers: int) -> None:
    parts = [part(number, rescale=1 / 255) for number in range(2)]
    model = keras.Sequential([keras.layers.Conv2D(3, 1)])
    with mixture(parts=parts, workers=workers) as sequence:
        model.compile("sgd", sequence.loss(from_logits=True), metrics=sequence.metrics(from_logits=True))
        history = model.fit(sequence, validation_data=parts[1], epochs=2, shuffle=False, verbose=0).history
        assert np.isfinite(history["loss"]).all()
        assert all(0 < iou < 1 for iou in history["mean_iou"])
        assert sequence.epoch == 2
        dataset = sequence.to_tf_dataset()
        expected = as_bytes(sequence)
        assert [[array.numpy().tobytes() for array in batch] for batch in dataset] == expected
        assert [one.shape[1:] for one in sequence.element_spec] == [(8, 8, 3), (8, 8)]


def test_checks_of_the_parts_run_on_their_first_rows() -> None:
    arguments: dict[str, Any] = {"num_classes": 3, "workers": 0, "transform": A.CenterCrop(8, 8)}
    plain, deep = (
        SegmentationSequence(images.astype(np.uint16) * 257, masks, rescale=rescale, **arguments)
        for images, masks, rescale in zip(IMAGES, MASKS, (None, DEFAULT_RESCALE), strict=True)
    )
    sequence = Mixture({plain: 1, deep: 1}, workers=0)
    with pytest.warns(match="images are uint16 and reach the model unscaled"):
        list(sequence)


def test_the_order_is_fixed_at_construction() -> None:
    parts = [part(0), part(1)]
    sequence = mixture(parts=parts)
    before = drawn(sequence, 0), drawn(sequence, 1)
    parts[0].set_weights(np.arange(10) == 3)
    parts[1].on_epoch_end()
    other = mixture(parts=[part(0), part(1)])
    assert before == (drawn(sequence, 0), drawn(sequence, 1)) == (drawn(other, 0), drawn(other, 1))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Mixture({}), ValueError, "Mixture of no parts; expected {sequence: weight}"),
        (lambda: Mixture([part(0), part(1)]), TypeError, "a part of a Mixture has no weight; expected"),
        (lambda: Mixture({part(0): 0}), ValueError, "a part's weight=0; expected a number above 0"),
        (lambda: Mixture({part(0): "1"}), TypeError, "a part's weight='1'; expected a number"),
        (lambda: mixture(parts=[part(0), part(1, num_classes=4)]), ValueError, "differ in num_classes: 3 and 4"),
        (lambda: mixture(parts=[part(0), part(1, ignore_index=9)]), ValueError, "differ in ignore_index: None and 9"),
        (lambda: mixture(parts=[part(0), part(1, rescale=1)]), ValueError, "uint8.*float32.*; expected the same sizes"),
        (
            lambda: mixture(parts=[part(0), part(1, transform=None)]),
            ValueError,
            r"\(4, 16, 16, 3\), uint8.*expected the same sizes",
        ),
        (lambda: mixture(parts=[part(0), part(1, mask_encoding="one_hot")]), ValueError, "have batches of"),
        (
            lambda: mixture(parts=[part(0), part(1, shard=(0, 2))]),
            ValueError,
            r"part 1 of a Mixture has shard=\(0, 2\)",
        ),
        (lambda: mixture(parts=[part(0), part(1, repeats=2)]), ValueError, "part 1 of a Mixture has repeats=2"),
        (
            lambda: mixture().set_weights([1] * 14),
            ValueError,
            "weights of the samples of a Mixture, whose parts decide",
        ),
        (
            lambda: Mixture({ClassificationSequence(IMAGES[0], np.arange(10)): 1}),
            TypeError,
            "is ClassificationSequence; expected",
        ),
    ],
)
def test_what_cannot_be_mixed(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_a_part_is_in_it_once_and_does_not_assemble() -> None:
    class Own(SegmentationSequence):
        def assemble(self, batch: Any) -> Any:
            return batch["image"]

    one = part(0)
    with pytest.raises(ValueError, match="a sequence is part of a Mixture twice"):
        Mixture([(one, 1), (one, 2)])
    with pytest.raises(ValueError, match=r"part 1 of a Mixture overrides assemble\(\)"):
        mixture(parts=[one, part(1, Own)])
