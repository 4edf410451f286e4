"""Masks as polygons with labels: the JSON files of Cityscapes and LabelMe, drawn by Pillow as by their own tools."""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.dimensions import check_pixels
from seqaug.reading.exif import exif_orientation
from seqaug.reading.file_bytes import read_bytes
from seqaug.reading.images import as_read_errors
from seqaug.reading.sizes import Size
from seqaug.remote.urls import Url, is_url

Array = np.ndarray[Any, Any]
Point = tuple[float, float]

POLYGON_SUFFIXES: Final = (".json",)

# What LabelMe calls pixels of no object, and shapes whose pixels are not to be learned from.
BACKGROUND_LABEL: Final = "_background_"
IGNORED_LABEL: Final = "__ignore__"

# labelme.utils.shape_to_mask: lines are so wide, and points of this radius, in pixels.
_LINE_WIDTH, _POINT_RADIUS = 10, 5
_FARTHEST = 1e6  # pixels; Pillow's time grows with the radius of circles
_NAMED = 6


class LabelIds(NamedTuple):
    """The ids that labels are drawn with.

    Attributes:
        ids: by label; None: the label is not drawn.
        background: id of the pixels outside of all shapes.
        ignored: id of ignored pixels, or None.
        others: id of labels that `ids` lacks; None: they are an error.
        num_planes: None: later shapes lie over earlier ones. Else the number of classes, which may overlap.
    """

    ids: Mapping[str, int | None]
    background: int
    ignored: int | None = None
    others: int | None = None
    num_planes: int | None = None


class Shape(NamedTuple):
    """An object of a file.

    Attributes:
        place: where it stands in the file, for messages.
        label: its label.
        kind: LabelMe's type of shape.
        points: as stored.
        mask: the picture of a shape of the kind "mask", as stored.
    """

    place: str
    label: str
    kind: str
    points: Any
    mask: Any = None


class PolygonFile(NamedTuple):
    """What a file holds: the size of its image, and the shapes, in their order."""

    height: int
    width: int
    shapes: list[Shape]
    is_cityscapes: bool


class PolygonReader:
    """Reads the masks of polygon files.

    Args:
        labels: the ids to draw.

    Raises:
        ImportError: Pillow is missing.
    """

    def __init__(self, labels: LabelIds) -> None:
        try:
            import PIL  # where it is needed: an extra
        except ImportError:
            raise ImportError('polygons need Pillow: pip install "seqaug[polygons]"') from None
        self._labels = labels
        self.fingerprint = (
            f"polygons {sorted(labels.ids.items())} {labels.background} {labels.ignored} {labels.others} "
            f"{labels.num_planes} Pillow {PIL.__version__}"
        )

    def read(self, path: str | os.PathLike[str], image: bytes | None = None) -> Array:
        """Read the file at a path or URL, and draw its mask, as `decode` does."""
        return self.decode(path, read_bytes(path), image)

    def size(self, path: str | os.PathLike[str]) -> Size:
        """Return the (height, width) that the file gives for its image."""
        found = parse_polygons(path, read_bytes(path))
        return found.height, found.width

    def decode(self, path: str | os.PathLike[str], data: bytes, image: bytes | None = None) -> Array:
        """Draw the mask of a file.

        Outlines belong to their polygons, fractions of coordinates are cut off, and what lies outside of the image is
        clipped, as by cityscapesScripts' `json2labelImg` and LabelMe's `shapes_to_label`.

        Args:
            path: the file, for messages.
            data: its content.
            image: the content of the image file, whose EXIF orientation LabelMe obeys; None: unknown.

        Returns:
            Ids, (H, W), uint8, or uint16 where one does not fit; with planes (H, W, K), bool.

        Raises:
            ReadError: the file is none of Cityscapes or LabelMe, a label is unknown, a shape is broken or lies outside
                of the image, or LabelMe drew it on an image that it had turned.
        """
        found = parse_polygons(path, data)
        if image is not None and not found.is_cityscapes:
            _check_upright(path, image)
        check_pixels(path, found.height * found.width, self._labels.num_planes or 1)
        shapes = [(self._id_of(path, shape, found), shape) for shape in found.shapes]
        size = found.width, found.height
        if self._labels.num_planes is not None:
            planes = np.zeros((found.height, found.width, self._labels.num_planes), bool)
            for label in {label for label, _ in shapes if label is not None}:
                of_class = [shape for other, shape in shapes if other == label]
                planes[..., label] = _drawn(path, size, 0, [(1, shape) for shape in of_class])
            return planes
        drawn = [(label, shape) for label, shape in shapes if label is not None]
        return _drawn(path, size, self._labels.background, drawn)

    def _id_of(self, path: str | os.PathLike[str], shape: Shape, found: PolygonFile) -> int | None:
        labels, label = self._labels, shape.label
        if label not in labels.ids and found.is_cityscapes:
            # cityscapesScripts: several objects drawn as one, such as "cargroup".
            label = label.removesuffix("group")
        if label in labels.ids:
            return labels.ids[label]
        if label == IGNORED_LABEL and labels.ignored is not None:
            return labels.ignored
        if label == BACKGROUND_LABEL:
            return None if labels.num_planes is not None else labels.background
        if labels.others is not None:
            return labels.others
        known = list(labels.ids)
        near = {name.casefold(): name for name in known}
        close = get_close_matches(label.casefold(), near, n=1)
        raise ReadError(
            path,
            f"the label {shape.label!r} of {shape.place} is no class; expected one of "
            f"{', '.join(map(repr, known[:_NAMED]))}{', ...' * (len(known) > _NAMED)}"
            + (f"; did you mean {near[close[0]]!r}?" if close else "")
            + '; class_map={"label": class id} says what each label becomes: None ignores it, and the key "default" '
            "stands for all others",
        )


