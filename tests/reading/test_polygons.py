"""Polygon files of Cityscapes and LabelMe."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from exif import jpeg_with_orientation
from polygon_files import SIZE, cityscapes, json2labelimg, labelme, random_polygon, shapes_to_label, write_json

from seqaug import ReadError
from seqaug.reading import polygons
from seqaug.reading.polygons import LabelIds, PolygonReader, is_polygon_file

IDS = {"unlabeled": 0, "road": 7, "car": 26, "bicycle": 33}
SQUARE = [[4, 5], [12, 5], [12, 15], [4, 15]]
KINDS = {
    "polygon": [[3.7, 2.2], [20.9, 4.1], [17.5, 19.8], [5.1, 14.6]],
    "rectangle": [[3.7, 2.2], [20.9, 14.6]],
    "circle": [[14.2, 11.9], [19.4, 15.1]],
    "line": [[3.7, 2.2], [20.9, 14.6]],
    "linestrip": [[3.7, 2.2], [20.9, 4.1], [17.5, 19.8]],
    "point": [[14.2, 11.9]],
}


def drawn(content: Any, ids: dict[str, int | None] | None = None, **more: Any) -> np.ndarray:
    labels = LabelIds({**IDS, "license plate": None} if ids is None else ids, **{"background": 0, **more})
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return PolygonReader(labels).decode("dir/a.json", data)


def square(label: int, background: int = 0) -> np.ndarray:
    mask = np.full(SIZE, background)
    mask[5:16, 4:13] = label
    return mask


@pytest.mark.parametrize("seed", range(20))
def test_masks_of_cityscapes_are_those_of_its_own_tool(seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = cityscapes(*[(str(rng.choice(["road", "car", "bicycle"])), random_polygon(rng)) for _ in range(6)])
    mask = drawn(content)
    assert mask.dtype == np.uint8
    assert np.array_equal(mask, json2labelimg(content, IDS))


def test_deleted_objects_groups_and_license_plates() -> None:
    assert np.array_equal(drawn(cityscapes(("road", SQUARE), ("car", SQUARE[:3]), deleted=0)) > 0, square(1))
    assert not drawn(cityscapes(("car", SQUARE), deleted=1)).any()
    assert np.array_equal(drawn(cityscapes(("cargroup", SQUARE))), square(26))
    known = {"cargroup": 1, "car": 2}
    assert np.array_equal(drawn(cityscapes(("cargroup", SQUARE)), known), square(1))
    content = cityscapes(("car", SQUARE), ("license plate", SQUARE))
    assert np.array_equal(drawn(content), json2labelimg(content, {**IDS, "license plate": -1}))
    assert np.array_equal(drawn(content), square(26))
    with pytest.raises(ReadError, match="the label 'cargroup'"):  # a rule of Cityscapes alone
        drawn(labelme(("cargroup", SQUARE)))


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_of_labelme_are_those_of_its_own_tool(kind: str) -> None:
    content = labelme(("road", SQUARE), ("car", KINDS[kind], kind))
    mask = drawn(content)
    assert (mask == 26).sum() > 50
    assert np.array_equal(mask, shapes_to_label(content, IDS))


def test_rectangles_by_any_two_corners_and_polygons_by_default() -> None:
    assert np.array_equal(drawn(labelme(("car", [[12, 5], [4, 15]], "rectangle"))), square(26))
    for kind in ((), (None,), ("polygon",), ("oriented_rectangle",)):
        assert np.array_equal(drawn(labelme(("car", SQUARE, *kind))), square(26))


def with_mask(points: Any, picture: Any) -> dict[str, Any]:
    content = labelme(("car", points, "mask"))
    content["shapes"][0]["mask"] = picture
    return content


def as_png(pixels: np.ndarray) -> str:
    return base64.b64encode(cv2.imencode(".png", pixels)[1].tobytes()).decode()


def test_masks_of_labelme() -> None:
    inside = np.array([[1, 0, 1], [0, 1, 1]], np.uint8)
    for bits in (inside, 255 * inside):
        mask = drawn(with_mask([[4.0, 5.0], [6.0, 6.0]], as_png(bits)))
        expected = np.zeros(SIZE)
        expected[5:7, 4:7] = 26 * inside
        assert np.array_equal(mask, expected)
    assert drawn(with_mask([[-2, 5], [0, 6]], as_png(inside)))[5:7, 0].tolist() == [26, 26]
    with pytest.raises(ReadError, match=r"shapes\[0\] \('car'\): its mask is 2x3 .* and its points span 2x4"):
        drawn(with_mask([[4, 5], [7, 6]], as_png(inside)))
    for picture in (None, "x", "eHh4"):
        with pytest.raises(ReadError, match=r"its mask is .*; expected a PNG as text of base64"):
            drawn(with_mask([[4, 5], [6, 6]], picture))


def test_special_labels() -> None:
    content = labelme(("car", SQUARE), ("__ignore__", SQUARE[:3]), ("_background_", SQUARE[1:]))
    mask = drawn(content, {"car": 1}, background=3, ignored=255)
    assert np.unique(mask).tolist() == [1, 3, 255]
    assert mask[10, 4] == 1
    assert mask[5, 5] == 255
    assert mask[14, 12] == 3
    with pytest.raises(ReadError, match="the label '__ignore__'"):
        drawn(content, {"car": 1})
    assert np.array_equal(drawn(content, {"car": 1, "__ignore__": 1, "_background_": 1}), square(1))
    assert np.array_equal(drawn(labelme(("cat", SQUARE)), {"car": 1}, others=2), square(2))


def test_ids_above_255_and_planes() -> None:
    content = labelme(
        ("car", SQUARE), ("road", [[0, 0], [31, 0], [31, 5], [0, 5]]), ("car", [[0, 20], [9, 20], [9, 23]])
    )
    wide = drawn(content, {"car": 300, "road": 2}, background=700)
    assert wide.dtype == np.uint16
    assert np.unique(wide).tolist() == [2, 300, 700]
    planes = drawn(content, {"car": 0, "road": 1, "bus": 2}, num_planes=3)
    assert (planes.shape, planes.dtype) == ((*SIZE, 3), bool)
    assert planes[5:16, 4:13, 0].all()
    assert planes[:6, :, 1].all()
    assert not planes[..., 2].any()
    assert (planes.sum(axis=-1) == 2).sum() == 9


def test_polygons_are_clipped() -> None:
    assert np.array_equal(drawn(cityscapes(("car", [[-9, -9], [99, -9], [99, 99], [-9, 99]]))), np.full(SIZE, 26))
    assert drawn(cityscapes(("car", [[32, 0], [40, 0], [40, 9]]))).sum() == 0  # it touches the border


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (labelme(("car", SQUARE[:2])), r"shapes\[0\] \('car'\): a polygon of 2 points; expected 3 or more"),
        (cityscapes(("road", SQUARE), ("car", [])), r"objects\[1\] \('car'\): its points are \[\]"),
        (labelme(("car", SQUARE, "rectangle")), "a rectangle of 4 points; expected 2"),
        (labelme(("car", [[1, 1]], "linestrip")), "a linestrip of 1 points; expected 2 or more"),
        (
            labelme(("car", SQUARE, "cuboid")),
            r"shapes\[0\] \('car'\) is a 'cuboid'; expected one of polygon, rectangle",
        ),
        (cityscapes(("car", [[1, 2], [3, 4], [5, float("nan")]])), "expected .* all finite"),
        (cityscapes(("car", [[1, 2], [3, 4], [5, 1e30]])), "expected .* all finite"),
        (cityscapes(("car", [[1, 2], [3, 4], [5]])), r"its points are \[\[1, 2\], \[3, 4\], \[5\]\]"),
        (cityscapes(("car", "abc")), "its points are abc"),
        (
            cityscapes(("car", [[40, 1], [50, 1], [50, 9]])),
            r"outside of the image of 24x32 .* at x from 40 to 50 and y",
        ),
        (labelme(("car", [[50, 9], [52, 9]], "circle")), "outside of the image .* at x from 48 to 52"),
        (cityscapes((3, SQUARE)), r"objects\[0\] is \{'label': 3.* expected an object with a 'label' and 'polygon'"),
        ({**cityscapes(), "objects": [SQUARE]}, r"objects\[0\] is \[\[4, 5\]"),
        ({**labelme(), "shapes": [{"label": "car"}]}, "expected an object with a 'label' and 'points'"),
        (
            cityscapes(("Car", SQUARE)),
            r"the label 'Car' of objects\[0\] \('Car'\) is no class; .* did you mean 'car'\?",
        ),
        (
            cityscapes(("xyz", SQUARE)),
            r"is no class; expected one of 'unlabeled', 'road', .*'license plate'; class_map=",
        ),
        ({**labelme(), "imageHeight": None}, "imageHeight=None, imageWidth=32; expected the size of its image"),
        (cityscapes(size=(0, 5)), "imgHeight=0, imgWidth=5"),
        (cityscapes(size=(2**20, 2**20)), "declares 1099511627776 pixels, more than the limit"),
        (b"{", r"not JSON \(.*\); expected polygons of Cityscapes or LabelMe"),
        (b"\x89PNG", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([], "a list in JSON; expected the polygons of one image"),
        ({"type": "FeatureCollection"}, "a dict of 'type' in JSON; expected the polygons of one image"),
        ({"images": [], "annotations": [], "categories": []}, "COCO's annotations, .* expected .*from_coco"),
    ],
)
def test_broken_files(content: Any, message: str) -> None:
    with pytest.raises(ReadError, match=rf"^dir/a.json: .*{message}"):
        drawn(content)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_images_that_labelme_turns(orientation: int) -> None:
    image = jpeg_with_orientation(np.zeros((*SIZE, 3), np.uint8), orientation)
    reader = PolygonReader(LabelIds({"car": 1}, 0))
    data = {kind: json.dumps(kind(("car", SQUARE))).encode() for kind in (labelme, cityscapes)}
    assert np.array_equal(reader.decode("a.json", data[cityscapes], image), square(1))
    assert np.array_equal(reader.decode("a.json", data[labelme], b"no image"), square(1))
    if orientation == 1:
        assert np.array_equal(reader.decode("a.json", data[labelme], image), square(1))
        return
    with pytest.raises(
        ReadError, match=rf"^a.json: its image has the EXIF orientation {orientation}, which LabelMe obeys"
    ):
        reader.decode("a.json", data[labelme], image)


def test_files(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", labelme(("car", SQUARE)))
    reader = PolygonReader(LabelIds({"car": 1}, 0))
    assert reader.size(path) == SIZE
    assert np.array_equal(pickle.loads(pickle.dumps(reader)).read(path), square(1))
    with_mark = tmp_path / "b.json"  # of byte order, as editors of Windows write it
    with_mark.write_text(Path(path).read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert np.array_equal(reader.read(with_mark), square(1))
    with pytest.raises(ReadError, match="no such file"):
        reader.read(tmp_path / "none.json")
    names = ["a.json", "A.JSON", "http://x.invalid/a.json?key=1.png", Path("b/a.json")]
    assert all(map(is_polygon_file, names))
    assert not any(map(is_polygon_file, ["a.png", "json", "http://x.invalid/a.png?file=.json"]))


def test_fingerprints_tell_labels_apart() -> None:
    first = LabelIds({"car": 1, "road": 2}, 0, 255)
    others = [
        LabelIds({"car": 2, "road": 1}, 0, 255),
        LabelIds({"car": 1, "bus": 2}, 0, 255),
        first._replace(background=255),
        first._replace(ignored=None),
        first._replace(others=2),
        first._replace(num_planes=3),
    ]
    assert len({PolygonReader(labels).fingerprint for labels in (first, *others, copy.copy(first))}) == 7


def test_pillow_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r'polygons need Pillow: pip install "seqaug\[polygons\]"'):
        polygons.PolygonReader(LabelIds({}, 0))
