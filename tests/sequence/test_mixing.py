"""Transforms that mix samples, inside sequences: which are loaded, the same bytes everywhere, and errors."""

from collections import Counter
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from engine_settings import ENGINES
from mixing_transforms import OfClass, TopRows, TwoPartners
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import (
    ClassificationSequence,
    ClassMix,
    CopyPaste,
    CutMix,
    MixUp,
    Palette,
    SampleError,
    SegmentationSequence,
    TransformError,
)
from seqaug.engines.executor.remote_task import make_rows

PALETTE = Palette(COLORS, ignore=("void",))
MOSAIC = {"target_size": (24, 32), "cell_shape": (24, 32)}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("mixing"), 9)


def composition() -> A.Compose:
    """Mix by chance, inside of each kind of composition, also twice with one transform."""
    return A.Compose(
        [
            A.OneOf([A.Mosaic(**MOSAIC, p=1), A.Mosaic(**MOSAIC, fit_mode="contain", p=1), A.Resize(24, 32)], p=0.8),
            A.HorizontalFlip(),
            A.SomeOf([TopRows(p=1), TwoPartners(p=0.7), OfClass([1], p=1)], n=2, replace=True, p=0.7),
            A.Sequential([TwoPartners(p=0.5), A.Rotate(20)], p=0.5),
            A.OneOf([CutMix(), ClassMix(), CopyPaste(), CopyPaste(["wall"], blend="feather")], p=0.8),
        ]
    )


def make(data: Pairs, transform: Any = None, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "batch_size": 4, "seed": 5, "workers": 0, **arguments}
    return SegmentationSequence(data.images, data.masks, transform=transform or composition(), **settings)


def shown(sequence: Any, epoch: int) -> list[tuple[bytes, ...]]:
    sequence.set_epoch(epoch)
    return [tuple(array.tobytes() for array in batch) for batch in sequence]


@pytest.mark.parametrize("cache", [None, "memory"])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_bytes_from_every_engine_in_any_order(data: Pairs, engine: str, cache: str | None) -> None:
    inline = make(data)
    expected = {epoch: shown(inline, epoch) for epoch in (0, 3)}
    assert expected[0] != expected[3]
    with make(data, cache=cache, **ENGINES[engine]) as sequence:
        for epoch in (3, 0):
            sequence.set_epoch(epoch)
            for number in (2, 0, 1):
                assert tuple(array.tobytes() for array in sequence[number]) == expected[epoch][number]
        assert shown(sequence, 0) == expected[0]


def test_the_same_bytes_from_every_executor(data: Pairs, executor: Executor) -> None:
    # Processes of some executors cannot import the helpers.
    transform = A.Compose(
        [A.OneOf([A.Mosaic(**MOSAIC, p=1), A.Resize(24, 32)], p=1), A.Mosaic(**MOSAIC, p=0.5), ClassMix(), CopyPaste()]
    )
    inline = make(data, transform)
    with make(data, transform, executor=executor) as sequence:
        for epoch in (0, 3):
            assert shown(sequence, epoch) == shown(inline, epoch)


