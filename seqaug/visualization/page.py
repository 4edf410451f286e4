"""A page: rows of cells with captions, a legend and notes, drawn with matplotlib."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from seqaug.utils.figures import require_matplotlib
from seqaug.utils.validation import whole_number

Cell: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
Color: TypeAlias = tuple[int, int, int]

# What viewers and browsers still show.
MOST_HEIGHT = 4000
_LEAST_WIDTH, _MOST_WIDTH = 400, 10_000

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
        width: of the page; see `cell_width`.
        headings: of the columns.
        rows: from the top.
        cell_size: (height, width) that cells have at most; they stand in its middle.
        legend: names and their colours; None for what is not coloured.
        hatched: the name of what is hatched, or None.
        notes: texts below all.
    """

    width: int
    headings: Sequence[str]
    rows: Sequence[Row]
    cell_size: tuple[int, int]
    legend: Sequence[tuple[str, Color | None]]
    hatched: str | None
    notes: Sequence[str]

    def split(self) -> list[Page]:
        """Give pages of at most `MOST_HEIGHT`, each with the legend, the last with the notes.

        A page has one row at least, however high it is.
        """
        pages: list[Page] = []
        rest = self.rows
        while rest:
            pages.append(self._beginning(rest))
            rest = rest[len(pages[-1].rows) :]
        return pages

    def _beginning(self, rows: Sequence[Row]) -> Page:
        """Give a page of as many rows as fit."""
        for count in range(len(rows), 1, -1):
            page = self._replace(rows=rows[:count], notes=self.notes if count == len(rows) else ())
            if page.height <= MOST_HEIGHT:
                return page
        return self._replace(rows=rows[:1], notes=self.notes if len(rows) == 1 else ())

    @property
    def height(self) -> int:
        """How high the page is."""
        return self._notes_top + len(self._lines) * _LINE + _GAP

    @property
    def _row_height(self) -> int:
        return _LINE + self.cell_size[0] + _GAP

    @property
    def _names(self) -> list[str]:
        return [*(name for name, _ in self.legend), *([self.hatched] if self.hatched else [])]

    @property
    def _entry_width(self) -> float:
        return _SWATCH + _GAP + max((len(name) for name in self._names), default=0) * _LETTER + 2 * _GAP

    @property
    def _entries_per_line(self) -> int:
        return max(int((self.width - _GAP) / self._entry_width), 1)

    @property
    def _legend_top(self) -> int:
        return _GAP + _LINE + len(self.rows) * self._row_height + _GAP

    @property
    def _notes_top(self) -> int:
        return self._legend_top + math.ceil(len(self._names) / self._entries_per_line) * _LINE + _GAP

    @property
    def _lines(self) -> list[str]:
        return [line for note in self.notes for line in _wrapped(note, int((self.width - 2 * _GAP) / _LETTER))]

    def drawn(self, kind: str) -> bytes:
        """Draw the page: the bytes of a file.

        Args:
            kind: what matplotlib calls it: "png", "jpg", "pdf", "svg".

        Raises:
            ImportError: matplotlib is missing.
        """
        require_matplotlib()
        from matplotlib.figure import Figure

        width, height = self.width, self.height
        cell_height, cell_width = self.cell_size
        # A hundredth more, as matplotlib rounds down what binary fractions made smaller.
        figure = Figure(figsize=((width + 0.01) / _DPI, (height + 0.01) / _DPI), dpi=_DPI, facecolor="white")
        paper = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        paper.set_axis_off()
        mosaic = np.full((height, width, 3), 255, np.uint8)
        for column, heading in enumerate(self.headings):
            middle = _GAP + column * (cell_width + _GAP) + cell_width / 2
            _write(paper, middle, _GAP + _LINE / 2, heading, weight="bold", ha="center")
        for number, row in enumerate(self.rows):
            top = _GAP + _LINE + number * self._row_height
            _write(paper, _GAP, top + _LINE / 2, row.caption, color="0.3")
            for column, cell in enumerate(row.cells):
                left = _GAP + column * (cell_width + _GAP) + (cell_width - cell.shape[1]) // 2
                first = top + _LINE + (cell_height - cell.shape[0]) // 2
                mosaic[first : first + cell.shape[0], left : left + cell.shape[1]] = cell
        for number, name in enumerate(self._names):
            left = int(_GAP + number % self._entries_per_line * self._entry_width)
            top = self._legend_top + number // self._entries_per_line * _LINE
            patch = mosaic[top + 4 : top + _LINE - 4, left : left + _SWATCH]
            if number < len(self.legend):
                _fill(patch, self.legend[number][1])
            else:
                _hatch(patch)
            _write(paper, left + _SWATCH + _GAP, top + _LINE / 2, name)
        for number, line in enumerate(self._lines):
            _write(paper, _GAP, self._notes_top + number * _LINE + _LINE / 2, line, color="#a02000")
        paper.imshow(mosaic, extent=(0, width, height, 0), interpolation="nearest", aspect="auto", zorder=0)
        file = io.BytesIO()
        figure.savefig(file, format=kind, dpi=_DPI)
        return file.getvalue()


def page_width(name: str, value: Any) -> int:
    """Give an argument as the width of a page.

    Raises:
        TypeError: it is no integer.
        ValueError: it is out of range.
    """
    width = whole_number(name, value, _LEAST_WIDTH)
    if width > _MOST_WIDTH:
        raise ValueError(f"{name}={width}; expected at most {_MOST_WIDTH:,} pixels")
    return width


def cell_width(width: int, columns: int) -> int:
    """Say how wide the cells of a page of a width are."""
    return (width - _GAP) // columns - _GAP


def _wrapped(note: str, letters: int) -> list[str]:
    return textwrap.wrap(note, letters, initial_indent="- ", subsequent_indent="  ")


def _write(paper: Any, x: float, y: float, text: str, **style: Any) -> None:
    # Of names that come from files, a dollar sign would begin a formula.
    paper.text(x, y, text, **{"va": "center_baseline", "fontsize": 9, "parse_math": False, "zorder": 1, **style})


def _hatch(patch: Cell) -> None:
    rows, columns = np.indices(patch.shape[:2])
    patch[...] = np.where((rows + columns) % 10 < 4, 255, 0)[..., np.newaxis]


def _fill(patch: Cell, color: Color | None) -> None:
    patch[...] = 0
    patch[1:-1, 1:-1] = 255 if color is None else color
