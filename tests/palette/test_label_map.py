"""Maps of labels to class ids."""

from __future__ import annotations

from typing import Any

import pytest

from seqaug import Palette
from seqaug.palette.class_map import ClassMap, as_class_map
from seqaug.palette.label_map import LabelMap
from seqaug.palette.label_spec import LabelSpec


@pytest.mark.parametrize(
    ("ids", "background", "names"),
    [
        ({"cat": 1, "dog": 2}, 0, ["background", "cat", "dog"]),
        ({"cat": 1, "dog": 1, "default": 0}, 0, ["background", "cat/dog"]),
        ({"default": 1}, 0, ["background", "default"]),
        ({"road": 0, "car": 1, "default": None}, None, ["road", "car"]),
        ({"road": 0, "Background": 1}, 1, ["road", "Background"]),
        ({"_background_": 2, "unlabeled": None, "a": 0, "b": 1}, 2, ["a", "b", "_background_"]),
        ({"unlabeled": None, "road": 0}, None, ["road"]),
    ],
)
def test_background_and_names(ids: dict[str, int | None], background: int | None, names: list[str]) -> None:
    label_map = as_class_map(ids)
    assert isinstance(label_map, LabelMap)
    assert (label_map.background, label_map.class_names) == (background, names)
    assert (label_map.num_classes, label_map.missing) == (len(names), [])
    labels = LabelSpec(None, None, None, label_map)
    assert (labels.class_names, labels.label_map, labels.class_map) == (names, label_map, None)
    assert not labels.colored_masks
    assert labels.palette is not None
    assert (tuple(labels.palette.colors[0]) == (0, 0, 0)) == (background == 0)
    assert labels.ignore_index == (255 if None in ids.values() else None)


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ({"a": 1, 3: 1}, TypeError, "has labels, such as 'a', and ids, such as 3"),
        ({"a": "b"}, TypeError, "maps 'a' to 'b', a str; expected a class id, or None to ignore it"),
        ({"a": -1}, ValueError, "maps 'a' to -1; expected a class id from 0 to 65535"),
        ({"a": None}, ValueError, "has no class; expected one label at least with a class id"),
        ({"a": 2}, ValueError, "has class ids up to 2, but no label becomes 1; expected .* without gaps"),
    ],
)
def test_maps_that_cannot_be(ids: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        LabelSpec(None, None, None, as_class_map(ids))


def test_number_of_classes_and_palettes() -> None:
    label_map = LabelMap({"a": 2})
    assert LabelSpec(None, 3, None, label_map).palette is None
    with pytest.raises(ValueError, match="num_classes=2; expected num_classes=3 or more"):
        LabelSpec(None, 2, None, LabelMap({"a": 1, "b": 2}))
    with pytest.raises(ValueError, match="the palette names 21 classes"):
        LabelSpec(Palette.named("voc"), None, None, LabelMap({"a": 1}))


def test_more_classes_than_colours_have_no_palette() -> None:
    labels = LabelSpec(None, None, None, LabelMap({str(number): number for number in range(1, 300)}))
    assert (labels.palette, labels.num_classes) == (None, 300)


def test_equality_and_text() -> None:
    label_map = LabelMap({"a": 1, "default": None})
    assert label_map == LabelMap({"a": 1, "default": None})
    assert hash(label_map) == hash(LabelMap({"a": 1, "default": None}))
    assert label_map != LabelMap({"a": 1})
    assert label_map != ClassMap({1: 0})
    assert str(label_map) == "{'a': 1, \"default\": None}"
    assert str(LabelMap(dict.fromkeys("abcdef", 1))) == "{'a': 1, 'b': 1, 'c': 1, 'd': 1, ...}"
