"""A page: rows of cells with captions, a legend and notes, drawn with matplotlib."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Cell: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]

# All lengths are pixels of the picture.
_DPI = 100
_GAP = 8
_LINE = 22
_LETTER = 7.5
_SWATCH = 22


class Row(NamedTuple):
    """A line of text, and cells below it, RGB, (H, W, 3), uint8."""

    caption: str
    cells: Sequence[Cell]


class Page(NamedTuple):
    """What stands on a page.

    Attributes:
        headings: of the columns.
        rows: from the top.
        cell_size: (height, width) that cells have at most; they stand in its middle.
        legend: names and their colours.
        hatched: the name of what is hatched, or None.
        notes: texts below all.
    """

    headings: Sequence[str]
    rows: Sequence[Row]
    cell_size: tuple[int, int]
    legend: Sequence[tuple[str, tuple[int, int, int]]]
    hatched: str | None
    notes: Sequence[str]

    def png(self) -> bytes:
        """Draw the page: the bytes of a PNG file.

        Raises:
            ImportError: matplotlib is missing.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise ImportError('pictures need matplotlib: pip install "seqaug[plot]"') from error

        cell_height, cell_width = self.cell_size
        width = len(self.headings) * (cell_width + _GAP) + _GAP
        names = [*(name for name, _ in self.legend), *([self.hatched] if self.hatched else [])]
        entry_width = _SWATCH + _GAP + max((len(name) for name in names), default=0) * _LETTER + 2 * _GAP
        per_line = max(int((width - _GAP) / entry_width), 1)
        lines = [line for note in self.notes for line in _wrapped(note, int((width - 2 * _GAP) / _LETTER))]
        row_height = _LINE + cell_height + _GAP
        legend_top = _GAP + _LINE + len(self.rows) * row_height + _GAP
        notes_top = legend_top + math.ceil(len(names) / per_line) * _LINE + _GAP
        height = notes_top + len(lines) * _LINE + _GAP

        figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
        paper = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        paper.set_axis_off()
        mosaic = np.full((height, width, 3), 255, np.uint8)
        for column, heading in enumerate(self.headings):
            middle = _GAP + column * (cell_width + _GAP) + cell_width / 2
            _write(paper, middle, _GAP + _LINE / 2, heading, weight="bold", ha="center")
        for number, row in enumerate(self.rows):
            top = _GAP + _LINE + number * row_height
            _write(paper, _GAP, top + _LINE / 2, row.caption, color="0.3")
            for column, cell in enumerate(row.cells):
                left = _GAP + column * (cell_width + _GAP) + (cell_width - cell.shape[1]) // 2
                first = top + _LINE + (cell_height - cell.shape[0]) // 2
                mosaic[first : first + cell.shape[0], left : left + cell.shape[1]] = cell
        for number, name in enumerate(names):
            left = _GAP + number % per_line * entry_width
            top = legend_top + number // per_line * _LINE
            color = self.legend[number][1] if number < len(self.legend) else None
            _swatch(mosaic, int(left), top + 4, color)
            _write(paper, left + _SWATCH + _GAP, top + _LINE / 2, name)
        for number, line in enumerate(lines):
            _write(paper, _GAP, notes_top + number * _LINE + _LINE / 2, line, color="#a02000")
        paper.imshow(mosaic, extent=(0, width, height, 0), interpolation="nearest", aspect="auto", zorder=0)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=_DPI)
        return file.getvalue()


def _wrapped(note: str, letters: int) -> list[str]:
    return textwrap.wrap(note, letters, initial_indent="- ", subsequent_indent="  ")


def _write(paper: Any, x: float, y: float, text: str, **style: Any) -> None:
    # Of names that come from files, a dollar sign would begin a formula.
    paper.text(x, y, text, **{"va": "center_baseline", "fontsize": 9, "parse_math": False, "zorder": 1, **style})


def _swatch(mosaic: Cell, left: int, top: int, color: tuple[int, int, int] | None) -> None:
    patch = mosaic[top : top + _LINE - 8, left : left + _SWATCH]
    patch[...] = 0
    if color is None:
        rows, columns = np.indices(patch.shape[:2])
        patch[(rows + columns) % 10 < 4] = 255
    else:
        patch[1:-1, 1:-1] = color
