"""Batches of samples of unequal sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from engine_settings import ENGINES
from unequal import ARGUMENTS, IMAGES, MASKS, SIZES, Broken, Measured

from seqaug import ClassificationSequence, SampleError, SegmentationSequence


def as_bytes(batches: Any) -> list[list[tuple[Any, bytes]]]:
    return [[(part.shape, part.tobytes()) for part in batch] for batch in batches]


def test_what_is_added_is_ignored() -> None:
    sequence = SegmentationSequence(IMAGES, MASKS, shuffle=False, class_weights="uniform", workers=0, **ARGUMENTS)
    assert [x.shape for x, *_ in sequence] == [
        (2, 24, 16, 3),
        (2, 24, 16, 3),
        (2, 48, 32, 3),
        (2, 64, 56, 3),
        (2, 16, 64, 3),
    ]
    for number, (x, y, weights) in enumerate(sequence):
        for row in range(2):
            index = 2 * number + row
            height, width = SIZES[index]
            mask = np.full(y.shape[1:], 255)
            mask[:height, :width] = MASKS[index]
            assert np.array_equal(y[row], mask)
            assert np.array_equal(weights[row], mask < 255)
            assert np.array_equal(x[row, :height, :width], IMAGES[index] * np.float32(1 / 255))
            assert np.count_nonzero(x[row]) == height * width * 3


def test_true_is_a_multiple_of_one() -> None:
    sequence = SegmentationSequence(IMAGES, MASKS, shuffle=False, workers=0, **{**ARGUMENTS, "pad_batches": True})
    assert [x.shape[1:3] for x, _ in sequence] == [(20, 16), (20, 16), (41, 30), (60, 50), (12, 61)]


@pytest.fixture(params=["threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with ThreadPoolExecutor(2) if request.param == "threads" else ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


TRANSFORM = A.Compose([A.RandomScale((-0.5, 0.5), p=1), A.HorizontalFlip()])


@pytest.mark.parametrize("kind", [SegmentationSequence, Broken])
@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_every_engine_gives_the_same_bytes(engine: str, kind: Any) -> None:
    arguments = {**ARGUMENTS, "batch_size": 3, "transform": TRANSFORM, "on_error": "skip"}
    with pytest.warns(match="skipped") if kind is Broken else nullcontext():
        inline = kind(IMAGES, MASKS, workers=0, **arguments)
        expected = [as_bytes(inline), as_bytes(_next(inline))]
        with kind(IMAGES, MASKS, **ENGINES[engine], **arguments) as sequence:
            assert [as_bytes(sequence), as_bytes(_next(sequence))] == expected
            sequence.set_epoch(0)
            assert as_bytes([sequence[3], sequence[0]]) == [expected[0][3], expected[0][0]]


@pytest.mark.parametrize("kind", [SegmentationSequence, Broken])
def test_an_executor_gives_the_same_bytes(executor: Executor, kind: Any) -> None:
    arguments = {**ARGUMENTS, "batch_size": 3, "transform": TRANSFORM, "on_error": "skip", "dtype": "bfloat16"}
    with pytest.warns(match="skipped") if kind is Broken else nullcontext():
        expected = as_bytes(kind(IMAGES, MASKS, workers=0, **arguments))
        with kind(IMAGES, MASKS, executor=executor, **arguments) as sequence:
            assert as_bytes(sequence) == expected


def test_shards_are_padded_each_for_itself() -> None:
    arguments = {**ARGUMENTS, "pad_batches": True, "workers": 0}
    whole = SegmentationSequence(IMAGES, MASKS, **{**arguments, "batch_size": 4})
    for number in range(2):
        shard = SegmentationSequence(IMAGES, MASKS, shard=(number, 2), **arguments)
        for (x, y), (both, _) in zip(shard, whole, strict=True):
            size = len(x)
            assert np.array_equal(x, both[number * size : (number + 1) * size, : y.shape[1], : y.shape[2]])


def test_a_resumed_run_pads_as_the_run_would_have() -> None:
    sequence, resumed = (SegmentationSequence(IMAGES, MASKS, workers=0, **ARGUMENTS) for _ in range(2))
    expected = as_bytes(sequence)
    next(iter(sequence))
    resumed.load_state_dict(sequence.state_dict())
    assert as_bytes(resumed) == expected[1:]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_every_kind_of_array_is_padded(data_format: str) -> None:
    sequence = Measured(
        IMAGES,
        MASKS,
        shuffle=False,
        mask_encoding="one_hot",
        class_weights="uniform",
        data_format=data_format,
        additional_targets={"depth": "value", "number": "value_nearest", "parts": "mask"},
        value_fill={"depth": float("nan"), "number": -1},
        workers=0,
        **ARGUMENTS,
    )
    batch = sequence[1]
    if data_format == "channels_first":
        assert batch["image"].shape == (2, 3, 24, 16)
        batch = {name: np.moveaxis(array, 1, -1) if array.ndim == 4 else array for name, array in batch.items()}
    height, width = SIZES[3]
    added = np.ones((24, 16), bool)
    added[:height, :width] = False
    assert not batch["mask"][1][added].any()
    assert batch["mask"][1][~added].any(-1).all()
    assert (batch["sample_weight"][1] == ~added).all()
    assert (batch["parts"][1][added] == 255).all()
    assert np.isnan(batch["depth"][1][added]).all()
    np.testing.assert_allclose(batch["depth"][1][~added], IMAGES[3].reshape(-1, 3) / 7, rtol=1e-6)
    assert batch["number"].dtype == np.int16
    assert set(batch["number"][1][added]) == {-1}
    assert batch["index"].tolist() == [2, 3]


def test_images_alone() -> None:
    sequence = ClassificationSequence(IMAGES, np.arange(10) % 2, shuffle=False, batch_size=2, pad_batches=16, workers=0)
    x, y = sequence[2]
    assert x.shape == (2, 48, 32, 3)
    assert y.tolist() == [0, 1]
    assert SegmentationSequence(IMAGES, batch_size=2, pad_batches=True, workers=0)[1].shape == (2, 20, 16, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ignore_index": None}, "pad_batches=8 without ignore_index, which says which label padded pixels of 'mask'"),
        (
            {"mask_encoding": "binary", "num_classes": 2, "ignore_index": None},
            'pad_batches=8 with mask_encoding="binary", which has no place for ignored pixels',
        ),
        ({"image_size": (8, 8)}, r"pad_batches=8 beside image_size=\(8, 8\), which makes all samples one size"),
        ({"pad_batches": 0}, "pad_batches=0; expected at least 1"),
        ({"pad_batches": -32}, "pad_batches=-32; expected at least 1"),
    ],
)
def test_contradictions(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SegmentationSequence(IMAGES, MASKS, **{**ARGUMENTS, **arguments})


def test_a_size_is_no_multiple() -> None:
    with pytest.raises(TypeError, match=re.escape("pad_batches=(32, 32); expected an integer of at least 1")):
        SegmentationSequence(IMAGES, MASKS, **{**ARGUMENTS, "pad_batches": (32, 32)})


def test_values_need_a_fill() -> None:
    with pytest.raises(ValueError, match="pad_batches=8 without value_fill, which says what padded pixels of 'depth'"):
        Measured(
            IMAGES,
            MASKS,
            additional_targets={"depth": "value", "number": "value_nearest", "parts": "mask"},
            **ARGUMENTS,
        )


def test_the_error_about_unequal_sizes_proposes_it() -> None:
    sequence = SegmentationSequence(IMAGES, MASKS, **{**ARGUMENTS, "pad_batches": False, "workers": 0})
    with pytest.raises(ValueError, match=r"samples of one batch differ in 'image'.*or set pad_batches=True"):
        list(sequence)


@pytest.mark.parametrize("workers", [0, 2])
def test_fit_takes_batches_of_every_size(workers: int) -> None:
    """Keras takes the shapes of the first two batches, which are equal here, for those of all."""
    model = keras.Sequential([keras.layers.Conv2D(3, 3, padding="same")])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
    with SegmentationSequence(IMAGES, MASKS, shuffle=False, **{**ARGUMENTS, "workers": workers}) as sequence:
        history = model.fit(sequence, validation_data=sequence, epochs=2, shuffle=False, verbose=0).history
        assert np.isfinite(history["loss"]).all()
        dataset = sequence.to_tf_dataset()
        assert [part.shape.as_list() for part in dataset.element_spec] == [[2, None, None, 3], [2, None, None]]
        assert as_bytes([[part.numpy() for part in batch] for batch in dataset]) == as_bytes(sequence)


def test_the_memory_of_processes_is_used_again() -> None:
    with SegmentationSequence(IMAGES, MASKS, **ENGINES["processes"], **ARGUMENTS) as sequence:
        kept = list(sequence)
        before = as_bytes(kept)
        for _ in range(3):
            sequence.on_epoch_end()
            list(sequence)
        assert as_bytes(kept) == before
        sequence.close()
        sequence.set_epoch(0)
        assert as_bytes(sequence) == before


def test_a_preview_and_pictures(tmp_path: Any) -> None:
    sequence = SegmentationSequence(IMAGES, MASKS, shuffle=False, data_format="channels_first", workers=0, **ARGUMENTS)
    files = sequence.save_augmented(tmp_path, 2)
    assert len(files) == 4
    assert "padded to the largest height and width of each batch, rounded up to a multiple of 8" in repr(sequence)


def test_a_sample_larger_than_the_memory_of_its_batch_is_made_once_more() -> None:
    sizes = [(8 * 2**n, 8) for n in range(6)]
    images = [np.full((*size, 3), 7, np.uint8) for size in sizes]
    masks = [np.zeros(size, np.uint8) for size in sizes]
    arguments = {**ARGUMENTS, "batch_size": 6, "shuffle": False}
    with SegmentationSequence(images, masks, **ENGINES["processes"], **arguments) as sequence:
        x, y = sequence[0]
    assert x.shape == (6, 256, 8, 3)
    assert np.count_nonzero(y == 0) == sum(height * width for height, width in sizes)


def test_a_broken_sample_raises_by_default() -> None:
    with Broken(IMAGES, MASKS, **ENGINES["processes"], **ARGUMENTS) as sequence, pytest.raises(SampleError):
        list(sequence)


def _next(sequence: SegmentationSequence) -> SegmentationSequence:
    sequence.on_epoch_end()
    return sequence


def test_further_arrays_beside_the_images() -> None:
    sequence = SegmentationSequence(
        IMAGES,
        MASKS,
        shuffle=False,
        additional={"depth": [mask.astype(np.float32) for mask in MASKS], "parts": MASKS},
        additional_targets={"depth": "value", "parts": "mask"},
        value_fill=-1,
        class_weights="uniform",
        data_format="channels_first",
        workers=0,
        **ARGUMENTS,
    )
    x, y, weights = sequence[1]
    height, width = SIZES[3]
    assert x.shape == (2, 3, 24, 16)
    assert {name: array.shape[1:] for name, array in y.items()} == {
        "mask": (24, 16),
        "depth": (1, 24, 16),
        "parts": (24, 16),
    }
    assert (y["depth"][1, 0, height:] == -1).all()
    assert (y["parts"][1, height:] == 255).all()
    for array in weights.values():
        assert array[1].sum() == height * width
    assert "y: numbers (B, C, H, W) float32, 'depth'" in repr(sequence)


def test_the_element_spec_leaves_sizes_open() -> None:
    sequence = SegmentationSequence(IMAGES, MASKS, data_format="channels_first", workers=0, **ARGUMENTS)
    assert [one.shape for one in sequence.element_spec] == [(2, 3, None, None), (2, None, None)]


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_repeats_of_a_sample_have_sizes_of_their_own(engine: str) -> None:
    arguments: dict[str, Any] = {**ARGUMENTS, "repeats": 2, "batch_size": 6, "transform": TRANSFORM}
    expected = as_bytes(SegmentationSequence(IMAGES, MASKS, workers=0, **arguments))
    with SegmentationSequence(IMAGES, MASKS, **ENGINES[engine], **arguments) as sequence:
        assert as_bytes(sequence) == expected
