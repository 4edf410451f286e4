"""A legend of a palette, drawn as a picture."""

from __future__ import annotations

import os
from typing import NamedTuple

from seqaug.palette.color_files import Color
from seqaug.palette.palette import Palette
from seqaug.utils.figures import new_figure, picture_file

_ROW_INCHES = 0.28
_ROWS = 40  # in a column
_COLUMN_INCHES = 4.0


class Entry(NamedTuple):
    """A colour of a palette: its id, or None if ignored; its name; and (red, green, blue)."""

    id: int | None
    name: str
    color: Color


def entries_of(palette: Palette) -> list[Entry]:
    """List the colours of a palette: those of the classes in id order, then the ignored ones."""
    numbered = [*enumerate(palette.names), *((None, name) for name in palette.ignored)]
    return [Entry(number, name, color) for number, name in numbered for color in palette.all_colors[name]]


def save_palette(palette: Palette, path: str | os.PathLike[str]) -> None:
    """Draw a palette: a swatch, id, name and (red, green, blue) for each colour; ignored colours are hatched.

    Args:
        palette: the palette.
        path: the output file, .png, .jpg, .webp, .pdf or .svg.

    Raises:
        ImportError: matplotlib is missing.
        ValueError: the suffix is none of these, or the path is not writable.
    """
    file = picture_file("path", path)
    entries = entries_of(palette)
    columns, rows = -(-len(entries) // _ROWS), min(len(entries), _ROWS)
    figure = new_figure(_COLUMN_INCHES * columns, _ROW_INCHES * rows + 0.2)
    from matplotlib.patches import Rectangle  # after new_figure, whose error says how to install matplotlib

    axes = figure.subplots()
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.axis("off")
    for position, (number, name, color) in enumerate(entries):
        column, row = divmod(position, _ROWS)
        shade = [channel / 255 for channel in color]
        swatch = Rectangle((column, row + 0.1), 0.12, 0.8, facecolor=shade, edgecolor="#444444", linewidth=0.8)
        if number is None:
            swatch.set(hatch="////", edgecolor="white" if sum(color) < 384 else "black")
        axes.add_patch(swatch)
        texts = (
            (0.22, "right", "-" if number is None else str(number)),
            (0.25, "left", name if number is not None else f"{name} (ignored)"),
            (0.95, "right", ", ".join(map(str, color))),
        )
        for x, side, text in texts:
            axes.text(column + x, row + 0.5, text, ha=side, va="center", fontsize=9)
    figure.savefig(file, dpi=120)
