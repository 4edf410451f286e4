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
from seqaug.visualization.preview import Preview

matplotlib = pytest.importorskip("matplotlib")

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
    expected = cv2.resize(pairs.pixels[2], (300, 225), interpolation=cv2.INTER_LINEAR)
    # The cells of the row: 300 x 225 pixels each, 8 apart, below a heading and a caption.
    image, _, augmented, _ = (shown[52 : 52 + 225, 8 + 308 * i : 308 + 308 * i] for i in range(4))
    # Matplotlib before 3.11, the last for Python 3.10, places pictures a fraction of a pixel off.
    limit = 1 if tuple(map(int, matplotlib.__version__.split(".")[:2])) >= (3, 11) else 10
    assert np.abs(image[:, ::-1].astype(int) - augmented).mean() < limit
    assert np.abs(image.astype(int) - expected).mean() < limit


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


def test_advice_is_shown_below_and_listed(pairs: Pairs) -> None:
    plain = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, workers=0)
    warned = SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, transform=A.HorizontalFlip(p=0), workers=0
    )
    preview = warned.preview(1)
    assert preview.advice == ["HorizontalFlip has p=0 and is never applied; leave it out"]
    assert pixels(preview.png).shape[0] == pixels(plain.preview(1).png).shape[0] + 22


def shown_as_svg(preview: Preview, folder: Path) -> str:
    preview.save(folder / "shown.svg")
    return (folder / "shown.svg").read_text()


def test_captions_say_what_is_in_the_batch(pairs: Pairs, tmp_path: Path) -> None:
    images = np.full((2, 8, 8, 3), 51, np.uint8)
    images[:, 0, 0] = 0
    masks = np.zeros((2, 8, 8), np.uint8)
    for arguments, text in (
        ({}, "in the batch float32 0 to 0.2"),
        ({"rescale": None}, "in the batch uint8 0 to 51"),
        ({"transform": A.Normalize()}, "in the batch float32 -2.12 to -0.916, stretched for display"),
    ):
        sequence = SegmentationSequence(images, masks, num_classes=2, ignore_index=9, workers=0, **arguments)
        assert text in shown_as_svg(sequence.preview(1), tmp_path)


@pytest.mark.parametrize("arguments", [{"num_classes": 2}, {}, {"palette": "binary"}])
def test_binary_masks_color_the_foreground_alone(arguments: dict[str, Any], tmp_path: Path) -> None:
    image = np.full((1, 20, 20, 3), 100, np.uint8)
    ids = np.zeros((1, 20, 20), np.uint8)
    ids[0, :10] = 1
    mask = (ids * 255)[..., np.newaxis].repeat(3, axis=-1) if "palette" in arguments else ids
    sequence = SegmentationSequence(image, mask, workers=0, **arguments)
    preview = sequence.preview(1)
    shown = pixels(preview.png)[52:, 316:616]
    assert (shown[200, 150] == 100).all()
    assert (shown[50, 150] != 100).any()
    assert (shown[50, 150] != shown[50, 150, 0]).any(), "neither white nor grey"
    assert "(not coloured)" in shown_as_svg(preview, tmp_path)


@pytest.mark.parametrize("names", [("background", "tumour"), ("tumour", "background")])
def test_a_palette_of_two_classes_keeps_the_color_of_the_foreground(names: tuple[str, str]) -> None:
    stored = {"background": (0, 0, 0), "tumour": (200, 50, 0)}
    mask = np.zeros((1, 20, 20, 3), np.uint8)
    mask[0, :10] = stored["tumour"]
    palette = {name: stored[name] for name in names}
    sequence = SegmentationSequence(np.full((1, 20, 20, 3), 100, np.uint8), mask, palette=palette, workers=0)
    shown = pixels(sequence.preview(1).png)[52:, 316:616]
    assert shown[200, 150].tolist() == [100, 100, 100]
    assert shown[50, 150].tolist() == [160, 70, 40]


def test_pages_are_as_wide_as_asked_and_split(pairs: Pairs, tmp_path: Path) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids, num_classes=3, ignore_index=255, workers=0)
    preview = sequence.preview(index=[0, 1, 2, 3] * 11, width=411)
    folder = tmp_path / "pages"
    folder.mkdir()
    files = preview.save(folder / "shown.png")
    assert [file.name for file in files] == ["shown-1.png", "shown-2.png"]
    assert sorted(folder.iterdir()) == files
    for file in files:
        height, found, _ = pixels(file.read_bytes()).shape
        assert found == 411
        assert height <= 4000
    assert preview._repr_png_() is None
    assert (preview._repr_html_() or "").count("<img ") == 2


@pytest.mark.parametrize(
    ("suffix", "magic"),
    [
        ("png", b"\x89PNG"),
        ("jpg", b"\xff\xd8\xff"),
        ("JPEG", b"\xff\xd8\xff"),
        ("webp", b"RIFF"),
        ("pdf", b"%PDF"),
        ("svg", b"<?xml"),
    ],
)
def test_the_suffix_sets_the_format(pairs: Pairs, suffix: str, magic: bytes, tmp_path: Path) -> None:
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, workers=0)
    assert sequence.preview(1).save(tmp_path / f"a.{suffix}") == [tmp_path / f"a.{suffix}"]
    assert (tmp_path / f"a.{suffix}").read_bytes().startswith(magic)


def test_other_suffixes_are_refused(pairs: Pairs, tmp_path: Path) -> None:
    preview = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, workers=0).preview(1)
    for name in ("a.xyz", "a"):
        with pytest.raises(ValueError, match=r"expected \.png, \.jpg, \.jpeg, \.webp, \.pdf or \.svg"):
            preview.save(tmp_path / name)
    assert not list(tmp_path.glob("a*"))


def test_a_transform_error_is_shown_beside_the_advice(pairs: Pairs) -> None:
    parts = [A.HorizontalFlip(p=0), A.RandomCrop(500, 500)]
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, transform=A.Compose(parts), workers=0)
    preview = sequence.preview(2)
    assert preview.advice[0] == "HorizontalFlip has p=0 and is never applied; leave it out"
    assert any("sample " in note and "Crop" in note for note in preview.advice)
    assert pixels(preview.png).shape[1] == 1240


@pytest.mark.parametrize("width", [399, 10_001])
def test_other_widths_are_refused(pairs: Pairs, width: int) -> None:
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, workers=0)
    with pytest.raises(ValueError, match=f"width={width}; expected at"):
        sequence.preview(1, width=width)


def test_without_matplotlib_the_error_names_the_extra(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
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
