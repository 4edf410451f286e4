"""Conversion of masks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import Palette, SampleError
from seqaug.core.sample_request import SampleRequest
from seqaug.jobs.convert_masks import Conversion, MaskConverter, plan_conversions
from seqaug.reading.masks import read_class_ids, read_mask_colors

PALETTE = Palette(COLORS, ignore=["void"])


def convert(source: str, target: Path, palette: Palette, to: str, ignore_index: int | None = None) -> None:
    MaskConverter([Conversion(source, str(target))], palette, to, ignore_index).sample(SampleRequest(0, 0, 0))


def test_the_plan_keeps_the_tree(pairs: Pairs, tmp_path: Path) -> None:
    masks = Path(pairs.masks[0]).parent
    (masks / "x").mkdir()
    Path(pairs.masks[5]).rename(masks / "x" / "5.png")
    plan = plan_conversions(masks, tmp_path / "out")
    assert {job.target for job in plan} == {str(tmp_path / "out" / Path(job.source).relative_to(masks)) for job in plan}
    assert not (tmp_path / "out").exists()


def test_two_masks_of_one_stem_are_refused(pairs: Pairs, tmp_path: Path) -> None:
    cv2.imwrite(pairs.masks[0].replace(".png", ".bmp"), np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match=r"would both become 000\.png"):
        plan_conversions(Path(pairs.masks[0]).parent, tmp_path / "out")


@pytest.mark.parametrize("out", [".", "ids"])
def test_results_must_not_lie_among_the_masks(pairs: Pairs, out: str) -> None:
    masks = Path(pairs.masks[0]).parent
    with pytest.raises(ValueError, match="among the masks; expected another directory"):
        plan_conversions(masks, masks / out, force=True)


def test_ids_of_16_bits(tmp_path: Path) -> None:
    palette = Palette({f"c{number}": (number // 256, number % 256, 7) for number in range(300)})
    colors = palette.decode(np.arange(300).reshape(15, 20))
    cv2.imwrite(str(tmp_path / "in.png"), colors[..., ::-1])
    convert(str(tmp_path / "in.png"), tmp_path / "out.png", palette, "ids")
    assert np.array_equal(read_class_ids(tmp_path / "out.png"), np.arange(300).reshape(15, 20))
    convert(str(tmp_path / "out.png"), tmp_path / "back.png", palette, "colors")
    assert np.array_equal(read_mask_colors(tmp_path / "back.png"), colors)


def test_another_ignore_index(pairs: Pairs, tmp_path: Path) -> None:
    convert(pairs.masks[0], tmp_path / "ids.png", PALETTE, "ids", 9)
    assert np.array_equal(read_class_ids(tmp_path / "ids.png"), np.where(pairs.ids[0] == 255, 9, pairs.ids[0]))


def test_ignored_pixels_without_a_colour_would_become_a_class(pairs: Pairs, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "ids.png"), np.array([[0, 1, 255]], np.uint8))
    with pytest.raises(SampleError, match="1 pixels have the ignore index 255, for which the palette has no colour"):
        convert(str(tmp_path / "ids.png"), tmp_path / "out.png", Palette.named("binary"), "colors")
    assert not (tmp_path / "out.png").exists()


def test_a_file_that_does_not_read_back_is_not_kept(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqaug.jobs.convert_masks.read_class_ids", lambda path: read_class_ids(path) // 2)
    with pytest.raises(SampleError, match="does not read back as it was written"):
        convert(pairs.masks[0], tmp_path / "out" / "ids.png", PALETTE, "ids")
    assert list((tmp_path / "out").iterdir()) == []