def is_polygon_file(path: str | os.PathLike[str]) -> bool:
    """Return whether the name of a file or URL is that of a polygon file."""
    text = os.fspath(path)
    return (Url.parse(text).path if is_url(text) else text).lower().endswith(POLYGON_SUFFIXES)


def parse_polygons(path: str | os.PathLike[str], data: bytes) -> PolygonFile:
    """Parse the content of a polygon file of Cityscapes or LabelMe.

    Raises:
        ReadError: it is none.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ReadError(path, f"not JSON ({error}); expected polygons of Cityscapes or LabelMe") from error
    if isinstance(content, dict) and isinstance(content.get("objects"), list) and "imgHeight" in content:
        height, width = _size(path, content, "imgHeight", "imgWidth")
        return PolygonFile(height, width, list(_cityscapes(path, content["objects"])), is_cityscapes=True)
    if isinstance(content, dict) and isinstance(content.get("shapes"), list):
        height, width = _size(path, content, "imageHeight", "imageWidth")
        return PolygonFile(height, width, list(_labelme(path, content["shapes"])), is_cityscapes=False)
    raise ReadError(path, _described(content))


def _described(content: Any) -> str:
    if isinstance(content, dict) and "annotations" in content:
        return (
            "COCO's annotations, of many images, and not the polygons of one; expected "
            "SegmentationSequence.from_coco(this file, images)"
        )
    keys = f" of {', '.join(map(repr, list(content)[:_NAMED])) or 'nothing'}" if isinstance(content, dict) else ""
    return (
        f"a {type(content).__name__}{keys} in JSON; expected the polygons of one image: of Cityscapes (imgHeight, "
        "imgWidth, objects) or LabelMe (imageHeight, imageWidth, shapes); read_mask= reads any other file"
    )


def _size(path: str | os.PathLike[str], content: Mapping[str, Any], *names: str) -> list[int]:
    size = [content.get(name) for name in names]
    if not all(type(length) is int and length > 0 for length in size):
        given = ", ".join(f"{name}={length!r}" for name, length in zip(names, size, strict=True))
        raise ReadError(path, f"{given}; expected the size of its image in pixels, which current tools save")
    return size  # type: ignore[return-value]


def _check_upright(path: str | os.PathLike[str], image: bytes) -> None:
    try:
        orientation = exif_orientation(image)
    except (ValueError, struct.error):  # damaged, which LabelMe ignores
        return
    if orientation > 1:
        raise ReadError(
            path,
            f"its image has the EXIF orientation {orientation}, which LabelMe obeys, so that its points lie in the "
            "turned image; pixels are read as stored: store the image turned, without the tag",
        )


def _cityscapes(path: str | os.PathLike[str], objects: Sequence[Any]) -> Iterator[Shape]:
    for number, entry in enumerate(objects):
        if not (isinstance(entry, dict) and entry.get("deleted")):
            yield _shape(path, f"objects[{number}]", entry, "polygon", "polygon")


def _labelme(path: str | os.PathLike[str], shapes: Sequence[Any]) -> Iterator[Shape]:
    for number, entry in enumerate(shapes):
        kind = entry.get("shape_type") if isinstance(entry, dict) else None
        shape = _shape(path, f"shapes[{number}]", entry, "points", kind or "polygon")
        if shape.kind not in _KINDS:
            raise ReadError(path, f"{shape.place} is a {shape.kind!r}; expected one of {', '.join(_KINDS)}")
        yield shape


def _shape(path: str | os.PathLike[str], place: str, entry: Any, points: str, kind: str) -> Shape:
    if not isinstance(entry, dict) or not isinstance(entry.get("label"), str) or points not in entry:
        raise ReadError(path, f"{place} is {str(entry)[:60]}; expected an object with a 'label' and {points!r}")
    label = entry["label"]
    return Shape(f"{place} ({label!r})", label, kind, entry[points], entry.get("mask"))


def _drawn(path: str | os.PathLike[str], size: Size, background: int, shapes: Sequence[tuple[int, Shape]]) -> Array:
    """Draw shapes, later ones over earlier ones.

    Args:
        path: the file, for messages.
        size: (width, height), in Pillow's order.
        background: id of all other pixels.
        shapes: ids and shapes.
    """
    from PIL import Image, ImageDraw

    fits = max([background, *(label for label, _ in shapes)]) <= np.iinfo(np.uint8).max
    image = Image.new("L" if fits else "I", size, background)
    draw = ImageDraw.Draw(image)
    for label, shape in shapes:
        with as_read_errors(path):
            try:
                points = _points(shape, size)
                _KINDS[shape.kind].draw(draw, points, label, shape)
            except ValueError as error:
                raise ReadError(path, f"{shape.place}: {error}") from None
    return np.array(image) if fits else np.array(image).astype(np.uint16)


def _points(shape: Shape, size: Size) -> list[Point]:
    """Return the points of a shape, (x, y).

    Raises:
        ValueError: they are broken, too few or too many, or wholly outside of the image.
    """
    kind = _KINDS[shape.kind]
    try:
        points = np.array(shape.points, np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1] != 2 or not (np.abs(points) < _FARTHEST).all():
        raise ValueError(f"its points are {str(shape.points)[:60]}; expected [[x, y], [x, y], ...], all finite")
    if len(points) < kind.fewest or (kind.is_exact and len(points) > kind.fewest):
        expected = f"{kind.fewest}" if kind.is_exact else f"{kind.fewest} or more"
        raise ValueError(f"a {shape.kind} of {len(points)} points; expected {expected}")
    reach = math.dist(*points) if shape.kind == "circle" else 0.0
    corners = points[:1] if shape.kind == "circle" else points
    low, high = corners.min(axis=0) - reach, corners.max(axis=0) + reach
    if (high < 0).any() or (low > size).any():
        raise ValueError(
            f"it lies outside of the image of {size[1]}x{size[0]} (height x width), at x from {low[0]:g} to "
            f"{high[0]:g} and y from {low[1]:g} to {high[1]:g}; are its points of another size?"
        )
    return [(x, y) for x, y in points.tolist()]


def _draw_polygon(draw: Any, points: list[Point], label: int, _: Shape) -> None:
    draw.polygon(points, fill=label, outline=label)


def _draw_rectangle(draw: Any, points: list[Point], label: int, _: Shape) -> None:
    (left, right), (top, bottom) = (sorted(ends) for ends in zip(*points, strict=True))
    draw.rectangle([left, top, right, bottom], fill=label, outline=label)


def _draw_circle(draw: Any, points: list[Point], label: int, _: Shape) -> None:
    _draw_disk(draw, points[0], math.dist(*points), label)


def _draw_point(draw: Any, points: list[Point], label: int, _: Shape) -> None:
    _draw_disk(draw, points[0], _POINT_RADIUS, label)


def _draw_disk(draw: Any, center: Point, radius: float, label: int) -> None:
    x, y = center
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=label, outline=label)


def _draw_line(draw: Any, points: list[Point], label: int, _: Shape) -> None:
    draw.line(points, fill=label, width=_LINE_WIDTH)


def _draw_mask(draw: Any, points: list[Point], label: int, shape: Shape) -> None:
    """Fill where the picture of a shape, which lies in the box of its two points, is not 0."""
    from PIL import Image

    (left, top), (right, bottom) = (tuple(map(int, point)) for point in points)
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(shape.mask))).convert("L")
    except (TypeError, OSError, binascii.Error):
        raise ValueError(f"its mask is {str(shape.mask)[:40]!r}; expected a PNG as text of base64") from None
    if picture.size != (right - left + 1, bottom - top + 1):
        raise ValueError(
            f"its mask is {picture.size[1]}x{picture.size[0]} (height x width), and its points span "
            f"{bottom - top + 1}x{right - left + 1}; expected the same size"
        )
    draw.bitmap((left, top), picture.point(lambda value: 255 * (value > 0)), fill=label)


class _Kind(NamedTuple):
    """How a kind of shape is drawn, and of how many points it is made: exactly, or at least, `fewest`."""

    draw: Callable[[Any, list[Point], int, Shape], None]
    fewest: int
    is_exact: bool


_KINDS: dict[str, _Kind] = {
    "polygon": _Kind(_draw_polygon, 3, False),
    "rectangle": _Kind(_draw_rectangle, 2, True),
    "oriented_rectangle": _Kind(_draw_polygon, 4, True),
    "circle": _Kind(_draw_circle, 2, True),
    "line": _Kind(_draw_line, 2, True),
    "linestrip": _Kind(_draw_line, 2, False),
    "point": _Kind(_draw_point, 1, True),
    "mask": _Kind(_draw_mask, 2, True),
}
