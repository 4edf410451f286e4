"""COCO's annotation files: polygons and run lengths, by category (Lin et al. 2014)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from seqaug.errors import ReadError
from seqaug.remote.fetch import fetch
from seqaug.remote.urls import is_url, join
from seqaug.sources.annotated import IGNORED, Annotations, Paint
from seqaug.sources.run_lengths import checked_counts, decode_counts, paint_counts
from seqaug.utils.redaction import shown

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]
Classes = Sequence[str] | Mapping[str, str | Sequence[str]]

_LEAST_NUMBERS = 6  # of a polygon: three points


class CocoData(NamedTuple):
    """What an annotation file holds.

    Attributes:
        images: paths of the images, in the file's order.
        masks: their annotations.
        names: the names of the classes; class id 1 is the first, and 0 the background.
    """

    images: list[str]
    masks: CocoMasks
    names: list[str]


class CocoMasks(Annotations):
    """Masks as the objects of COCO's images: small objects over large ones, crowds below all.

    A sample's text is JSON: height, width, and for each object its annotation's id, class id and segmentation.
    """

    kind = "COCO"

    def size(self, text: str) -> tuple[int, int]:
        """Return the size that the file gives for the image."""
        height, width, _ = json.loads(text)
        return height, width

    def objects(self, text: str, height: int, width: int) -> list[tuple[int, Paint]]:
        """Give the objects of a sample, and its crowds, which are ignored."""
        objects: list[tuple[bool, int, int, Array]] = []
        for number, label, segmentation in json.loads(text)[2]:
            try:
                runs = _runs(segmentation, height, width)
            except ValueError as error:
                raise ValueError(f"annotation {number}: {error}") from None
            objects.append((label != IGNORED, -int(runs[1::2].sum()), label, runs))
        return [
            (label, partial(paint_counts, runs=runs))
            for *_, label, runs in sorted(objects, key=lambda entry: entry[:2])
        ]


def read_coco(annotations: PathLike | Mapping[str, Any], images: PathLike, classes: Classes | None) -> CocoData:
    """Read an annotation file.

    Args:
        annotations: path or URL of the JSON file, or its content.
        images: directory of the images, or its URL.
        classes: names of categories that are classes, in id order from 1; or categories by the names of classes, which
            merge. Others are background. None: all categories, by ascending id.

    Raises:
        ImportError: pycocotools is missing: pip install "seqaug[coco]".
        ReadError: the file is missing, or is not JSON.
        ValueError: it is not COCO's, or contradicts itself or `classes`.
    """
    if find_spec("pycocotools") is None:
        raise ImportError('COCO\'s polygons need pycocotools: pip install "seqaug[coco]"')
    name = "the annotations" if isinstance(annotations, Mapping) else shown(annotations)
    content = annotations if isinstance(annotations, Mapping) else _read(annotations)
    missing = [key for key in ("images", "annotations", "categories") if not isinstance(content.get(key), list)]
    if missing:
        raise ValueError(
            f"{name}: no list {', '.join(map(repr, missing))}; it has {', '.join(map(repr, content)) or 'nothing'}; "
            "expected COCO's instances: images, annotations and categories (a file of results, or of key points, has "
            "no masks)"
        )
    names, class_of = _classes(name, content["categories"], classes)
    objects: dict[Any, list[Any]] = {_get(name, image, "id", "image"): [] for image in content["images"]}
    if len(objects) < len(content["images"]):
        raise ValueError(f"{name}: two images have one id; expected an id of its own for each")
    has_crowds = False
    for annotation in content["annotations"]:
        number = annotation.get("id")
        image, category = (_get(name, annotation, key, f"annotation {number}") for key in ("image_id", "category_id"))
        if category not in class_of:
            raise ValueError(f"{name}: annotation {number} has category_id={category!r}, which no category has")
        if image not in objects:
            raise ValueError(f"{name}: annotation {number} has image_id={image!r}, which no image has")
        label = class_of[category]
        if label is None:
            continue
        if annotation.get("iscrowd"):
            label, has_crowds = IGNORED, True
        segmentation = _get(name, annotation, "segmentation", f"annotation {number} of image {image!r}")
        objects[image].append([number, label, segmentation])
    paths, texts = [], []
    for image, several in zip(content["images"], objects.values(), strict=True):
        paths.append(join(images, _get(name, image, "file_name", f"image {image['id']!r}")))
        size = [_get(name, image, key, f"image {image['id']!r}") for key in ("height", "width")]
        texts.append(json.dumps([*size, several], separators=(",", ":")))
    if paths and not is_url(paths[0]) and not os.path.exists(paths[0]):
        raise ValueError(
            f"{shown(paths[0])}, the first image of {name}, does not exist; expected images= to be the directory that "
            "its file names start from"
        )
    return CocoData(paths, CocoMasks(texts, has_ignored=has_crowds), names)


def _read(path: PathLike) -> dict[str, Any]:
    try:
        if is_url(path):
            content = json.loads(fetch(path))
        else:
            with open(path, "rb") as file:
                content = json.load(file)
    except FileNotFoundError:
        raise ReadError(path, "no such file; expected COCO's JSON file of annotations") from None
    except OSError as error:
        raise ReadError(path, f"cannot be opened: {error.strerror}; expected COCO's JSON file") from error
    except ValueError as error:
        raise ReadError(path, f"not JSON ({error}); expected COCO's file of annotations") from error
    if not isinstance(content, dict):
        raise ReadError(
            path,
            f"a {type(content).__name__} in JSON; expected COCO's object of images, annotations and categories (a list "
            "is a file of results)",
        )
    return content


def _classes(name: str, categories: list[Any], classes: Classes | None) -> tuple[list[str], dict[Any, int | None]]:
    """Return the names of the classes, and the class of each category id; None: background."""
    names = {_get(name, entry, "id", "category"): _get(name, entry, "name", "category") for entry in categories}
    known = list(names.values())
    double = sorted({text for text in known if known.count(text) > 1})
    if double:
        raise ValueError(f"{name}: two categories are named {double[0]!r}; expected names that differ")
    if classes is None:
        ordered = sorted(names)
        return [names[number] for number in ordered], {number: label for label, number in enumerate(ordered, 1)}
    if isinstance(classes, str):
        raise TypeError(f"classes={classes!r} is one text; expected names of categories, such as [{classes!r}]")
    given = {text: text for text in classes} if not isinstance(classes, Mapping) else dict(classes)
    label_of: dict[str, int] = {}
    for label, several in enumerate(given.values(), 1):
        for text in [several] if isinstance(several, str) else several:
            if text not in known:
                close = get_close_matches(text, known, n=1) or known[:5]
                raise ValueError(
                    f"classes has {text!r}, which is no category of {name}; expected some of them, such as "
                    f"{', '.join(map(repr, close))}"
                )
            if text in label_of:
                raise ValueError(f"classes has {text!r} twice; expected each category in one class")
            label_of[text] = label
    return list(given), {number: label_of.get(text) for number, text in names.items()}


def _get(name: str, entry: Any, key: str, what: str) -> Any:
    if not isinstance(entry, Mapping) or key not in entry:
        raise ValueError(f"{name}: {what} has no {key!r}; expected COCO's format")
    return entry[key]


def _runs(segmentation: Any, height: int, width: int) -> Array:
    """Return the run lengths of one object."""
    if isinstance(segmentation, Mapping):
        counts, size = segmentation.get("counts"), segmentation.get("size")
        if size != [height, width]:
            raise ValueError(f"its run lengths are of size {size}, and the image is {[height, width]} (height, width)")
        return checked_counts(decode_counts(counts) if isinstance(counts, str) else counts or [], height, width)
    polygons = _checked_polygons(segmentation, height, width)
    from pycocotools import mask as pycocotools  # where it is needed: an extra

    encoded = pycocotools.merge(pycocotools.frPyObjects(polygons, height, width))
    # Its own decoder warns of what NumPy 2 deprecates.
    return checked_counts(decode_counts(encoded["counts"].decode()), height, width)


def _checked_polygons(segmentation: Any, height: int, width: int) -> list[list[float]]:
    if not isinstance(segmentation, list) or not segmentation:
        raise ValueError(
            f"its segmentation is {segmentation!r}; expected polygons, [[x, y, x, y, ...], ...], or run lengths"
        )
    for polygon in segmentation:
        try:
            points = np.array(polygon, np.float64)
        except (TypeError, ValueError):
            points = np.empty((0, 0))
        if points.ndim != 1 or len(points) < _LEAST_NUMBERS or len(points) % 2 or not np.isfinite(points).all():
            raise ValueError(
                f"a polygon is {str(polygon)[:60]}; expected x, y, x, y, ... of three points or more, all finite"
            )
        x, y = points[::2], points[1::2]
        if x.max() < 0 or y.max() < 0 or x.min() > width or y.min() > height:
            raise ValueError(
                f"a polygon lies outside of the image of {height}x{width} (height x width), at x from {x.min():g} to "
                f"{x.max():g} and y from {y.min():g} to {y.max():g}; are its annotations of another size?"
            )
    polygons: list[list[float]] = segmentation
    return polygons
