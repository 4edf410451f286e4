"""Palette files: CSV tables, and the colour tables of PNGs."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from typing import TextIO

from seqaug.errors import ReadError
from seqaug.reading.png import color_table
from seqaug.remote.fetch import fetch
from seqaug.remote.urls import is_url, pathlib_hint


def read_png_colors(path: str | os.PathLike[str]) -> dict[str, Color]:
    """Read the colour table of an indexed PNG, without the padding at its end.

    Returns:
        Colours by name ("class_0", "class_1", ... after their index), in the order of the table.

    Raises:
        ReadError: the file is missing, not a PNG or not indexed, or a colour is in the table twice.
    """
    table = color_table(path)
    if table is None:
        raise ReadError(
            path,
            "a PNG without a colour table; expected an indexed PNG. If its pixels are colours, list them with "
            "Palette.infer, or name them in Palette({name: (r, g, b)}); if they are class ids, no palette is needed",
        )
    colors: list[Color] = [(int(r), int(g), int(b)) for r, g, b in table]
    first_index: dict[Color, int] = {}
    for index, color in enumerate(colors):
        first_index.setdefault(color, index)
    # Many programs pad the table to 256 entries with a colour that it already has.
    used = max(first_index.values(), default=-1) + 1
    for index, color in enumerate(colors[:used]):
        if first_index[color] != index:
            raise ReadError(
                path,
                f"the entries {first_index[color]} and {index} of the colour table are both {color}, so colours cannot "
                "tell them apart; read the indices as class ids instead: palette=None, num_classes=...",
            )
    return {f"class_{index}": color for index, color in enumerate(colors[:used])}


_COLUMNS = ("name", "r", "g", "b")

Color = tuple[int, int, int]


def read_color_csv(path: str | os.PathLike[str]) -> dict[str, tuple[Color, ...]]:
    """Read names and colours from a CSV file.

    Args:
        path: a UTF-8 file, or its URL, with a header line that names the columns name, r, g and b in any order and
            case. A byte order mark, spaces around values, blank lines and further columns are allowed.

    Returns:
        Colours by name, in the order of the lines; lines of one name are its colours.

    Raises:
        ReadError: the file is missing or not UTF-8, a column is missing, a value is not an integer from 0 to 255, a
            name is empty, a colour occurs twice, or there are no rows.
    """
    try:
        with _opened(path) as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, [value.strip() for value in row]) for row in reader]
    except FileNotFoundError:
        hint = pathlib_hint(path)
        raise ReadError(path, f"no such file; expected a CSV with the columns name,r,g,b{hint}") from None
    except ReadError:  # of a URL
        raise
    except OSError as error:
        raise ReadError(path, f"cannot be opened: {error.strerror}; expected a readable CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReadError(path, f"not CSV text in UTF-8 ({error}); save it again as CSV in UTF-8") from error
    return _colors(path, [(line, row) for line, row in rows if any(row)])


def _opened(path: str | os.PathLike[str]) -> TextIO:
    if is_url(path):
        return io.TextIOWrapper(io.BytesIO(fetch(path)), encoding="utf-8-sig", newline="")
    return open(path, encoding="utf-8-sig", newline="")


def _colors(path: str | os.PathLike[str], rows: list[tuple[int, list[str]]]) -> dict[str, tuple[Color, ...]]:
    if not rows:
        raise ReadError(path, "the file is empty; expected a first line name,r,g,b and one line per class")
    (header_line, header), *rows = rows
    header = [column.lower() for column in header]
    missing = [column for column in _COLUMNS if column not in header]
    if missing:
        raise ReadError(
            path,
            f"line {header_line}: no column {', '.join(missing)}; found {', '.join(header)}; expected a first line "
            "name,r,g,b, with commas",
        )
    if not rows:
        raise ReadError(path, "no lines below the first; expected one line per class, such as sky,128,128,128")
    at = [header.index(column) for column in _COLUMNS]
    colors: dict[str, tuple[Color, ...]] = {}
    lines: dict[Color, int] = {}
    for line, row in rows:
        if len(row) <= max(at):
            raise ReadError(path, f"line {line}: {len(row)} values; expected {len(header)}, as in the first line")
        name, *channels = (row[column] for column in at)
        if not name:
            raise ReadError(path, f"line {line}: the name is empty; expected a name for each class")
        color = _color(path, line, channels)
        if color in lines:
            raise ReadError(
                path,
                f"line {line}: the colour {color} is also in line {lines[color]}; give each class colours of its own, "
                "or remove one of the lines",
            )
        lines[color] = line
        colors[name] = (*colors.get(name, ()), color)
    return colors


def _color(path: str | os.PathLike[str], line: int, channels: list[str]) -> Color:
    try:
        r, g, b = (int(channel) for channel in channels)
    except ValueError:
        r = g = b = -1
    if not all(0 <= channel <= 255 for channel in (r, g, b)):
        raise ReadError(path, f"line {line}: r,g,b is {','.join(channels)}; expected three integers from 0 to 255")
    return r, g, b


def color_csv(colors: Mapping[str, Color]) -> str:
    """Format names and colours as CSV text that `read_color_csv` reads."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_COLUMNS, *((name, *color) for name, color in colors.items())])
    return text.getvalue()
