"""Warnings of masks at the first batch."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest

from seqaug import Palette
from seqaug.palette.class_map import as_class_map
from seqaug.palette.first_masks_check import FirstMasksCheck
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.mask_subset import MaskSubset

SKY, ROAD, VOID = (200, 40, 40), (10, 60, 90), (0, 0, 0)
PALETTE = {"sky": SKY, "road": ROAD}


class FirstBatch(NamedTuple):
    """A first batch."""

    batch: Mapping[str, np.ndarray]
    loaded: Mapping[str, np.ndarray]


def warnings_of(labels: LabelSpec, masks: list[np.ndarray], *, are_files: bool = True) -> list[str]:
    mask_subset = MaskSubset(lambda index: masks[index], len(masks))
    check = FirstMasksCheck(labels, mask_subset, only_of_batch=False)
    return list(check(FirstBatch({"index": np.arange(1)}, {"mask": labels.encode(masks[0])})))


def ids(*values: int) -> list[np.ndarray]:
    return [np.array([values, values], np.uint8)] * 8


def colors(*values: tuple[int, int, int]) -> list[np.ndarray]:
    return [np.array([values, values], np.uint8)] * 8


def test_good_masks_cause_no_warning() -> None:
    for masks in (ids(0, 1, 2), ids(0, 1, 255), ids(1, 2, 3)):
        assert warnings_of(LabelSpec(None, None, None), masks) == []
        assert warnings_of(LabelSpec(None, 256, 255), masks) == []
    for unknown in ("raise", "ignore", "nearest"):
        assert warnings_of(LabelSpec(Palette(PALETTE, unknown=unknown), None, None), colors(SKY, ROAD)) == []


def test_values_that_are_not_ids() -> None:
    (warning,) = warnings_of(LabelSpec(None, None, None), ids(0, 255))
    assert warning == (
        "the masks do not seem to hold class ids: the 8 masks checked hold 0 (50.0%), 255 (50.0%) and nothing else, "
        "as background and foreground: give class_map={0: 0, 255: 1}"
    )
    assert warnings_of(LabelSpec(None, 256, None), ids(0, 255)) == []  # num_classes says that they are ids


def test_ids_from_1_whose_last_is_ignored() -> None:
    (warning,) = warnings_of(LabelSpec(None, 3, 3), ids(1, 2, 2, 3))
    assert warning == (
        "the 8 masks checked hold 1 (25.0%), 2 (50.0%), 3 (25.0%) and never 0, so ids seem to start at 1: losses skip "
        "3, which is ignore_index, and nothing is learned of class 0; make them start at 0 with class_map={1: 0, 2: 1, "
        "3: 2}, without ignore_index"
    )
    assert warnings_of(LabelSpec(None, 3, 3), [*ids(1, 2, 3), *ids(0, 1)]) == []  # 0 is in other masks
    assert warnings_of(LabelSpec(None, 3, 3), ids(0, 1, 3)) == []
    assert warnings_of(LabelSpec(None, 4, 255), ids(1, 2, 3)) == []
    assert warnings_of(LabelSpec(None, 3, 3, as_class_map({1: 1, 2: 2, 3: None})), ids(1, 2, 3)) == []
    assert warnings_of(LabelSpec(None, None, None), ids(1, 2, 3)) == []


def test_foreground_that_losses_skip() -> None:
    (warning,) = warnings_of(LabelSpec(None, 2, 255), ids(0, 0, 0, 255))
    message = "all 8 masks checked hold nothing but 0 and 255, and losses skip 255, which is ignore_index: 25.0% "
    assert warning.startswith(f"{message}of the pixels; if it is the foreground, leave ignore_index out and ")
    assert warning.endswith("give class_map={0: 0, 255: 1}")


def test_class_maps_of_another_data_set() -> None:
    def cityscapes(*values: int) -> list[str]:
        return warnings_of(LabelSpec(None, None, None, as_class_map("cityscapes")), ids(*values))

    assert cityscapes(7, 8, 11, 0) == []
    (warning,) = cityscapes(*range(7))  # train ids, none of which is 255
    assert warning.startswith("class_map='cityscapes' makes losses skip 100.0% of the pixels of 8 masks")


def test_binary_masks_of_two_kinds() -> None:
    labels = LabelSpec(None, None, None, as_class_map("binary"))
    assert warnings_of(labels, ids(0, 1)) == warnings_of(labels, ids(0, 255)) == []
    (warning,) = warnings_of(labels, [*ids(0, 1)[:4], *ids(0, 255)[:4]])
    assert warning.startswith("the masks hold 1 and 255, and only one of them can be the foreground of binary masks")


def test_masks_of_one_label() -> None:
    (warning,) = warnings_of(LabelSpec(None, 3, None), ids(0, 0))
    assert warning.startswith("all 8 masks checked hold nothing but 0, so a model learns nothing else; ")
    (warning,) = warnings_of(LabelSpec(None, 3, 255), ids(255, 255))
    assert warning.startswith("all 8 masks checked hold nothing but 255, and losses skip 255")
    (warning,) = warnings_of(LabelSpec(Palette(PALETTE), None, None), colors(ROAD))
    assert warning.startswith("all 8 masks checked hold nothing but 1")
    # One mask of several, or a handful, may be so.
    assert warnings_of(LabelSpec(None, 3, None), [*ids(0, 0)[:7], *ids(0, 1)[:1]]) == []
    assert warnings_of(LabelSpec(None, 3, None), ids(0, 0)[:7]) == []


def test_with_a_users_load_only_masks_of_the_first_batch_are_loaded() -> None:
    loaded = []

    def load_mask(index: int) -> np.ndarray:
        loaded.append(index)
        return np.array([[0, 255]], np.uint8)

    check = FirstMasksCheck(LabelSpec(None, None, None), MaskSubset(load_mask, 100), only_of_batch=True)
    first = FirstBatch({"index": np.array([40, 7, 40])}, {"mask": np.array([[0, 255]], np.uint8)})
    (warning,) = check(first)
    assert loaded == [7, 40]
    assert warning.startswith(
        "the masks do not seem to hold class ids: the 2 masks checked hold 0 (50.0%), 255 (50.0%) "
    )


def test_unknown_colors_that_are_most_of_all() -> None:
    masks = colors(*[VOID] * 19, SKY)
    (warning,) = warnings_of(LabelSpec(Palette(PALETTE, unknown="ignore"), None, None), masks)
    assert warning.startswith(
        'unknown="ignore" makes losses skip 95.0% of the pixels of 8 masks, whose colours the palette'
    )
    assert warnings_of(LabelSpec(Palette(PALETTE, unknown="ignore"), None, None), colors(VOID, VOID, SKY, ROAD)) == []


def test_areas_far_from_the_palette_cause_a_warning() -> None:
    (warning,) = warnings_of(
        LabelSpec(Palette(PALETTE, unknown="nearest"), None, None), colors(*[SKY] * 9, (0, 255, 0))
    )
    message = f"unknown=\"nearest\" turns (0, 255, 0), 10.0% of a mask, into 'road', {ROAD}, which is far from it: add"
    assert warning.startswith(message)
    assert (
        warnings_of(LabelSpec(Palette(PALETTE, unknown="nearest"), None, None), colors(*[SKY] * 9, ROAD, (190, 50, 45)))
        == []
    )


@pytest.mark.parametrize("unknown", ["nearest", "ignore"])
def test_palettes_with_red_and_blue_swapped(unknown: str) -> None:
    swapped: dict[str, Any] = {**{name: color[::-1] for name, color in PALETTE.items()}, "grey": (99, 99, 99)}
    masks = colors(*[(99, 99, 99)] * 9, SKY)
    (warning,) = warnings_of(LabelSpec(Palette(swapped, unknown=unknown), None, None), masks)
    assert warning.startswith(
        f"the palette has the masks' colours with red and blue swapped, such as {SKY} in 10.0% of"
    )
