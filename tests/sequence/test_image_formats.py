"""`dtype=` and `data_format=` of a sequence: the same batches in other numbers and orders of axes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import ml_dtypes
import numpy as np
import pytest
from engine_settings import ENGINES
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import ClassificationSequence, InputMonitor, Palette, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))
DTYPES: dict[str, Any] = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("formats"), 10)


def make(data: Pairs, **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {
        "palette": PALETTE,
        "batch_size": 4,
        "seed": 3,
        "transform": A.Compose([A.RandomCrop(16, 20), A.D4(p=0.5), A.Resize(16, 20)]),
        "workers": 0,
    }
    return SegmentationSequence(data.images, data.masks, **{**settings, **arguments})


def as_bytes(batches: Any) -> list[list[bytes]]:
    return [[part.tobytes() for part in batch] for batch in batches]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", [*ENGINES, "executor"])
def test_every_engine_rounds_the_float32_batch(data: Pairs, engine: str, dtype: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        settings = ENGINES.get(engine, {"executor": pool})
        with make(data, dtype=dtype, data_format="channels_first", **settings) as sequence:
            for (x, y), (full, mask) in zip(sequence, make(data), strict=True):
                assert x.dtype == DTYPES[dtype]
                assert x.tobytes() == np.moveaxis(full, -1, 1).astype(DTYPES[dtype]).tobytes()
                assert np.array_equal(y, mask)


@pytest.mark.parametrize("dtype", DTYPES)
def test_resumed_and_sharded(data: Pairs, dtype: Any) -> None:
    arguments: dict[str, Any] = {"dtype": dtype, "batch_size": 2}
    whole = make(data, dtype=dtype)
    shards = [make(data, shard=(number, 2), **arguments) for number in range(2)]
    assert [b"".join(parts) for parts in zip(*([x.tobytes() for x, _ in shard] for shard in shards), strict=True)] == [
        x.tobytes() for x, _ in whole
    ]
    sequence = make(data, **arguments)
    batches = as_bytes(sequence)
    for _ in zip(range(2), sequence, strict=False):
        state = sequence.state_dict()
    resumed = make(data, **arguments)
    resumed.load_state_dict(state)
    assert as_bytes(resumed) == batches[2:]


def test_images_with_labels(data: Pairs) -> None:
    labels = np.arange(10) % 2
    arguments: dict[str, Any] = {"batch_size": 5, "workers": 0, "shuffle": False}
    full = ClassificationSequence(data.images, labels, **arguments)[1][0]
    sequence = ClassificationSequence(data.images, labels, dtype="float16", data_format="channels_first", **arguments)
    x, _ = sequence[1]
    assert np.array_equal(x, np.moveaxis(full, -1, 1).astype(np.float16))
    assert "x: images (B, 3, H, W): uint8 becomes float16 in 0..1" in repr(sequence)
    assert "float16 in 0..1" in repr(sequence).splitlines()[2]


@pytest.mark.parametrize("encoding", ["sparse", "one_hot"])
def test_pictures_are_those_of_float32(data: Pairs, tmp_path: Path, encoding: Any) -> None:
    arguments: dict[str, Any] = {"mask_encoding": encoding, "class_weights": "uniform"}
    expected = make(data, **arguments).save_augmented(tmp_path / "float32", 3)
    for number, others in enumerate(
        ({"dtype": "float16"}, {"dtype": "bfloat16"}, {"data_format": "channels_first", "dtype": "bfloat16"})
    ):
        made = make(data, **arguments, **others).save_augmented(tmp_path / str(number), 3)
        for one, other in zip(expected, made, strict=True):
            assert np.array_equal(cv2.imread(str(one), -1), cv2.imread(str(other), -1))


def test_the_preview_says_what_is_in_the_batch(data: Pairs) -> None:
    pytest.importorskip("matplotlib")
    preview = make(data, dtype="bfloat16", data_format="channels_first").preview(1)
    assert "in the batch bfloat16 0" in "".join(str(row) for page in preview._pages for row in page.rows)


@pytest.mark.parametrize(("dtype", "policy"), [("float16", "mixed_float16"), ("bfloat16", "mixed_bfloat16")])
@pytest.mark.parametrize("workers", [0, 2])
def test_fit_under_mixed_precision_takes_it_without_a_cast(data: Pairs, dtype: Any, policy: str, workers: int) -> None:
    seen: set[str] = set()

    class Seeing(keras.layers.Layer):
        """Notes the dtype that the model is given, before any layer casts it."""

        def __init__(self) -> None:
            super().__init__(autocast=False)

        def call(self, inputs: Any) -> Any:
            seen.add(keras.backend.standardize_dtype(inputs.dtype))
            return inputs

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = keras.Sequential([Seeing(), keras.layers.Conv2D(4, 3, padding="same")])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
        model.compile("sgd", loss)
        with make(data, dtype=dtype, workers=workers) as sequence:
            monitor = InputMonitor()
            history = model.fit(
                sequence, validation_data=sequence, epochs=2, shuffle=False, verbose=0, callbacks=[monitor]
            )
            assert [part.dtype.name for part in sequence.to_tf_dataset().element_spec] == [dtype, "uint8"]
    finally:
        keras.config.set_dtype_policy(before)
    assert np.isfinite(history.history["loss"]).all()
    assert seen == {dtype}


def test_a_value_too_large_is_an_error_from_workers_too() -> None:
    images = np.full((2, 4, 4, 1), 60_000, np.uint16)
    with (
        SegmentationSequence(
            images, np.zeros((2, 4, 4), np.uint8), rescale=2, dtype="float16", **ENGINES["processes"]
        ) as sequence,
        pytest.raises(ValueError, match='dtype="float16" has no numbers as large as 120000'),
    ):
        list(sequence)
