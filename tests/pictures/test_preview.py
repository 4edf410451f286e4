"""`seq.preview()`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import Palette, SegmentationSequence

pytest.importorskip("matplotlib")

PALETTE = Palette(COLORS, ignore=("void",))


def pixels(png: bytes) -> np.ndarray:
    """Decode a picture, RGB."""
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)


def test_a_picture_shows_samples_before_and_after(pairs: Pairs, tmp_path: Path) -> None:
    sequence = SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, transform=A.Compose([A.HorizontalFlip(p=1)]), workers=0
    )
    preview = sequence.preview(index=2)
    preview.save(tmp_path / "preview.png")
    assert (tmp_path / "preview.png").read_bytes() == preview.png == preview._repr_png_()
    assert preview.advice == []
    shown = pixels(preview.png)
    # The cells of the row: 300 x 225 pixels each, 8 apart, below a heading and a caption.
    image, _, augmented, _ = (shown[52 : 52 + 225, 8 + 308 * i : 308 + 308 * i] for i in range(4))
    assert np.abs(image[:, ::-1].astype(int) - augmented).mean() < 1
    expected = cv2.resize(pairs.pixels[2], (300, 225), interpolation=cv2.INTER_LINEAR)
    assert np.abs(image.astype(int) - expected).mean() < 1


def test_the_same_epoch_is_the_same_picture(pairs: Pairs) -> None:
    sequence = SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, transform=A.Compose([A.RandomCrop(16, 16)]), workers=0
    )
    first = sequence.preview(2).png
    assert sequence.preview(2, epoch=1).png != first
    assert sequence.epoch == 0
    sequence.set_epoch(1)
    assert sequence.preview(2, epoch=0).png == first
    assert sequence.preview(2).png != first


@pytest.mark.parametrize(
    ("arguments", "channels"),
    [
        ({"transform": None}, 3),
        ({"transform": A.Compose([A.Normalize()]), "ignore_index": 9}, 3),
        ({"num_classes": 3}, 1),
    ],
)
def test_arrays_and_ids_and_floats(pairs: Pairs, arguments: dict[str, Any], channels: int) -> None:
    sequence = SegmentationSequence(pairs.pixels[..., :channels], pairs.ids % 3, workers=0, **arguments)
    assert pixels(sequence.preview(1).png).shape[1] == 1240


def test_remarks_stand_below_and_are_listed(pairs: Pairs) -> None:
    plain = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, workers=0)
    warned = SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, transform=A.HorizontalFlip(p=0), workers=0
    )
    preview = warned.preview(1)
    assert preview.advice == ["HorizontalFlip has p=0 and is never applied; leave it out"]
    assert pixels(preview.png).shape[0] == pixels(plain.preview(1).png).shape[0] + 22


def test_without_matplotlib_the_cure_is_said(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, workers=0)
    with pytest.raises(ImportError, match=r'pip install "seqaug\[plot\]"'):
        sequence.preview()


def test_a_subclass_that_loads_its_own(pairs: Pairs) -> None:
    class Own(SegmentationSequence):
        def load(self, index: int) -> Any:
            return {"image": pairs.pixels[index], "mask": pairs.ids[index]}

    sequence = Own(num_samples=6, num_classes=3, ignore_index=255, workers=0)
    assert pixels(sequence.preview(2).png).shape[1] == 1240
