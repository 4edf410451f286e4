"""A page of captioned image rows, a legend and notes, drawn with matplotlib."""

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

# Viewers and browsers show pictures up to this height.
MAX_HEIGHT = 4000
_MIN_WIDTH, _MAX_WIDTH = 400, 10_000

# All lengths are in pixels of the picture.
_DPI = 100
_GAP = 8
_LINE = 22
_LETTER = 7.5
_SWATCH = 22


class Row(NamedTuple):
    """A caption, and the cells below it, RGB, (H, W, 3), uint8."""

    caption: str
    cells: Sequence[Cell]


class Page(NamedTuple):
    """The content of a page.

    Attributes:
        width: of the page; see `cell_width`.
        headings: of the columns.
        rows: from top to bottom.
        cell_size: largest (height, width) of a cell; smaller cells are centred.
        legend: class names and their colours; None for a class without colour.
        hatched: legend text of hatched areas, or None.
        notes: texts at the bottom.
    """

    width: int
    headings: Sequence[str]
    rows: Sequence[Row]
    cell_size: tuple[int, int]
    legend: Sequence[tuple[str, Color | None]]
    hatched: str | None
    notes: Sequence[str]

    def split(self) -> list[Page]:
        """Split the rows into pages of at most `MAX_HEIGHT`, each with the legend, the last with the notes.

        A page has at least one row, whatever its height.
        """
        pages: list[Page] = []
        rest = self.rows
        while rest:
            pages.append(self._first_page(rest))
            rest = rest[len(pages[-1].rows) :]
        return pages

    def _first_page(self, rows: Sequence[Row]) -> Page:
        """Build a page of as many of the first rows as fit."""
        for count in range(len(rows), 1, -1):
            page = self._replace(rows=rows[:count], notes=self.notes if count == len(rows) else ())
            if page.height <= MAX_HEIGHT:
                return page
        return self._replace(rows=rows[:1], notes=self.notes if len(rows) == 1 else ())

    @property
    def height(self) -> int:
        """Height of the page."""
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
        return [line for note in self.notes for line in _wrap(note, int((self.width - 2 * _GAP) / _LETTER))]

    def render(self, file_format: str) -> bytes:
        """Render the page to the content of a file.

        Args:
            file_format: matplotlib's name of the format: "png", "jpg", "pdf", "svg".

        Raises:
            ImportError: matplotlib is not installed.
        """
        require_matplotlib()
        from matplotlib.figure import Figure

        width, height = self.width, self.height
        cell_height, cell_width = self.cell_size
        # Add 0.01 pixel: matplotlib rounds down, and the division can leave a fraction less.
        figure = Figure(figsize=((width + 0.01) / _DPI, (height + 0.01) / _DPI), dpi=_DPI, facecolor="white")
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        mosaic = np.full((height, width, 3), 255, np.uint8)
        for column, heading in enumerate(self.headings):
            middle = _GAP + column * (cell_width + _GAP) + cell_width / 2
            _write(axes, middle, _GAP + _LINE / 2, heading, weight="bold", ha="center")
        for number, row in enumerate(self.rows):
            top = _GAP + _LINE + number * self._row_height
            _write(axes, _GAP, top + _LINE / 2, row.caption, color="0.3")
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
            _write(axes, left + _SWATCH + _GAP, top + _LINE / 2, name)
        for number, line in enumerate(self._lines):
            _write(axes, _GAP, self._notes_top + number * _LINE + _LINE / 2, line, color="#a02000")
        axes.imshow(mosaic, extent=(0, width, height, 0), interpolation="nearest", aspect="auto", zorder=0)
        file = io.BytesIO()
        figure.savefig(file, format=file_format, dpi=_DPI)
        return file.getvalue()


def page_width(name: str, value: Any) -> int:
    """Validate the width of a page.

    Raises:
        TypeError: not an integer.
        ValueError: out of range.
    """
    width = whole_number(name, value, _MIN_WIDTH)
    if width > _MAX_WIDTH:
        raise ValueError(f"{name}={width}; expected at most {_MAX_WIDTH:,} pixels")
    return width


def cell_width(width: int, columns: int) -> int:
    """Width of a cell on a page of a given width and number of columns."""
    return (width - _GAP) // columns - _GAP


def _wrap(note: str, letters: int) -> list[str]:
    return textwrap.wrap(note, letters, initial_indent="- ", subsequent_indent="  ")


def _write(axes: Any, x: float, y: float, text: str, **style: Any) -> None:
    # parse_math: a dollar sign in a file name would start a formula.
    axes.text(x, y, text, **{"va": "center_baseline", "fontsize": 9, "parse_math": False, "zorder": 1, **style})


def _hatch(patch: Cell) -> None:
    rows, columns = np.indices(patch.shape[:2])
    patch[...] = np.where((rows + columns) % 10 < 4, 255, 0)[..., np.newaxis]


def _fill(patch: Cell, color: Color | None) -> None:
    patch[...] = 0
    patch[1:-1, 1:-1] = 255 if color is None else color
