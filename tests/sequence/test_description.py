"""The `repr` of a sequence, with the range of its batches."""

from __future__ import annotations

import base64
import os
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import ClassificationSequence, ClassUniform, Palette, SegmentationSequence
from seqaug.engines.base import EngineStatus
from seqaug.reading.png_decoders import png_decoder_name

PALETTE = Palette(COLORS, ignore=("void",))


def plain(pairs: Pairs, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "batch_size": 4, "workers": 0, "shuffle": False, **arguments}
    return SegmentationSequence(pairs.images, pairs.masks, **settings)


def test_it_describes_the_sequence(pairs: Pairs) -> None:
    transform = A.Compose([A.RandomCrop(16, 16), A.HorizontalFlip()])
    prepare = A.SmallestMaxSize(20)
    sequence = plain(pairs, prepare=prepare, transform=transform, seed=5, shuffle=True, workers=2, image_size=(8, 8))
    assert repr(sequence).splitlines() == [
        "SegmentationSequence of 6 samples, 2 batches of 4, epoch 0",
        "  x: images (B, 8, 8, 3): uint8 becomes float32 in 0..1 (rescale=1 / 255), uint16 is unchanged; float, as "
        "after A.Normalize, is unchanged",
        "  y: class ids (B, 8, 8) uint8 of 3 classes: ground, wall, lamp; ignore_index=255",
        "  prepare: SmallestMaxSize",
        "  transform: Compose(RandomCrop, HorizontalFlip)",
        "  order: shuffled, seed 5",
        "  workers: 2 threads, cache: none",
        f"  PNG decoder: {png_decoder_name(is_parallel=True)}",
    ]


@pytest.mark.parametrize(
    ("arguments", "said", "seen"),
    [
        ({}, "float32 in 0..1 (rescale=1 / 255)", r"(4, 24, 32, 3) float32 in 0..1"),
        ({"rescale": None}, "integers are unchanged (rescale=None), uint8 in 0..255", "uint8 in 0..255"),
        ({"rescale": 1 / 127.5}, "uint8 becomes float32 in 0..2, uint16 in 0..514", "float32 in 0..2"),
        ({"transform": A.Normalize()}, "as after A.Normalize, is unchanged", "float32 in -2.12..2.64"),
    ],
)
def test_the_range_is_described_before_and_after_the_first_batch(
    pairs: Pairs, arguments: dict[str, Any], said: str, seen: str
) -> None:
    sequence = plain(pairs, **arguments)
    assert said in repr(sequence)
    assert "first batch" not in repr(sequence)
    sequence[0]
    (line,) = [line for line in repr(sequence).splitlines() if "the first batch was" in line]
    assert seen in line
    assert line in repr(pickle.loads(pickle.dumps(sequence)))


def test_masks_and_labels_as_they_are_encoded(pairs: Pairs) -> None:
    assert "y: one-hot classes (B, H, W, 3) float32 of 3 classes" in repr(
        plain(pairs, mask_encoding="one_hot", class_weights="inverse")
    )
    assert "; sample_weight (B, H, W) float32" in repr(plain(pairs, class_weights="inverse"))
    ids = SegmentationSequence(pairs.pixels, pairs.ids)
    assert "x: images (B, H, W, C)" in repr(ids)
    assert "y: class ids (B, H, W) int32, of an unknown number of classes (num_classes=)" in repr(ids)
    assert "y: none, images without masks to predict on" in repr(SegmentationSequence(pairs.images))
    labelled = ClassificationSequence(pairs.images, list("abcabc"))
    assert "y: class ids (B,) int32 of 3 classes: a, b, c" in repr(labelled)
    assert "y: none, images alone (label_mode=None)" in repr(ClassificationSequence(pairs.images, label_mode=None))


def test_order_workers_and_cache(pairs: Pairs, tmp_path: Path) -> None:
    assert "order: not shuffled, seed 0\n  workers: none, cache: 'memory'" in repr(plain(pairs, cache="memory"))
    assert f"cache: {str(tmp_path / 'kept')!r}" in repr(plain(pairs, cache=tmp_path / "kept"))
    assert "order: oversample='class_uniform'" in repr(plain(pairs, oversample="class_uniform"))
    assert "order: oversample=ClassUniform(" in repr(plain(pairs, oversample=ClassUniform()))
    assert "workers: 3 processes" in repr(plain(pairs, workers=3, use_multiprocessing=True))
    with ThreadPoolExecutor(1) as pool:
        assert "workers: ThreadPoolExecutor" in repr(plain(pairs, executor=pool))


