"""Issues of single masks."""

from typing import Any

import cv2
import numpy as np
import pytest

from seqaug import Palette
from seqaug.checking.masks import MaskCheck
from seqaug.palette.class_map import as_class_map
from seqaug.palette.label_spec import LabelSpec

PALETTE = Palette({"sky": (128, 128, 128), "road": (128, 64, 128), "void": (0, 0, 0)}, ignore=["void"])
IDS = np.repeat(np.repeat(np.array([[0, 1], [2, 0]], np.uint8), 10, 0), 12, 1)


def types_of(mask: np.ndarray, *, palette: Palette | None = None, classes: Any = None, ignore: Any = None) -> list[str]:
    return [issue.type for issue in MaskCheck(LabelSpec(palette, classes, ignore)).issues(mask)]


def test_good_masks_have_no_issues() -> None:
    assert types_of(IDS) == types_of(IDS, classes=3) == types_of(IDS, classes=2, ignore=2) == []
    assert types_of(PALETTE.decode(IDS % 2), palette=PALETTE) == []
    assert types_of(np.full((4, 4), 1, np.uint8), classes=3) == []  # one class throughout, which is not background


def test_colors_without_a_palette_are_no_ids() -> None:
    (issue,) = MaskCheck(LabelSpec(None, None, None)).issues(PALETTE.decode(IDS % 2))
    problem = "3 channels of uint8 that differ; its 2 colours are all in the built-in palettes 'camvid', 'camvid32'; "
    assert issue == ("unusable_masks", {"problem": f"{problem}expected one channel of class ids, or --palette"})


def test_photographs_in_the_place_of_masks() -> None:
    photograph = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    assert types_of(photograph) == types_of(photograph, classes=3) == ["photographs"]
    assert types_of(photograph[..., 0]) == types_of(photograph[..., 0], classes=3) == ["photographs"]
    (issue,) = MaskCheck(LabelSpec(PALETTE, None, None)).issues(photograph)
    assert issue.type == "unknown_colors"
    assert issue.details["hint"].startswith("the mask looks like a photograph")


def test_ids_that_no_label_may_be() -> None:
    assert types_of(IDS.astype(np.int16) - 1) == types_of(IDS.astype(np.int32) * 70_000) == ["ids_out_of_range"]


def test_ids_are_counted() -> None:
    _, counts = MaskCheck(LabelSpec(None, None, None)).inspect(IDS)
    assert counts is not None
    assert (counts.ids.tolist(), counts.pixels.tolist()) == ([0, 1, 2], [240, 120, 120])
    _, of_colors = MaskCheck(LabelSpec(PALETTE, None, None)).inspect(PALETTE.decode(np.where(IDS == 2, 255, IDS)))
    assert of_colors is not None
    assert (of_colors.ids.tolist(), of_colors.pixels.tolist()) == ([0, 1, 255], [240, 120, 120])


def test_unknown_colors_say_which_and_what_is_near() -> None:
    mask = PALETTE.decode(IDS % 2)
    mask[:2, :3] = 120, 70, 130
    (issue,) = MaskCheck(LabelSpec(PALETTE, None, None)).issues(mask)
    assert issue.type == "unknown_colors"
    assert issue.details.pop("hint").startswith("the mask looks compressed as JPEG")
    assert issue.details == {
        "pixels": 6,
        "of": 480,
        "distinct": 1,
        "colors": [{"color": [120, 70, 130], "pixels": 6, "nearest": "road", "nearest_color": [128, 64, 128]}],
    }


def test_masks_through_jpeg_have_unknown_colors() -> None:
    data = cv2.imencode(".jpg", PALETTE.decode(IDS % 2))[1]
    assert types_of(cv2.imdecode(data, cv2.IMREAD_COLOR), palette=PALETTE) == ["unknown_colors"]


def test_ids_out_of_range_say_which() -> None:
    mask = IDS.copy()
    mask[0] = 255
    mask[1, :2] = 7
    (issue,) = MaskCheck(LabelSpec(None, 3, None)).issues(mask)
    wrong = [{"id": 255, "pixels": 24}, {"id": 7, "pixels": 2}]
    assert issue == ("ids_out_of_range", {"pixels": 26, "of": 480, "distinct": 2, "ids": wrong})
    assert types_of(IDS.astype(np.int16) - 1, classes=3) == ["ids_out_of_range"]


@pytest.mark.parametrize("palette", [PALETTE, None])
def test_interpolated_masks_are_nothing_else(palette: Palette | None) -> None:
    colors = cv2.resize(PALETTE.decode(IDS % 2), None, fx=1.7, fy=1.7, interpolation=cv2.INTER_LINEAR)
    assert types_of(colors, palette=palette) == ["interpolated_masks"]
    assert types_of(cv2.resize(IDS * 100, None, fx=1.7, fy=1.7), classes=3) == ["interpolated_masks"]


def test_masks_of_one_label() -> None:
    empty, ignored = np.zeros((4, 5), np.uint8), np.full((4, 5), 255, np.uint8)
    assert types_of(empty) == types_of(empty, classes=3) == ["empty_masks"]
    assert types_of(ignored, classes=3, ignore=255) == ["ignored_masks"]
    assert types_of(ignored, classes=3) == ["ids_out_of_range"]
    assert types_of(empty, classes=3, ignore=0) == ["ignored_masks"]
    assert types_of(PALETTE.decode(empty), palette=PALETTE) == ["empty_masks"]
    assert types_of(PALETTE.decode(ignored), palette=PALETTE) == ["ignored_masks"]


def test_several_ignored_colors_are_one_label() -> None:
    palette = Palette({"a": (9, 9, 9), "b": (8, 8, 8), "c": (7, 7, 7)}, ignore=["b", "c"])
    mask = np.full((4, 4, 3), 8, np.uint8)
    mask[:2] = 7
    assert types_of(mask, palette=palette) == ["ignored_masks"]


def test_masks_that_hold_no_ids() -> None:
    assert types_of(PALETTE.decode(IDS % 2), classes=3) == ["unusable_masks"]
    assert types_of(IDS.astype(np.float32), classes=3) == ["unusable_masks"]


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ([7, 8, 0], []),
        ([7, 7, 7], [("empty_masks", {"label": 0})]),
        ([0, 1, 2], [("ignored_masks", {"label": 255})]),
    ],
)
def test_stored_ids_are_judged_by_their_classes(stored: list[int], found: list[Any]) -> None:
    check = MaskCheck(LabelSpec(None, None, None, as_class_map("cityscapes")))
    assert check.issues(np.array([stored], np.uint8)) == found


def test_ids_that_the_class_map_lacks() -> None:
    check = MaskCheck(LabelSpec(None, None, None, as_class_map("cityscapes")))
    (issue,) = check.issues(np.array([[7, 40, 40, 8]], np.uint8))
    assert issue.type == "ids_out_of_range"
    assert issue.details["ids"] == [{"id": 40, "pixels": 2}]
    (issue,) = MaskCheck(LabelSpec(None, None, None, as_class_map("binary"))).issues(np.array([[0, 1, 255]], np.uint8))
    assert (issue.type, issue.details["problem"][:9]) == ("unusable_masks", "1 and 255")
