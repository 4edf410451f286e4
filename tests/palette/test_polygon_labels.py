"""The ids of the labels of polygons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from polygon_files import SIZE, cityscapes, labelme, write_json

from seqaug import Palette
from seqaug.palette.class_map import as_class_map
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.multi_label import MultiLabels
from seqaug.palette.polygon_labels import polygon_reader

COLORS = {"road": (128, 64, 128), "car": (0, 0, 142)}
ALL, LEFT = [[0, 0], [31, 0], [31, 23], [0, 23]], [[0, 0], [9, 0], [9, 23], [0, 23]]


def spec(palette: Any = None, class_map: Any = None, ignore: int | None = None, num: int | None = None) -> LabelSpec:
    return LabelSpec(None if palette is None else Palette(palette), num, ignore, as_class_map(class_map))


def labelled(labels: LabelSpec, path: str) -> list[int]:
    """Return the labels at the left and the right of a mask, after `LabelSpec.encode`."""
    reader = polygon_reader(labels, [path])
    assert reader is not None
    mask = labels.encode(reader.read(path))
    assert mask.shape == SIZE
    assert (mask[:, 10:] == mask[0, 10]).all()
    return [int(mask[0, 0]), int(mask[0, 31])]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (spec(class_map={"car": 1}), [1, 0]),
        (spec(class_map={"car": None, "road": 1}), [255, 0]),
        (spec(class_map={"default": 1}), [1, 0]),
        (spec(class_map={"road": 0, "default": None}), [255, 255]),
        (spec(class_map={"road": 1, "default": 0}), [0, 0]),
        (spec(class_map={"car": 0}, ignore=7), [0, 7]),
        (spec({"background": (0, 0, 0), **COLORS}), [2, 0]),
        (spec({**COLORS, "_background_": (0, 0, 0)}), [1, 2]),
        (spec(COLORS, ignore=255), [1, 255]),
        (LabelSpec(Palette({**COLORS, "void": (0, 0, 0)}, ignore=["void"]), None, None), [1, 255]),
        (LabelSpec(Palette({**COLORS, "background": (0, 0, 0)}, ignore=["car"]), None, None), [255, 1]),
        (LabelSpec(Palette({"road": (0, 0, 1)}, unknown="ignore"), None, None), [255, 255]),
        (spec({"sky": (9, 9, 9), "vehicle": (0, 0, 142)}, {"_background_": 0, "car": 1}), [1, 0]),
    ],
)
def test_labels_become_classes(labels: LabelSpec, expected: list[int], tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", labelme(("car", LEFT)))
    assert labelled(labels, path) == expected


@pytest.mark.parametrize("spec_of", [lambda: spec(class_map="cityscapes"), lambda: palette_spec("cityscapes")])
@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("road", 0),
        ("bicycle", 18),
        ("cargroup", 13),
        ("license plate", 10),
        *((name, 255) for name in ("parking", "static")),
    ],
)
def test_cityscapes(spec_of: Any, label: str, expected: int, tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", cityscapes(("sky", LEFT), (label, LEFT)))
    labels = spec_of()
    assert labelled(labels, path) == [expected, 255]
    assert (labels.num_classes, labels.colored_masks) == (19, False)


def palette_spec(name: str) -> LabelSpec:
    return LabelSpec(Palette.named(name), None, None)


def test_all_labels_of_cityscapes_are_known(tmp_path: Path) -> None:
    # Its labels.py: ids from 0 to 33, and -1.
    text = (
        "unlabeled,ego vehicle,rectification border,out of roi,static,dynamic,ground,road,sidewalk,parking,rail track,"
        "building,wall,fence,guard rail,bridge,tunnel,pole,polegroup,traffic light,traffic sign,vegetation,terrain,sky,"
        "person,rider,car,truck,bus,caravan,trailer,train,motorcycle,bicycle"
    )
    names = text.split(",")
    boxes = [[[x, 0], [x, 23], [x, 23]] for x in range(32)]
    for start in (0, 2):
        path = write_json(tmp_path / "a.json", cityscapes(*zip(names[start : start + 32], boxes, strict=True)))
        reader = polygon_reader(spec(class_map="cityscapes"), [path])
        assert reader is not None
        assert reader.read(path)[0].tolist() == list(range(start, start + 32))


def test_classes_that_overlap(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", labelme(("road", ALL), ("car", LEFT)))
    labels = MultiLabels(2, palette=Palette(COLORS))
    reader = polygon_reader(labels, [path])
    assert reader is not None
    mask = labels.encode(reader.read(path))
    assert [mask[0, 0], mask[0, 31]] == [3, 1]
    with pytest.raises(ValueError, match="with the class '_background_', which no polygon is"):
        polygon_reader(MultiLabels(3, palette=Palette({**COLORS, "_background_": (0, 0, 0)})), [path])
    with pytest.raises(ValueError, match=r"there is none; labels .*: car, road; expected palette=\{label: colour\}"):
        polygon_reader(MultiLabels(3), [path])


def test_other_masks_have_no_labels() -> None:
    assert polygon_reader(spec(num=3), ["a.png", "b.png"]) is None
    assert polygon_reader(spec(num=3), []) is None
    with pytest.raises(
        ValueError, match=r"masks are polygon files, such as b.json, and others, such as a.png; expected one"
    ):
        polygon_reader(spec(class_map={"car": 1}), ["a.png", "b.json"])
    with pytest.raises(ValueError, match=r"class_map=\{'car': 1\} has labels, which only polygon files \(.json\) have"):
        polygon_reader(spec(class_map={"car": 1}), ["a.png"])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            spec(),
            "and there is none; labels of the first 1 files: car, road; expected class_map={'car': 1, 'road': 2}, ",
        ),
        (spec(num=3), "and there is none"),
        (spec(class_map="binary"), 'and there is none; .* class_map={"default": 1} makes all labels one class'),
        (spec(class_map={7: 0}), "and class_map={7: 0} is of ids; labels"),
        (spec(class_map="ade20k"), "and class_map='ade20k' is of ids; labels"),
    ],
)
def test_nothing_names_the_classes(labels: LabelSpec, message: str, tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", labelme(("road", ALL), ("car", LEFT)))
    message = message.replace("{", r"\{").replace("}", r"\}")
    with pytest.raises(ValueError, match=rf"masks are polygons, such as .*a.json, whose labels need .*{message}"):
        polygon_reader(labels, [path])


def test_files_of_cityscapes_are_recognized(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", cityscapes(("road", ALL), ("cargroup", LEFT)))
    with pytest.raises(
        ValueError, match=r'expected class_map="cityscapes", which has all .*; or else expected class_map'
    ):
        polygon_reader(spec(), [path])
    write_json(path, cityscapes(("road", ALL), ("cat", LEFT)))
    with pytest.raises(ValueError, match=r"labels .*: cat, road; expected class_map=\{'cat': 1"):
        polygon_reader(spec(), [path])
    with pytest.raises(ValueError, match=r"and there is none; expected class_map=\{'car': 1, 'road': 2\}"):
        polygon_reader(spec(), [str(tmp_path / "none.json")])


@pytest.mark.parametrize("labels", [spec(COLORS), spec(class_map={"road": 0, "car": 1})])
def test_what_lies_outside_needs_a_class(labels: LabelSpec) -> None:
    with pytest.raises(
        ValueError, match=r'classes \(road, car\) is that of .* expected a class "background" in palette='
    ):
        polygon_reader(labels, ["a.json"])


def test_names_are_as_long_as_there_are_files(tmp_path: Path) -> None:
    shapes = [(f"label {number:02}", LEFT) for number in range(20)]
    path = write_json(tmp_path / "a.json", labelme(*shapes))
    with pytest.raises(ValueError, match=r"label 11, \.\.\.; expected class_map=\{.*'label 11': 12, \.\.\.\}"):
        polygon_reader(spec(), [path])
    assert np.array_equal(labelled(spec(class_map={"default": 1}), path), [1, 0])
