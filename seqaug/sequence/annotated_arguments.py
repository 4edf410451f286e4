"""Arguments of a sequence whose classes an annotation file or a table names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqaug.utils.distinct_colors import distinct_colors

_BACKGROUND = "background"


def class_arguments(names: Sequence[str], arguments: Mapping[str, Any], ignored: int | None = None) -> dict[str, Any]:
    """Add the classes to the arguments of a sequence: the background, which is 0, and those named, from 1.

    Args:
        names: the names of the classes.
        arguments: of the sequence; its palette, if it has one, names and colours the same classes.
        ignored: the stored id of ignored pixels, or None.

    Raises:
        ValueError: `class_map` or `num_classes` is given, the palette has other classes, or classes may overlap.
    """
    for name in ("class_map", "num_classes"):
        if arguments.get(name) is not None:
            raise ValueError(
                f"{name}={arguments[name]!r} beside annotations, whose classes have names: background and "
                f"{', '.join(names[:5])}{', ...' * (len(names) > 5)}; expected none, or classes= to choose some"
            )
    if arguments.get("mask_encoding") == "multi_label":
        raise ValueError(
            'mask_encoding="multi_label" beside annotations, which are drawn as one label a pixel; expected "sparse", '
            '"one_hot" or, for one class, "binary"; overlapping classes go to masks={name: masks}'
        )
    class_map: dict[int, int | None] = {label: label for label in range(len(names) + 1)}
    if ignored is not None:
        class_map[ignored] = None
    named: dict[str, Any] = {"class_map": class_map}
    colors = distinct_colors()
    if arguments.get("palette") is None and len(names) <= len(colors):
        # Some data sets have a category of this name.
        background = _BACKGROUND if _BACKGROUND not in names else f"_{_BACKGROUND}_"
        shades = [(int(r), int(g), int(b)) for r, g, b in colors[: len(names)]]
        named["palette"] = {background: (0, 0, 0), **dict(zip(names, shades, strict=True))}
    return {**arguments, **named}
