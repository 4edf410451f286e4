"""A sequence as a `tf.data.Dataset`: its spec, and the epochs of its iterations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest
import tensorflow as tf
from recording import digest, recorder
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import ClassificationSequence, Palette, SegmentationSequence
from seqaug.sequence.tf_data import make_dataset

PALETTE = Palette(COLORS, ignore=("void",))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("tf"), 10)


def make(data: Pairs, workers: int = 0, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "batch_size": 4, "seed": 3, "transform": A.Compose([A.RandomCrop(16, 16), A.D4()])}
    return SegmentationSequence(data.images, data.masks, workers=workers, **{**settings, **arguments})


def as_bytes(batches: Any) -> list[bytes]:
    return [b"".join(np.asarray(part).tobytes() for part in batch) for batch in batches]


def epoch_of(sequence: SegmentationSequence, epoch: int) -> list[bytes]:
    sequence.set_epoch(epoch)
    return as_bytes(sequence)


@pytest.mark.parametrize(("workers", "processes"), [(0, False), (1, False), (4, False), (2, True)])
def test_each_full_iteration_is_the_next_epoch(data: Pairs, workers: int, processes: bool) -> None:
    inline = make(data)
    with make(data, workers, use_multiprocessing=processes) as sequence:
        dataset = sequence.to_tf_dataset()
        for epoch in range(3):
            assert sequence.epoch == epoch
            assert as_bytes(dataset) == epoch_of(inline, epoch)
        assert as_bytes(dataset.repeat(2)) == epoch_of(inline, 3) + epoch_of(inline, 4)
        sequence.set_epoch(1)
        assert as_bytes(dataset) == epoch_of(inline, 1)


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epoch_ends_when_its_last_batch_is_taken(data: Pairs, workers: int) -> None:
    inline = make(data)
    with make(data, workers) as sequence:
        dataset = sequence.to_tf_dataset()
        assert as_bytes(dataset.take(2)) == epoch_of(inline, 0)[:2]
        assert sequence.epoch == 0
        iterator = iter(dataset)
        for _ in range(3):
            assert sequence.epoch == 0
            next(iterator)
        assert sequence.epoch == 1  # though nobody has seen that there are no more
        assert as_bytes(dataset) == epoch_of(inline, 1)


def test_an_iteration_moves_on_from_its_own_epoch_only(data: Pairs) -> None:
    sequence = make(data)
    dataset = sequence.to_tf_dataset()
    first, second = iter(dataset), iter(dataset)
    for batches in zip(first, second, strict=True):
        np.testing.assert_array_equal(batches[0][0], batches[1][0])
    assert sequence.epoch == 1
    for _ in dataset:
        sequence.set_epoch(7)
    assert sequence.epoch == 7


def test_the_element_spec_holds_what_is_fixed(data: Pairs, tmp_path: Path) -> None:
    def spec(**arguments: Any) -> list[tuple[list[int | None], str]]:
        element_spec = make(data, **arguments).to_tf_dataset().element_spec
        return [(part.shape.as_list(), part.dtype.name) for part in element_spec]

    assert spec() == [([None, 16, 16, 3], "float32"), ([None, 16, 16], "uint8")]
    assert spec(drop_remainder=True) == [([4, 16, 16, 3], "float32"), ([4, 16, 16], "uint8")]
    assert spec(batch_size=5, rescale=None) == [([5, 16, 16, 3], "uint8"), ([5, 16, 16], "uint8")]
    assert spec(batch_size=1) == [([1, None, None, 3], "float32"), ([1, None, None], "uint8")]
    assert spec(batch_size=1, image_size=(8, 8)) == [([1, 8, 8, 3], "float32"), ([1, 8, 8], "uint8")]
    assert spec(batch_size=64) == [([None, 16, 16, 3], "float32"), ([None, 16, 16], "uint8")]
    assert spec(class_weights="enet", mask_encoding="one_hot") == [
        ([None, 16, 16, 3], "float32"),
        ([None, 16, 16, 3], "float32"),
        ([None, 16, 16], "float32"),
    ]
    larger = write_pairs(tmp_path, 4, height=48, width=64)
    mixed = Pairs([*data.images[:4], *larger.images], [*data.masks[:4], *larger.masks], data.pixels, data.ids)
    dataset = make(mixed, transform=None, shuffle=False).to_tf_dataset()
    assert [part.shape.as_list() for part in dataset.element_spec] == [[4, None, None, 3], [4, None, None]]
    assert [x.shape[1:3] for x, _ in dataset] == [(24, 32), (48, 64)]


def test_images_of_all_sizes_one_at_a_time(data: Pairs, tmp_path: Path) -> None:
    larger = write_pairs(tmp_path, 2, height=48, width=64)
    images, masks = [data.images[0], *larger.images, data.images[1]], [data.masks[0], *larger.masks, data.masks[1]]
    sequence = SegmentationSequence(images, masks, palette=PALETTE, batch_size=1, shuffle=False, workers=0)
    assert [x.shape[1] for x, _ in sequence.to_tf_dataset()] == [24, 48, 48, 24]


def test_batches_of_other_sizes_in_mid_epoch_are_an_error(data: Pairs, tmp_path: Path) -> None:
    larger = write_pairs(tmp_path, 2, height=48, width=64)
    images, masks = (
        [*paths[:2], *others, *paths[2:4]]
        for paths, others in ((data.images, larger.images), (data.masks, larger.masks))
    )
    sequence = SegmentationSequence(images, masks, palette=PALETTE, batch_size=2, shuffle=False, workers=0)
    with pytest.raises(tf.errors.OpError, match=r"batch 1 is \(2, 48, 64, 3\), .* are \(2, 24, 32, 3\); .*image_size="):
        list(sequence.to_tf_dataset())


def test_batches_may_be_of_any_structure(data: Pairs) -> None:
    class Structured(SegmentationSequence):
        def assemble(self, batch: dict[str, Any]) -> Any:
            inputs = {"image": batch["image"], "which": batch["index"], "many": [batch["image"], batch["mask"]]}
            return inputs, batch["mask"]

    sequence = Structured(data.images, data.masks, palette=PALETTE, batch_size=4, workers=0)
    dataset = sequence.to_tf_dataset()
    inputs, _ = dataset.element_spec
    assert inputs["which"] == tf.TensorSpec((None,), tf.int64)
    assert isinstance(inputs["many"], tuple)
    inline, _ = sequence[2]
    *_, (made, _) = dataset
    np.testing.assert_array_equal(made["many"][1], inline["many"][1])
    np.testing.assert_array_equal(made["which"], inline["which"])


def test_images_with_labels(data: Pairs) -> None:
    sequence = ClassificationSequence.from_arrays(data.pixels, np.arange(10) % 3, batch_size=4, workers=0)
    x, y = sequence.to_tf_dataset().element_spec
    assert (x.shape.as_list(), y.shape.as_list(), y.dtype.name) == ([None, 24, 32, 3], [None], "int32")


def test_its_length_is_known(data: Pairs) -> None:
    dataset = make(data).to_tf_dataset()
    assert len(dataset) == 3
    assert dataset.cardinality() == 3


@pytest.mark.parametrize("workers", [0, 4])
def test_fit_trains_on_the_same_batches(data: Pairs, workers: int) -> None:
    model = recorder()
    with make(data, workers) as train, make(data, workers, shuffle=False) as validation:
        model.fit(train.to_tf_dataset(), validation_data=validation.to_tf_dataset(), epochs=3, shuffle=False, verbose=0)
        assert train.epoch == 3
    inline = make(data)
    expected = []
    for epoch in range(3):
        inline.set_epoch(epoch)
        expected += [digest(batch) for batch in inline]
    assert model.trained == expected


def test_an_error_in_a_sample_names_it(data: Pairs) -> None:
    broken = data._replace(images=[*data.images[:5], "gone.png", *data.images[6:]])
    with pytest.raises(tf.errors.OpError, match=r"sample 5 \(image gone\.png"):
        list(make(broken, shuffle=False).to_tf_dataset())


@pytest.mark.parametrize("is_sharded", [False, True])
def test_what_is_sharded_is_not_sharded_again(is_sharded: bool) -> None:
    spec = tf.TensorSpec((2,), tf.int64)
    dataset = make_dataset(lambda: (0, iter([np.arange(2)])), print, spec, length=1, is_sharded=is_sharded)
    policy = dataset.options().experimental_distribute.auto_shard_policy
    assert (policy == tf.data.experimental.AutoShardPolicy.OFF) == is_sharded
    assert [batch.numpy().tolist() for batch in dataset] == [[0, 1]]