def test_paths_travel_only_with_the_tasks_that_may_need_them(data: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqaug.core.sample_request import SampleRequest
    from seqaug.engines.executor import receiver
    from seqaug.engines.executor.protocol import unpack_answer
    from seqaug.engines.executor.sender import SentProcessor

    sequence = make(data, A.Compose([TopRows(p=1)]))
    sent = SentProcessor(sequence._pipeline)
    request = SampleRequest(4, 0, 2)
    _, task, payload = sent.task({0: request}, padding=None, is_missing=True)
    # Another process has none of the sender's strings.
    monkeypatch.setattr(receiver, "_token", "other")
    monkeypatch.setattr("seqaug.engines.executor.remote_task.process_name", receiver.process_name)
    done = unpack_answer(make_rows(task, payload))
    assert type(done).__name__ == "RowsDone"
    assert done.rows == [0]
    partner = next(iter(sequence._pipeline._partners.possible(request)))
    assert Path(data.images[partner]).name.encode() in task
    unused = next(index for index in range(9) if index not in (4, partner))
    assert Path(data.images[unused]).name.encode() not in task + payload


def test_nothing_is_loaded_where_the_transform_is_not_applied(data: Pairs) -> None:
    loads: Counter[int] = Counter()

    class Counting(SegmentationSequence):
        def load(self, index: int) -> Any:
            loads[index] += 1
            return super().load(index)

    def count(transform: Any) -> int:
        loads.clear()
        sequence = Counting(data.images, data.masks, palette=PALETTE, transform=transform, batch_size=1, workers=0)
        for number in range(9):
            sequence._loader.batch(0, number)
        return sum(loads.values())

    assert count(A.Compose([A.Mosaic(p=0), A.Resize(24, 32)])) == 9
    assert count(A.Compose([TwoPartners(p=1)])) == 27
    assert count(A.Compose([A.Mosaic(**MOSAIC, p=1)])) == 36
    assert count(A.OneOf([TopRows(p=1), A.HorizontalFlip(p=1)], p=1)) in range(10, 18)


@pytest.mark.parametrize("workers", [0, 3])
def test_each_sample_is_loaded_once_a_batch(data: Pairs, workers: int) -> None:
    loads: Counter[int] = Counter()

    class Counting(SegmentationSequence):
        def load(self, index: int) -> Any:
            loads[index] += 1
            return super().load(index)

    mosaic = A.Compose([A.Mosaic(**MOSAIC, p=0.9), TwoPartners(p=1)])
    settings = {"transform": mosaic, "workers": workers, "shuffle": False}
    with Counting(data.images, data.masks, palette=PALETTE, batch_size=8, **settings) as sequence:
        batch = sequence._loader.batch(0, 0)
        assert set(loads.values()) == {1}
    alone = make(data, batch_size=1, seed=0, **settings | {"workers": 0})
    rows = [alone._loader.batch(0, number)["image"][0] for number in range(8)]
    assert np.array_equal(batch["image"], rows)


def test_partners_are_prepared_and_not_augmented(data: Pairs) -> None:
    mixed = make(data, A.Compose([A.InvertImg(p=1), TopRows(p=1)]), prepare=A.Resize(12, 16), rescale=None)
    prepared = make(data, A.Compose([A.NoOp()]), prepare=A.Resize(12, 16), rescale=None, shuffle=False)
    plain = np.concatenate([x for x, _ in prepared])
    for x, _ in mixed:
        for image in x:
            assert (plain[:, :6] == image[:6]).all((1, 2, 3)).sum() == 1
            assert (255 - plain[:, 6:] == image[6:]).all((1, 2, 3)).sum() == 1


def test_partners_of_a_shard_come_from_all_samples_and_never_from_the_validation_subset(data: Pairs) -> None:
    rows = [np.full((4, 4, 3), index, np.uint8) for index in range(40)]
    masks = [np.eye(4, dtype=np.uint8)] * 40

    def seen(**arguments: Any) -> set[int]:
        sequence = SegmentationSequence.from_arrays(
            rows, masks, num_classes=2, transform=TopRows(p=1), rescale=None, batch_size=2, workers=0, **arguments
        )
        found: set[int] = set()
        for epoch in range(8):
            sequence.set_epoch(epoch)
            found |= {int(value) for x, _ in sequence for value in x[:, 0, 0, 0]}
        return found

    subsets = [seen(validation_split=0.5, subset=subset) for subset in ("training", "validation")]
    assert len(subsets[0]) == len(subsets[1]) == 20
    assert not subsets[0] & subsets[1]
    assert len(seen(shard=(1, 4))) > 30


def test_a_partner_that_cannot_be_read_is_named(data: Pairs) -> None:
    broken = data._replace(images=[*data.images[:8], "gone.png"])
    sequence = make(broken, A.Compose([TopRows(p=1)]), oversample=np.arange(9) < 8, cache="memory")
    with pytest.raises(SampleError, match=r"^sample 8 \(image gone\.png, mask .*008\.png\): .*no such file"):
        [shown(sequence, epoch) for epoch in range(9)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_partner_that_cannot_be_read_is_replaced_with_on_error_skip(data: Pairs, engine: str) -> None:
    broken = data._replace(images=[*data.images[:7], "gone.png", "gone too.png"])
    usable = np.arange(9) < 7
    batches = []
    for arguments in (ENGINES["inline"], ENGINES[engine]):
        with make(broken, A.Compose([TwoPartners(p=1)]), oversample=usable, on_error="skip", **arguments) as sequence:
            with pytest.warns(UserWarning, match=r"^skipped sample [78] \(image gone"):
                batches.append(shown(sequence, 0))
            assert set(sequence.skipped) <= {7, 8}
    assert batches[0] == batches[1]


def test_partners_that_do_not_fit() -> None:
    images = [np.zeros((8, 8, 3), np.uint8)] * 3 + [np.zeros((8, 8, 4), np.uint8)]
    masks = [np.zeros((8, 8), np.uint8)] * 4

    def first(images: Any, transform: Any, **arguments: Any) -> Any:
        return SegmentationSequence(
            images, masks[: len(images)], num_classes=2, transform=transform, workers=0, shuffle=False, **arguments
        )[0]

    channels = r"TopRows failed: its partner sample 3 .* has 4 channels in 'image', and the sample 3 channels; expected"
    with pytest.raises(TransformError, match=channels):
        [first(images, TopRows(p=1), batch_size=1, seed=seed) for seed in range(9)]
    with pytest.raises(TransformError, match=r"has uint8 in 'image', and the sample float32; .* such as A.Normalize"):
        first(images[:3], A.Compose([A.Normalize(), TopRows(p=1)]))
    with pytest.raises(ValueError, match="Mosaic mixes each sample with 3 others, and there are 3 in all"):
        first(images[:3], A.Mosaic(**MOSAIC))
    with pytest.raises(ValueError, match="prepare: TopRows mixes samples with others"):
        first(images[:3], None, prepare=TopRows(p=1))
    with pytest.raises(ValueError, match=r"OfClass needs num_classes= \(or a palette\) to know the classes"):
        SegmentationSequence(images[:3], masks[:3], transform=OfClass([0], p=1))


def test_partners_are_drawn_for_classes(data: Pairs) -> None:
    lamp = [bool((ids == 2).any()) for ids in data.ids]
    sequence = make(data, OfClass(["lamp"], p=1), rescale=None)
    top = {sequence._loader.batch(0, number)["image"][row, 0].tobytes() for number in range(2) for row in range(4)}
    assert top <= {pixels[0].tobytes() for pixels, has_lamp in zip(data.pixels, lamp, strict=True) if has_lamp}


def test_a_load_with_rng_draws_other_numbers_for_partners() -> None:
    class Noise(SegmentationSequence):
        def load(self, index: int, rng: np.random.Generator) -> Any:
            return {"image": rng.integers(0, 256, (8, 8, 3), np.uint8), "mask": np.zeros((8, 8), np.uint8)}

    sequence = Noise(num_samples=6, num_classes=2, transform=TopRows(p=1), rescale=None, workers=0, shuffle=False)
    plain = Noise(num_samples=6, num_classes=2, rescale=None, workers=0, shuffle=False)
    assert np.array_equal(sequence[0][0], sequence[0][0])
    assert np.array_equal(sequence[0][0][:, 4:], plain[0][0][:, 4:])
    assert not (sequence[0][0][:, :4] == plain[0][0][:, :4]).all((1, 2, 3)).any()


class WithMaps(SegmentationSequence):
    """The image again, its number as instances, and depth: all made of the pixels' coordinates and the index."""

    def load(self, index: int) -> Any:
        height, width = 16 + 4 * (index % 2), 24
        ids = np.full((height, width), index % 3, np.uint8)
        place = np.arange(height * width, dtype=np.float32).reshape(height, width) + 1000 * index
        return {
            "image": np.full((height, width, 3), index % 3 * 10 + 5, np.uint8),
            "mask": ids,
            "again": np.full((height, width, 3), index % 3 * 10 + 5, np.uint8),
            "instances": ids.astype(np.int32) + 100,
            "depth": place,
            "holes": place.astype(np.int32),
        }

    def assemble(self, batch: Any) -> Any:
        return batch


def test_all_arrays_are_mixed_together() -> None:
    nearest = {"interpolation": cv2.INTER_NEAREST}
    transform = A.Compose(
        [
            A.OneOf(
                [A.Mosaic(**MOSAIC, **nearest, fit_mode="contain", fill=255, p=1), A.Resize(24, 32, **nearest)], p=1
            ),
            TopRows(p=0.6),
            A.HorizontalFlip(),
            A.Affine(translate_percent=(-0.3, 0.3), fill=255, **nearest),
            TwoPartners(p=0.6),
        ]
    )
    sequence = WithMaps(
        num_samples=8,
        num_classes=3,
        ignore_index=255,
        transform=transform,
        additional_targets={"again": "image", "instances": "mask", "depth": "value", "holes": "value_nearest"},
        value_fill=-1,
        image_size=(24, 32),
        rescale=None,
        workers=0,
        batch_size=8,
    )
    for epoch in range(6):
        sequence.set_epoch(epoch)
        batch = sequence[0]
        filled = batch["mask"] == 255
        assert np.array_equal(batch["again"], batch["image"])
        assert np.array_equal(batch["image"][..., 0] == 255, filled)
        assert np.array_equal(batch["image"][..., 0][~filled], batch["mask"][~filled] * 10 + 5)
        assert np.array_equal(batch["instances"][~filled], batch["mask"][~filled].astype(int) + 100)
        # The thousands of maps are the sample's index.
        assert np.array_equal(batch["holes"] == -1, filled)
        assert np.array_equal(batch["holes"][~filled] // 1000 % 3, batch["mask"][~filled])
        assert np.array_equal(batch["depth"][~filled] // 1000 % 3, batch["mask"][~filled])
        assert (batch["depth"][filled] == -1).all()


def test_mirrored_classes_change_places_in_the_mirrored_part_alone() -> None:
    masks = [np.full((8, 8), 1, np.uint8)] * 4
    images = [np.zeros((8, 8, 3), np.uint8)] * 4
    flip, mix = A.HorizontalFlip(p=1), TopRows(p=1)
    for order, upper, lower in (([flip, mix], 1, 2), ([mix, flip], 2, 2), ([flip, mix, flip], 2, 1)):
        sequence = SegmentationSequence(
            images, masks, num_classes=3, mirrored_classes=[(1, 2)], transform=A.Compose(order), workers=0
        )
        _, y = sequence[0]
        assert (y[:, :4] == upper).all()
        assert (y[:, 4:] == lower).all()
    mosaic = A.Compose([A.HorizontalFlip(p=1), A.Mosaic(target_size=(6, 10), cell_shape=(8, 8), p=1)])
    sequence = SegmentationSequence(
        images, masks, num_classes=3, mirrored_classes=[(1, 2)], transform=mosaic, workers=0
    )
    _, y = sequence[0]
    assert set(np.unique(y)) == {1, 2}


def test_images_alone_are_mixed_for_prediction_and_preview(data: Pairs) -> None:
    sequence = SegmentationSequence(data.images, transform=A.Mosaic(**MOSAIC, p=1), workers=0)
    assert sequence[0].shape == (8, 24, 32, 3)
    labelled = make(data, A.Compose([A.Mosaic(**MOSAIC, p=1)]))
    assert labelled.preview(2).advice == []


def test_what_mixes_images_and_not_labels_is_refused_for_classification(data: Pairs) -> None:
    with pytest.raises(ValueError, match="Mosaic mixes images and not their labels"):
        ClassificationSequence(data.images, [0, 1, 2] * 3, transform=A.Mosaic(**MOSAIC, p=1))
    alone = ClassificationSequence(data.images, label_mode=None, transform=A.Mosaic(**MOSAIC, p=1), workers=0)
    assert alone[0].shape == (8, 24, 32, 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_labels_mix_as_images_do(engine: str) -> None:
    """Images are all of their class's number, so that an image's mean says what its label must be."""
    images = [np.full((16, 20, 1), 10 * (index % 3), np.uint8) for index in range(12)]
    labels = [index % 3 for index in range(12)]
    transform = A.Compose(
        [
            A.HorizontalFlip(),
            CutMix(area=(0, 1), p=0.7),
            MixUp(alpha=1, p=0.5),
            CutMix(p=0.5),
            A.OneOf([A.RandomCrop(9, 9), A.RandomResizedCrop((16, 20), interpolation=0)]),
        ]
    )
    weights = np.array([1.0, 2.0, 5.0])
    batches = []
    for arguments in (ENGINES["inline"], ENGINES[engine]):
        with ClassificationSequence(
            images,
            labels,
            label_mode="categorical",
            transform=transform,
            class_weights=weights,
            rescale=None,
            image_size=(64, 64),
            batch_size=12,
            **arguments,
        ) as sequence:
            for epoch in range(3):
                sequence.set_epoch(epoch)
                x, y, sample_weight = sequence[0]
                assert y.dtype == np.float32
                assert np.allclose(y.sum(1), 1)
                assert np.allclose(y @ [0, 10, 20], x.astype(float).mean((1, 2, 3)), atol=1)
                assert np.allclose(sample_weight, y @ weights)
                batches.append((x.tobytes(), y.tobytes()))
    assert batches[:3] == batches[3:]
    assert ((y > 0).sum(1) > 1).any()


@pytest.mark.parametrize("label_mode", ["int", "binary", "multi_label"])
def test_soft_labels_need_categorical_labels(label_mode: str) -> None:
    images = [np.zeros((8, 8, 3), np.uint8)] * 4
    labels = [[0], [1], [0], [1]] if label_mode == "multi_label" else [0, 1, 0, 1]
    for transform in (CutMix(), MixUp()):
        with pytest.raises(ValueError, match=f"makes soft labels, .* label_mode='{label_mode}' has no place; expected"):
            ClassificationSequence(images, labels, label_mode=label_mode, transform=A.Compose([transform]))


def test_a_plain_sequence_of_categorical_labels_keeps_its_arrays() -> None:
    images = [np.zeros((8, 8, 3), np.uint8)] * 4
    _, y = ClassificationSequence(images, [0, 1, 1, 0], label_mode="categorical", transform=CutMix(p=0), workers=0)[0]
    assert sorted(y.tolist()) == [[0, 1], [0, 1], [1, 0], [1, 0]]


def test_mirroring_objects_counts_as_mirroring() -> None:
    palette = Palette({"ground": (0, 0, 0), "left lung": (1, 0, 0), "right lung": (2, 0, 0)})
    mask = np.zeros((16, 16, 3), np.uint8)
    mask[2:8, 2:8, 0] = 1
    images, masks = [np.zeros((16, 16, 3), np.uint8)] * 3, [mask] * 3
    with pytest.warns(UserWarning, match="CopyPaste mirrors samples, and 'left lung' then looks like 'right lung'"):
        SegmentationSequence(images, masks, palette=palette, transform=CopyPaste())
    SegmentationSequence(images, masks, palette=palette, transform=CopyPaste(flip=False))
    found = set()
    for seed in range(4):
        sequence = SegmentationSequence(
            images,
            masks,
            palette=palette,
            transform=CopyPaste(["left lung"], p=1),
            mirrored_classes=[("left lung", "right lung")],
            seed=seed,
            workers=0,
        )
        found |= {tuple(np.unique(ids)) for ids in sequence[0][1]}
    assert found == {(0, 1), (0, 1, 2)}


def test_what_a_beginner_is_told_of_copy_paste() -> None:
    images, masks = [np.zeros((8, 8, 3), np.uint8)] * 3, [np.eye(8, dtype=np.uint8)] * 3
    with pytest.raises(ValueError, match="CopyPaste needs a mask, and the samples have none"):
        SegmentationSequence(images, transform=CopyPaste())
    with pytest.raises(ValueError, match=r"CopyPaste: the class 'cat' is unknown; expected ids from 0 to 1"):
        SegmentationSequence(images, masks, num_classes=2, transform=CopyPaste(["cat"]))
    with pytest.raises(ValueError, match=r"CopyPaste\(ignore_index=9\) and the sequence's ignore_index=255"):
        SegmentationSequence(images, masks, num_classes=2, ignore_index=255, transform=CopyPaste(ignore_index=9))
    with pytest.raises(TypeError, match="transform="):
        SegmentationSequence(images, masks, num_classes=2, transform=CopyPaste)


def test_preview_has_no_advice_against_them(data: Pairs) -> None:
    for transform in (CutMix(p=1), ClassMix(p=1), CopyPaste(p=1), CopyPaste(["lamp"], p=1)):
        assert make(data, A.Compose([transform])).preview(2).advice == []


def test_statistics_of_the_sequence_are_not_changed(data: Pairs) -> None:
    assert np.array_equal(
        make(data, CopyPaste(p=1)).class_statistics().pixels, make(data, A.NoOp()).class_statistics().pixels
    )
