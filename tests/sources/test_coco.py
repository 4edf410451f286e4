"""COCO's annotation files."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as pycocotools

from seqaug import ReadError
from seqaug.sources.annotated import IGNORED
from seqaug.sources.coco import read_coco

SQUARE, LARGE = [[4, 4, 8, 4, 8, 8, 4, 8]], [[2, 2, 12, 2, 12, 12, 2, 12]]


def content(*annotations: dict[str, Any]) -> dict[str, Any]:
    """Make annotations of one image, 16x20, with categories whose ids have gaps."""
    given = [{"id": 100 + at, "image_id": 7, "iscrowd": 0, **one} for at, one in enumerate(annotations)]
    return {
        "images": [{"id": 7, "file_name": "a.png", "height": 16, "width": 20}],
        "annotations": given,
        "categories": [{"id": 90, "name": "dog"}, {"id": 3, "name": "car"}, {"id": 17, "name": "bus"}],
    }


def mask_of(data: dict[str, Any], classes: Any = None, images: str = "http://x.invalid") -> np.ndarray:
    masks = read_coco(data, images, classes).masks
    height, width = masks.size(masks[0])
    return masks.draw(masks[0], height, width)


def inside(polygons: list[list[float]]) -> np.ndarray:
    return pycocotools.decode(pycocotools.merge(pycocotools.frPyObjects(polygons, 16, 20))).astype(bool)


def test_categories_with_gaps_are_classes_by_ascending_id() -> None:
    data = read_coco(content(), "http://x.invalid/d", None)
    assert data.names == ["car", "bus", "dog"]
    assert data.images == ["http://x.invalid/d/a.png"]
    assert not data.masks.has_ignored
    mask = mask_of(content({"category_id": 90, "segmentation": SQUARE}))
    assert mask.shape == (16, 20)
    assert np.array_equal(mask == 3, inside(SQUARE))
    assert np.unique(mask).tolist() == [0, 3]


@pytest.mark.parametrize("order", [1, -1])
def test_small_objects_lie_over_large_ones_and_crowds_below_all(order: int) -> None:
    runs = pycocotools.encode(np.asfortranarray(np.ones((16, 20), np.uint8)))
    objects = [
        {"category_id": 3, "segmentation": SQUARE},
        {"category_id": 90, "segmentation": LARGE},
        {"category_id": 17, "segmentation": {"size": [16, 20], "counts": [16, 32, 16 * 17]}, "iscrowd": 1},
        {"category_id": 3, "segmentation": {"size": [16, 20], "counts": runs["counts"].decode()}, "iscrowd": 1},
    ]
    data = content(*objects[::order])
    assert read_coco(data, "http://x.invalid", None).masks.has_ignored
    expected = np.full((16, 20), IGNORED)
    expected[inside(LARGE)] = 3
    expected[inside(SQUARE)] = 1
    assert np.array_equal(mask_of(data), expected)


def test_chosen_and_merged_classes() -> None:
    data = content({"category_id": 3, "segmentation": SQUARE}, {"category_id": 90, "segmentation": LARGE})
    assert read_coco(data, "http://x.invalid", ["dog", "car"]).names == ["dog", "car"]
    assert np.unique(mask_of(data, ["dog", "car"])).tolist() == [0, 1, 2]
    assert np.array_equal(mask_of(data, ["car"]) == 1, inside(SQUARE))
    assert read_coco(data, "http://x.invalid", {"vehicle": ["car", "bus"], "pet": "dog"}).names == ["vehicle", "pet"]
    assert np.array_equal(mask_of(data, {"vehicle": ["car", "bus"]}) == 1, inside(SQUARE))


def test_polygons_are_clipped() -> None:
    mask = mask_of(content({"category_id": 3, "segmentation": [[-5, -5, 30, -5, 30, 4, -5, 4]]}))
    assert (mask[:4] == 1).all()
    assert not mask[4:].any()


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ([[1, 2, 3, 4]], r"annotation 100: a polygon is \[1, 2, 3, 4\]; expected x, y, .* of three points or more"),
        ([[1, 2, 3, 4, 5, 6, 7]], "three points or more"),
        ([[1, 2, 3, 4, 5, float("nan")]], "all finite"),
        ([["a"]], "a polygon is"),
        ([], r"its segmentation is \[\]; expected polygons"),
        ([[40, 4, 48, 4, 48, 8]], "lies outside of the image of 16x20 .*, at x from 40 to 48 and y from 4 to 8"),
        ({"size": [20, 16], "counts": [320]}, r"are of size \[20, 16\], and the image is \[16, 20\]"),
        ({"size": [16, 20], "counts": [300]}, "broken: 1 runs of 300 pixels together; expected 320"),
        ({"size": [16, 20], "counts": "abc"}, "broken"),
        ({"size": [16, 20]}, "broken: 0 runs"),
    ],
)
def test_broken_segmentations(segmentation: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mask_of(content({"category_id": 3, "segmentation": segmentation}))


def changed(path: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(content({"category_id": 3, "segmentation": SQUARE}))
    *keys, last = path.split(".")
    place: Any = data
    for key in keys:
        place = place[int(key) if key.isdigit() else key]
    if value is None:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return data


@pytest.mark.parametrize(
    ("data", "classes", "message"),
    [
        ({"images": []}, None, "no list 'annotations', 'categories'; it has 'images'; expected COCO's instances"),
        (changed("annotations.0.category_id", 4), None, "annotation 100 has category_id=4, which no category has"),
        (changed("annotations.0.image_id", 4), None, "annotation 100 has image_id=4, which no image has"),
        (changed("annotations.0.segmentation", None), None, "annotation 100 of image 7 has no 'segmentation'"),
        (changed("images.0.height", None), None, "image 7 has no 'height'"),
        (changed("categories.0.name", "car"), None, "two categories are named 'car'"),
        (content(), ["cat"], "classes has 'cat', which is no category of the annotations; expected .*'car'"),
        (content(), {"a": ["car"], "b": ["car"]}, "classes has 'car' twice"),
    ],
)
def test_files_that_contradict_themselves(data: Any, classes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_coco(data, "http://x.invalid", classes)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"no such file; expected COCO's JSON file"):
        read_coco(tmp_path / "none.json", tmp_path, None)
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ReadError, match="not JSON"):
        read_coco(tmp_path / "a.json", tmp_path, None)
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(ReadError, match=r"a list in JSON; .* is a file of results"):
        read_coco(tmp_path / "a.json", tmp_path, None)
    (tmp_path / "a.json").write_text(json.dumps(content()))
    with pytest.raises(ValueError, match=r"a.png, the first image of .*a.json, does not exist; expected images= to be"):
        read_coco(tmp_path / "a.json", tmp_path, None)
    with pytest.raises(TypeError, match=r"classes='car' is one text; expected names of categories, such as \['car'\]"):
        read_coco(content(), "http://x.invalid", "car")
