"""Hints on the ids of data sets."""

import cv2
import numpy as np
import pytest

from seqaug.palette.class_map import as_class_map
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.id_hints import class_map_hint, id_hint, id_warning


def counts(values: list[int], masks: int = 4, dtype: type = np.uint16) -> IdCounts:
    """Count ids in masks that hold all of these values, the first one most."""
    flat = np.array([values[0]] * 3 * len(values) + values, dtype)
    return IdCounts.total([IdCounts.of(flat[np.newaxis])] * masks)


NOT_IDS = {
    "black and white": ([0, 255], "give class_map={0: 0, 255: 1}"),
    "black and white, 16 bits": ([0, 65_535], "give class_map={0: 0, 65535: 1}"),
    "two grey values": ([0, 128], "class_map={0: 0, 128: 1}"),
    "stretched to four": ([0, 85, 170, 255], "class_map={0: 0, 85: 1, 170: 2, ...}"),
    "stretched to three": ([0, 128, 255], "class_map={0: 0, 128: 1, 255: 2}"),
    "tens": ([0, 10, 20, 30, 40], "class_map={0: 0, 10: 1"),
    "grey copies of colours": ([0, 29, 76, 150, 226], "grey copies of coloured masks, give the coloured ones"),
    "a photograph": (list(range(3, 240)), "are images and masks swapped"),
    "a dim photograph": (list(range(90, 160)), "are images and masks swapped"),
    "instances": (list(range(400)), "instance ids, a number for each object"),
    "Cityscapes' instances": ([7, 24_001, 26_000, 26_001, 33_000], '*_labelIds.png with class_map="cityscapes"'),
}
MAY_BE_IDS = {
    "two classes": [0, 1],
    "two classes and ignored pixels": [0, 1, 255],
    "from 1 on": [1, 2, 3],
    "21 classes": [*range(21), 255],
    "few of 21 classes": [0, 9, 18, 255],
    "one of 21 classes": [0, 15, 255],
    "150 classes": [0, 1, 2, 3, 12, 87, 120, 149],
    "34 classes": list(range(34)),
    "one class": [0],
    "half of a photograph's range, with gaps": list(range(2, 200, 3)),
    "many parts": list(range(1, 100)),
    "ignored in 16 bits": [0, 1, 2, 65_535],
    "two of many": [0, 17],
}


@pytest.mark.parametrize(("values", "hint"), NOT_IDS.values(), ids=NOT_IDS)
def test_values_that_are_not_ids(values: list[int], hint: str) -> None:
    warning = id_warning(counts(values))
    assert warning is not None
    assert hint in str(warning)
    for num_classes in (2, len(values) // 2 or 1):
        assert hint in str(id_hint(counts(values), num_classes, None))


@pytest.mark.parametrize("values", MAY_BE_IDS.values(), ids=MAY_BE_IDS)
def test_ids_that_may_be(values: list[int]) -> None:
    assert id_warning(counts(values)) is None


@pytest.mark.parametrize(
    ("values", "num_classes", "ignore_index", "hint"),
    [
        (
            [1, 2, 3, 4],
            4,
            None,
            "start at 0 with class_map={1: 0, 2: 1, 3: 2, ...}; or set num_classes=5, which leaves 0",
        ),
        ([1, 2, 3], 3, None, 'class_map="oxford_pets", which ignores the border 3; with the border as a class, class_'),
        ([1, 2, 3, 255], 3, 255, "set num_classes=4"),
        (
            [0, 1, 2, 3],
            3,
            None,
            "if 3 is a class, set num_classes=4; if losses should skip 3, set ignore_index=3; if 0 marks unlabelled "
            "pixels, and classes start at 1, give class_map={0: None, 1: 0, 2: 1, ...}",
        ),
        ([*range(151)], 150, None, 'if they are ADE20K\'s, give class_map="ade20k"; else set num_classes=151'),
        ([*range(34)], 19, None, 'labelIds, give class_map="cityscapes"; else set num_classes=34'),
        ([*range(19), 255], 19, None, "if losses should skip 255, set ignore_index=255"),
        ([0, 1, 255], 2, None, "if losses should skip 255, set ignore_index=255"),
        ([0, 1, 9], 3, None, "if losses should skip 9, set ignore_index=9; if 9 is a class, set num_classes="),
        ([0, 1, 5, 7, 255], 5, None, "set num_classes=8, and ignore_index=255 if losses should skip that"),
        ([0, 9], 2, None, "class_map={0: 0, 9: 1}; if they are class ids, set num_classes=10"),
        ([0, -1, 1], 2, None, "mark such pixels with a label from 0 to 65535, such as 255"),
        ([0, 70_000], 65_536, None, "up to 65535 at most"),
    ],
)
def test_hints_depend_on_the_values(values: list[int], num_classes: int, ignore_index: int | None, hint: str) -> None:
    assert hint in str(id_hint(counts(values, dtype=np.int64), num_classes, ignore_index))


@pytest.mark.parametrize("values", [[0, 255], [255, 0], [1, 2, 3], [0, 9], [9, 0], [9, 0, 1], [255, 0, 1], [5], [255]])
def test_neither_the_majority_nor_the_only_foreground_is_to_be_ignored(values: list[int]) -> None:
    for num_classes in range(1, max(values) + 1):
        assert "set ignore_index" not in str(id_hint(counts(values), num_classes, None))


@pytest.mark.parametrize(
    ("values", "name", "hint"),
    [
        (
            [0, 1, 18, 255],
            "cityscapes",
            "which are classes already; give num_classes=19 and ignore_index=255 instead of",
        ),
        ([7, 26_001], "cityscapes", "give its *_labelIds.png"),
        ([0, 40], "cityscapes", 'add 40 to class_map, with a class id, or None to ignore such pixels; "default": None'),
        ([0, 128], "binary", "say which value is the foreground: class_map={0: 0, 128: 1}"),
        (list(range(3, 240)), "ade20k", "are images and masks swapped"),
    ],
)
def test_ids_that_a_class_map_lacks(values: list[int], name: str, hint: str) -> None:
    class_map = as_class_map(name)
    assert class_map is not None
    assert hint in class_map_hint(counts(values), class_map)


def test_black_and_white_with_blurred_borders() -> None:
    mask = np.zeros((80, 90), np.uint8)
    cv2.circle(mask, (40, 40), 30, 255, -1)
    blurred = IdCounts.of(cv2.GaussianBlur(mask, (5, 5), 0))
    for hint in (id_warning(blurred), id_hint(blurred, 2, None)):
        assert "compressed as JPEG or resized with interpolation" in str(hint)
        assert 'unknown="nearest"' in str(hint)