def test_it_fits_a_screen(pairs: Pairs) -> None:
    names = {f"a class with a name {number}": (number, 0, 0) for number in range(60)}
    masks = np.zeros((2, 4, 4, 3), np.uint8)
    transform = A.Compose([A.HorizontalFlip()] * 40)
    sequence = SegmentationSequence(
        np.zeros((2, 4, 4, 3), np.uint8), masks, palette=names, transform=transform, oversample=[1.0] * 2
    )
    lines = repr(sequence).splitlines()
    assert len(lines) < 12
    assert max(map(len, lines)) < 300


def test_a_subclass_and_one_that_is_not_constructed(pairs: Pairs) -> None:
    class Own(SegmentationSequence):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            self.before = repr(self)
            super().__init__(*arguments, **named)

        def assemble(self, batch: dict[str, np.ndarray]) -> Any:
            return batch["image"], batch["mask"]

    sequence = Own(pairs.images, pairs.masks, palette=PALETTE)
    assert "Own object at" in sequence.before
    assert "assembled by its own assemble()" in repr(sequence)


def test_the_summary_says_more(pairs: Pairs, capsys: pytest.CaptureFixture[str]) -> None:
    transform = A.Compose([A.RandomCrop(16, 16), A.HorizontalFlip(p=0.25)])
    sequence = plain(pairs, transform=transform, shard=(0, 2), on_error="skip")
    sequence.summary()
    printed = capsys.readouterr().out.splitlines()
    assert printed[: len(repr(sequence).splitlines())] == repr(sequence).splitlines()
    text = "\n".join(printed)
    assert "batch: (ArraySpec((None, 16, 16, 3), float32), ArraySpec((None, 16, 16), uint8)), 13.3 KB" in text
    assert pairs.images[0] in text
    assert "shard: 0 of 2" in text
    assert "classes: 0 ground, 1 wall, 2 lamp" in text
    assert "HorizontalFlip(p=0.25)" in text
    assert "engine: inline, not started" in text
    assert "skipped: 0 samples" in text
    assert "opencv" in text
    shares = sequence.class_statistics().share
    lines: list[str] = []
    sequence.summary(lines.append)
    assert any(f"0 ground {shares[0]:.2%}, 1 wall" in line for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"mask_encoding": "one_hot"},
        {"mask_encoding": "one_hot", "data_format": "channels_first", "dtype": "bfloat16"},
    ],
)
@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
def test_a_notebook_shows_a_table_and_the_first_batch(pairs: Pairs, arguments: Any) -> None:
    sequence = plain(pairs, transform=A.Compose([A.HorizontalFlip()]), **arguments)
    assert "<img" not in sequence._repr_html_()
    sequence[0]
    for shown in (sequence, pickle.loads(pickle.dumps(sequence))):
        page = shown._repr_html_()
        assert "<th>transform</th>" in page
        data = re.search(r'src="data:image/png;base64,([^"]+)"', page)
        assert data is not None
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(data[1]), np.uint8), cv2.IMREAD_COLOR_RGB)
        # Four images beside each other, each above its mask.
        assert picture.shape == (2 * 24, 4 * 32, 3)
        x, y = plain(pairs, transform=A.Compose([A.HorizontalFlip()]))[0]
        assert np.abs(picture[:24, 32:64] - x[1] * 255).max() < 1.5
        assert np.array_equal(picture[24:, 32:64], PALETTE.decode(y[1], 255))


def test_a_large_picture_is_made_small(pairs: Pairs) -> None:
    sequence = ClassificationSequence(np.zeros((2, 500, 300, 5), np.float32), [0, 1], workers=0)
    sequence[0]
    assert len(sequence._repr_html_()) < 3000


@pytest.mark.parametrize("kind", ["inline", "threads", "processes", "executor"])
def test_the_engine_says_what_works(pairs: Pairs, kind: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        arguments: dict[str, Any] = {
            "inline": {"workers": 0},
            "threads": {"workers": 2},
            "processes": {"workers": 2, "use_multiprocessing": True},
            "executor": {"executor": pool},
        }[kind]
        with plain(pairs, **arguments) as sequence:
            workers = 0 if kind == "inline" else 2
            assert sequence.engine == EngineStatus(kind, workers)
            sequence[0]
            status = sequence.engine
            assert (status.kind, status.workers, status.is_running) == (kind, workers, kind != "inline")
            assert len(status.pids) == (2 if kind == "processes" else 0)
            for pid in status.pids:
                os.kill(pid, 0)
        if kind != "executor":
            assert sequence.engine == EngineStatus(kind, workers)
        with pytest.raises(AttributeError, match=r"engine of a sequence cannot be set"):
            sequence.engine = None
