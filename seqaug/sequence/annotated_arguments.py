"""Arguments of a sequence whose classes an annotation file or a table names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqaug.palette.coercion import as_palette
from seqaug.utils.distinct_colors import colors_by_name

_BACKGROUND = "background"


def class_arguments(names: Sequence[str], arguments: Mapping[str, Any], ignored: int | None = None) -> dict[str, Any]:
    """Add the classes to the arguments of a sequence: the background, which is 0, and those named, from 1.

    With "multi_label", there is no background, and those named are from 0.

    Args:
        names: the names of the classes.
        arguments: of the sequence; its palette, if it has one, names and colours the same classes.
        ignored: the stored id of ignored pixels, or None.

    Raises:
        ValueError: `class_map` or `num_classes` is given, or the palette has other classes.
    """
    overlap = arguments.get("mask_encoding") == "multi_label"
    for name in ("class_map", "num_classes"):
        if arguments.get(name) is not None:
            raise ValueError(
                f"{name}={arguments[name]!r} beside annotations, whose classes have names: "
                f"{'' if overlap else 'background and '}{_listed(names)}; expected none, or classes= to choose some"
            )
    if overlap:
        return {**arguments, **_overlapping(names, arguments)}
    class_map: dict[int, int | None] = {label: label for label in range(len(names) + 1)}
    if ignored is not None:
        class_map[ignored] = None
    named: dict[str, Any] = {"class_map": class_map}
    if arguments.get("palette") is None:
        # Some data sets have a category of this name.
        background = _BACKGROUND if _BACKGROUND not in names else f"_{_BACKGROUND}_"
        named["palette"] = colors_by_name([background, *names], has_background=True)
    return {**arguments, **named}


def _overlapping(names: Sequence[str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    palette = as_palette(arguments.get("palette"))
    if palette is not None and list(palette.names) != list(names):
        raise ValueError(
            f"the palette's classes are {_listed(palette.names)}, and those of the annotations {_listed(names)}; "
            "expected equal names, or no palette: classes that overlap have no background"
        )
    colors = colors_by_name(names, has_background=False)
    if palette is None and colors is not None:
        return {"palette": colors}
    return {} if palette is not None else {"num_classes": len(names)}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + ", ..." * (len(names) > 5)
