"""Polygon files of Cityscapes and LabelMe, and masks as the tools of both draw them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SIZE = (24, 32)


def cityscapes(*objects: tuple[str, Any], size: tuple[int, int] = SIZE, **more: Any) -> dict[str, Any]:
    """Make the content of a file of Cityscapes; `more` goes to all objects."""
    entries = [{"label": label, "polygon": points, **more} for label, points in objects]
    return {"imgHeight": size[0], "imgWidth": size[1], "objects": entries}


def labelme(*shapes: tuple[Any, ...], size: tuple[int, int] = SIZE) -> dict[str, Any]:
    """Make the content of a file of LabelMe, of (label, points) or (label, points, shape_type)."""
    entries = []
    for label, points, *kind in shapes:
        entry = {"label": label, "points": points, "group_id": None, "flags": {}}
        entries.append({**entry, **({"shape_type": kind[0]} if kind else {})})
    content = {"version": "5.4.1", "flags": {}, "shapes": entries, "imagePath": "a.jpg", "imageData": None}
    return {**content, "imageHeight": size[0], "imageWidth": size[1]}


def write_json(path: str | Path, content: Any) -> str:
    """Write a file, and return its path."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def json2labelimg(content: dict[str, Any], ids: dict[str, int]) -> np.ndarray:
    """Draw as `json2labelImg.createLabelImage(annotation, "ids")` of cityscapesScripts 2.2 does."""
    image = Image.new("L", (content["imgWidth"], content["imgHeight"]), ids["unlabeled"])
    drawer = ImageDraw.Draw(image)
    for entry in content["objects"]:
        label = entry["label"]
        if entry.get("deleted"):
            continue
        if label not in ids and label.endswith("group"):
            label = label[: -len("group")]
        if ids[label] < 0:
            continue
        drawer.polygon([tuple(point) for point in entry["polygon"]], fill=ids[label])
    return np.array(image)


def shapes_to_label(content: dict[str, Any], ids: dict[str, int]) -> np.ndarray:
    """Draw as `labelme.utils.shapes_to_label` of LabelMe 5 does."""
    size = content["imageHeight"], content["imageWidth"]
    found = np.zeros(size, np.int32)
    for shape in content["shapes"]:
        mask = Image.fromarray(np.zeros(size, np.uint8))
        draw = ImageDraw.Draw(mask)
        xy = [tuple(point) for point in shape["points"]]
        kind = shape.get("shape_type")
        if kind == "circle":
            (cx, cy), (px, py) = xy
            d = math.sqrt((cx - px) ** 2 + (cy - py) ** 2)
            draw.ellipse([cx - d, cy - d, cx + d, cy + d], outline=1, fill=1)
        elif kind == "rectangle":
            draw.rectangle(xy, outline=1, fill=1)
        elif kind in ("line", "linestrip"):
            draw.line(xy=xy, fill=1, width=10)
        elif kind == "point":
            ((cx, cy),) = xy
            draw.ellipse([cx - 5, cy - 5, cx + 5, cy + 5], outline=1, fill=1)
        else:
            draw.polygon(xy=xy, outline=1, fill=1)
        found[np.array(mask, bool)] = ids[shape["label"]]
    return found


def random_polygon(rng: np.random.Generator, size: tuple[int, int] = SIZE) -> list[list[int]]:
    """Draw the points of a polygon that starts in the image, and may leave it."""
    angles = np.sort(rng.random(int(rng.integers(3, 9)))) * 2 * np.pi
    reach = rng.uniform(3, 15, len(angles))
    x, y = rng.integers(0, size[1]), rng.integers(0, size[0])
    points = [[int(x + r * np.cos(a)), int(y + r * np.sin(a))] for r, a in zip(reach, angles, strict=True)]
    return [[int(x), int(y)], *points]
