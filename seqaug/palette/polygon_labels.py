"""The ids that polygons are drawn with, by the arguments that name the classes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from seqaug.palette.label_map import background_label
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.palette import Palette
from seqaug.reading.file_bytes import read_bytes
from seqaug.reading.polygons import LabelIds, PolygonReader, is_polygon_file, parse_polygons
from seqaug.utils.redaction import shown

# labels.py of cityscapesScripts, by id. It draws no objects whose id is negative: license plates.
_CITYSCAPES: Final = (
    *("unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "road"),
    *("sidewalk", "parking", "rail track", "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole"),
    *("polegroup", "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car", "truck"),
    *("bus", "caravan", "trailer", "train", "motorcycle", "bicycle"),
)
_CITYSCAPES_NOT_DRAWN: Final = "license plate"
_CITYSCAPES_NAME: Final = "cityscapes"

_LOOKED_AT = 8  # files whose labels a message lists
_NAMED = 12


def polygon_reader(labels: LabelSpec, paths: Sequence[str]) -> PolygonReader | None:
    """Create what reads masks that are polygon files; `labels` then know that these are drawn as ids.

    Args:
        labels: the classes.
        paths: the masks.

    Returns:
        None where masks are other files.

    Raises:
        ImportError: Pillow is missing.
        ValueError: only some of the masks are polygon files; nothing says which class each label is; or there is a
            map of labels, and no polygon.
    """
    are_polygons = [is_polygon_file(path) for path in paths]
    if not any(are_polygons):
        refuse_label_map(labels)
        return None
    if not all(are_polygons):
        raise ValueError(
            f"masks are polygon files, such as {shown(paths[are_polygons.index(True)])}, and others, such as "
            f"{shown(paths[are_polygons.index(False)])}; expected one of both"
        )
    labels.colored_masks = False
    return PolygonReader(_label_ids(labels, paths))


def refuse_label_map(labels: LabelSpec) -> None:
    """Refuse a map of labels where masks are not polygons.

    Raises:
        ValueError: they hold ids or colours, which have no labels.
    """
    if labels.label_map is not None:
        raise ValueError(
            f"class_map={labels.label_map} has labels, which only polygon files (.json) have; expected the ids that "
            "masks hold, such as {7: 0, 8: 1, 0: None}, or palette= for masks in colours"
        )


def _label_ids(labels: LabelSpec, paths: Sequence[str]) -> LabelIds:
    label_map, ignored = labels.label_map, labels.ignore_index
    if labels.overlapping is not None:
        return _planes(labels, paths)
    if label_map is not None:
        ids = {label: ignored if number is None else number for label, number in label_map.ids.items()}
        other = (ignored if label_map.default is None else label_map.default) if label_map.has_default else None
        background = ignored if label_map.background is None else label_map.background
        return LabelIds(ids, _outside(background, list(ids)), ignored, other)
    if labels.class_map is not None and labels.class_map.name == _CITYSCAPES_NAME:
        stored = {label: number for number, label in enumerate(_CITYSCAPES)}
        return LabelIds({**stored, _CITYSCAPES_NOT_DRAWN: None}, background=0)
    if labels.palette is None or labels.class_map is not None:
        raise ValueError(_missing(labels, paths))
    palette = labels.palette
    ids = {name: number for number, name in enumerate(palette.names)}
    ids |= dict.fromkeys(palette.ignored, ignored)
    named = background_label(ids)
    background = ignored if named is None else ids[named]
    if palette.all_colors == Palette.named(_CITYSCAPES_NAME).all_colors:
        # Those without a colour of their own, which are not evaluated either.
        ids = {**dict.fromkeys(_CITYSCAPES, ignored), _CITYSCAPES_NOT_DRAWN: None, **ids}
    return LabelIds(ids, _outside(background, list(ids)), ignored, ignored if palette.unknown == "ignore" else None)


def _planes(labels: LabelSpec, paths: Sequence[str]) -> LabelIds:
    """Give each class a plane."""
    if labels.class_names is None:
        raise ValueError(_missing(labels, paths))
    named = background_label(labels.class_names)
    if named is not None:
        raise ValueError(
            f'mask_encoding="multi_label" with the class {named!r}, which no polygon is: pixels outside of all '
            "polygons have no class; expected a palette without it"
        )
    ids = {name: number for number, name in enumerate(labels.class_names)}
    return LabelIds(ids, background=0, num_planes=len(ids))


def _outside(background: int | None, names: Sequence[str]) -> int:
    if background is None:
        raise ValueError(
            f"masks are polygons, and none of the classes ({_listed(names)}) "
            'is that of the pixels outside of all of them; expected a class "background" in palette= or class_map=, or '
            "ignore_index=255, which ignores these pixels"
        )
    return background


def _missing(labels: LabelSpec, paths: Sequence[str]) -> str:
    """Say that nothing names the classes, and what would, by the labels of the first files."""
    found: set[str] = set()
    are_cityscapes = True
    for path in paths[:_LOOKED_AT]:
        with suppress(OSError, ValueError, ImportError):  # those that cannot be read raise when a batch needs them
            content = parse_polygons(path, read_bytes(path))
            found |= {shape.label for shape in content.shapes}
            are_cityscapes &= content.is_cityscapes
    known = {*_CITYSCAPES, _CITYSCAPES_NOT_DRAWN}
    names = sorted(found)
    items = [f"{name!r}: {number}" for number, name in enumerate(names or ["car", "road"], 1)]
    has_ids = labels.class_map is not None and labels.class_map.name != "binary"  # which mask_encoding="binary" brings
    given = f"class_map={labels.class_map} is of ids" if has_ids else "there is none"
    if labels.overlapping is not None:
        hint = "expected palette={label: colour}, of all classes"
    else:
        hint = (
            f"expected class_map={{{_listed(items)}}}, where 0 is outside of all "
            'polygons, or a palette with the labels as names; class_map={"default": 1} makes all labels one class'
        )
        if are_cityscapes and found and {label.removesuffix("group") for label in found} <= known | {"pole"}:
            hint = f'expected class_map="{_CITYSCAPES_NAME}", which has all of Cityscapes\' labels; or else {hint}'
    looked_at = f"labels of the first {min(len(paths), _LOOKED_AT)} files: {_listed(names)}; " if found else ""
    return (
        f"masks are polygons, such as {shown(paths[0])}, whose labels need an argument that says which class each is, "
        f"and {given}; {looked_at}{hint}"
    )


def _listed(texts: Sequence[str]) -> str:
    return ", ".join([*texts[:_NAMED], *["..."] * (len(texts) > _NAMED)])
