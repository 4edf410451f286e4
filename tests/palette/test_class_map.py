"""Maps of stored ids to class ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug import Palette
from seqaug.palette.class_map import ClassMap, as_class_map
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.label_spec import LabelSpec

LABELS = st.none() | st.integers(0, 6) | st.sampled_from([255, 256, 700])


def spec(class_map: Any, palette: Any = None, num_classes: int | None = None, ignore: int | None = None) -> LabelSpec:
    return LabelSpec(palette, num_classes, ignore, as_class_map(class_map))


def encoded(labels: LabelSpec, *ids: int, dtype: type = np.uint8) -> list[int]:
    mask = labels.encode(np.array([ids], dtype))
    assert mask.dtype == labels.dtype
    return mask[0].tolist()


@given(
    st.dictionaries(st.sampled_from([-70_000, -1, *range(12), 254, 255, 256, 65_535, 70_000]), LABELS, min_size=1),
    st.none() | st.tuples(LABELS),
    st.sampled_from([np.uint8, np.uint16, np.int16, np.int32, np.int64]),
    st.integers(0, 2**32),
)
def test_every_pixel_is_looked_up(ids: dict[int, Any], default: tuple[Any] | None, dtype: type, seed: int) -> None:
    given_map: dict[Any, Any] = {**ids, **({} if default is None else {"default": default[0]})}
    if all(label is None for label in given_map.values()):
        given_map[0] = 0
    info = np.iinfo(dtype)
    possible = [
        stored for stored in (*given_map, 13, 200, 300) if stored != "default" and info.min <= stored <= info.max
    ]
    mask = np.random.default_rng(seed).choice(np.array(possible), (5, 9)).astype(dtype)
    labels = spec(given_map, num_classes=701)
    unknown = [stored for stored in np.unique(mask).tolist() if stored not in given_map]
    if unknown and default is None:
        with pytest.raises(ValueError, match=r"the mask holds the id (-?\d+) in \d+ of 45 pixels") as caught:
            labels.encode(mask)
        assert any(f"the id {stored} in {int((mask == stored).sum())} of" in str(caught.value) for stored in unknown)
        return
    becomes = [given_map.get(stored, given_map.get("default")) for stored in mask.reshape(-1).tolist()]
    expected = [labels.ignore_index if label is None else label for label in becomes]
    result = labels.encode(mask)
    assert result.reshape(-1).tolist() == expected
    assert result.dtype == np.uint16
    mapped = labels.mapped(IdCounts.of(mask))
    assert dict(zip(mapped.ids.tolist(), mapped.pixels.tolist(), strict=True)) == {
        label: expected.count(label) for label in expected
    }


def test_all_256_labels_leave_none_to_mark_unknown_ids() -> None:
    labels = spec({**{stored: stored for stored in range(255)}, 300: 255})
    assert labels.dtype == np.uint8
    assert encoded(labels, 0, 300, dtype=np.uint16) == [0, 255]
    with pytest.raises(ValueError, match="the id 255 in 1 of 2 pixels"):
        encoded(labels, 1, 255)


def test_cityscapes() -> None:
    # Train ids of labels.py, cityscapesScripts: (name, id, trainId).
    table = [("road", 7, 0), ("building", 11, 2), ("pole", 17, 5), ("sky", 23, 10), ("car", 26, 13), ("train", 31, 16)]
    labels = spec("cityscapes")
    assert labels.class_names is not None
    assert encoded(labels, *[stored for _, stored, _ in table]) == [train for *_, train in table]
    assert [labels.class_names[train] for *_, train in table] == [name for name, *_ in table]
    assert encoded(labels, 7, 8, 33, 0, 29, 18) == [0, 1, 18, 255, 255, 255]
    assert encoded(labels, -1, 7, dtype=np.int16) == [255, 0]
    assert (labels.num_classes, labels.ignore_index, labels.colored_masks) == (19, 255, False)
    assert labels.palette == Palette.named("cityscapes")


def test_ade20k() -> None:
    labels = spec("ade20k")
    assert encoded(labels, 0, 1, 13, 150) == [255, 0, 12, 149]
    assert labels.class_names is not None
    assert (labels.class_names[12], labels.num_classes) == ("person", 150)


def test_coco_stuff() -> None:
    labels = spec("coco_stuff")
    assert labels.class_names is not None
    # labels.txt, numbered from 0 as the PNGs are; 11 is street sign, which was removed.
    names = [labels.class_names[at] for at in encoded(labels, 0, 10, 12, 89, 91, 181)]
    assert names == ["person", "fire hydrant", "stop sign", "toothbrush", "banner", "wood"]
    assert encoded(labels, 255, 181) == [255, 170]
    for removed in (11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90):
        with pytest.raises(ValueError, match=f"the id {removed} "):
            encoded(labels, removed)


def test_oxford_pets() -> None:
    labels = spec("oxford_pets")
    assert encoded(labels, 1, 2, 3) == [1, 0, 255]
    assert labels.class_names == ["background", "pet"]
    assert encoded(spec({1: 0, 2: 1, 3: 2}), 1, 2, 3) == [0, 1, 2]


def test_binary() -> None:
    labels = spec("binary")
    assert encoded(labels, 0, 1) == encoded(labels, 0, 255) == [0, 1]
    assert encoded(labels, 0, 65_535, dtype=np.uint16) == [0, 1]
    assert encoded(labels, 0, 1, dtype=bool) == [0, 1]
    assert labels.ignore_index is None
    with pytest.raises(ValueError, match=r"the mask holds 1 and 255, and only one of them can be the foreground"):
        encoded(labels, 0, 1, 255)
    with pytest.raises(
        ValueError, match=r"the id 7 in 2 of 3 pixels, which class_map='binary' does not have.*0, 7: 1}"
    ):
        encoded(labels, 0, 7, 7)


def test_a_palette_names_the_classes() -> None:
    palette = Palette({"road": (1, 2, 3), "car": (4, 5, 6)})
    labels = spec({7: 0, 26: 1, "default": None}, palette)
    assert (labels.class_names, labels.num_classes, labels.ignore_index) == (["road", "car"], 2, 255)
    assert encoded(labels, 7, 26, 99) == [0, 1, 255]
    with pytest.raises(
        ValueError, match=r"3 channels, which are colours, and class_map= is for masks of ids; map colours"
    ):
        labels.encode(np.zeros((2, 2, 3), np.uint8))


def test_the_ignore_index_follows_the_number_of_classes() -> None:
    assert spec({0: None, 1: 0}).ignore_index == 255
    assert spec({0: None, 1: 255}, num_classes=256).ignore_index == 65_535
    assert spec({0: None, 1: 0}, ignore=9).ignore_index == 9
    assert spec({0: 0, 1: 1}).ignore_index is None
    assert spec({0: 0, 1: 1}, ignore=255).ignore_index == 255


@pytest.mark.parametrize(
    ("class_map", "arguments", "message"),
    [
        ("citiscapes", {}, r"class_map='citiscapes'; expected one of 'ade20k', .* did you mean 'cityscapes'"),
        ({}, {}, "has no class; expected one stored id at least"),
        ({0: None}, {}, "has no class"),
        ({7: -1}, {}, "maps 7 to -1; expected a class id from 0 to 65535, or None"),
        ({7: 0, 8: 2}, {}, "ids up to 2, but no stored id becomes 1; expected .* without gaps, or num_classes=3"),
        ({7: 0, 8: 1}, {"num_classes": 1}, "class ids up to 1, and num_classes=1; expected num_classes=2 or more"),
        (
            {7: 0, 8: 1},
            {"palette": Palette.named("voc")},
            "up to 1, and the palette names 21 classes; expected a palette of",
        ),
        ("cityscapes", {"num_classes": 20}, "has 19 classes, and num_classes=20; leave num_classes out"),
        ({7: 0, 8: 1, 0: None}, {"ignore": 1}, "ignore_index=1 is the id of a class, and ignored pixels would become"),
        ("ade20k", {"ignore": 0}, "ignore_index=0 is the id of the class 'wall'"),
    ],
)
def test_maps_that_cannot_be(class_map: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spec(class_map, **arguments)


@pytest.mark.parametrize(
    ("class_map", "message"),
    [
        ([0, 1], r"class_map is a list; expected class ids by stored id, such as \{7: 0"),
        ({"7": 0, 8: 1}, "has labels, such as '7', and ids, such as 8; expected the labels of polygons, or the ids"),
        ({7.0: 0}, "the key 7.0, a float"),
        ({None: 0}, "the key None"),
        ({7: "road"}, "maps 7 to 'road', a str; expected a class id, or None"),
    ],
)
def test_maps_of_the_wrong_type(class_map: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        spec(class_map)


def test_fingerprints_tell_maps_apart() -> None:
    maps = [
        None,
        {0: 0, 1: 1},
        {0: 1, 1: 0},
        {0: 0, 1: 1, "default": None},
        {0: 0, 1: 1, "default": 0},
        {0: 0, 1: 1, 2: 1},
    ]
    specs = [spec(class_map, num_classes=2, ignore=255) for class_map in maps]
    assert len({labels.fingerprint for labels in specs}) == len(maps)
    assert ClassMap({0: 0, 1: 1}) == ClassMap({1: 1, 0: 0}) != ClassMap({0: 0, 1: 0})
    assert len({ClassMap({0: 0, 1: 1}), ClassMap({1: 1, 0: 0})}) == 1
