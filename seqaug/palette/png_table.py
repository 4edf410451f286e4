"""Palettes from the colour table of an indexed PNG."""

from __future__ import annotations

import os

from seqaug.errors import ReadError
from seqaug.palette.csv_file import Color
from seqaug.reading.png import color_table


def read_png_colors(path: str | os.PathLike[str]) -> dict[str, Color]:
    """Read the colours of an indexed PNG, without the padding at the end of its table.

    Returns:
        Colours by name ("class_0", "class_1", ... after their index), in the order of the table.

    Raises:
        ReadError: the file is missing, no PNG or not indexed, or a colour is in the table twice.
    """
    table = color_table(path)
    if table is None:
        raise ReadError(
            path,
            "a PNG without a colour table; expected an indexed PNG. Where its pixels are colours, list them with "
            "Palette.infer, or name them in Palette({name: (r, g, b)}); where they are class ids, no palette is needed",
        )
    colors: list[Color] = [(int(r), int(g), int(b)) for r, g, b in table]
    first_index: dict[Color, int] = {}
    for index, color in enumerate(colors):
        first_index.setdefault(color, index)
    # Many programs fill the table up to 256 entries with a colour that is there already.
    used = max(first_index.values(), default=-1) + 1
    for index, color in enumerate(colors[:used]):
        if first_index[color] != index:
            raise ReadError(
                path,
                f"the entries {first_index[color]} and {index} of the colour table are both {color}, so colours do "
                "not tell them apart; read the indices as class ids instead: palette=None, num_classes=...",
            )
    return {f"class_{index}": color for index, color in enumerate(colors[:used])}
