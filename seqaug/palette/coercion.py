"""Coercion of a `palette=` argument to a `Palette`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Literal

from seqaug.palette.builtin import BUILT_IN_NAMES, name_hint
from seqaug.palette.color_files import Color
from seqaug.palette.palette import Palette
from seqaug.remote.urls import Url, is_url, pathlib_hint
from seqaug.utils.redaction import shown

BuiltInName = Literal["ade20k", "binary", "camvid", "camvid32", "cityscapes", "coco_stuff", "oxford_pets", "voc"]
PaletteLike = Palette | BuiltInName | str | os.PathLike[str] | Mapping[str, Color | Sequence[Color]]


def as_palette(spec: PaletteLike | None) -> Palette | None:
    """Turn a `palette=` argument into a palette.

    Args:
        spec: a palette, which is returned unchanged; the name of a built-in palette; colours by name; the path or URL
            of a CSV file with the columns name,r,g,b; or None, for no palette.

    Raises:
        ReadError: the CSV file cannot be read.
        TypeError: none of these.
        ValueError: a string that is neither a built-in name nor the path of a CSV file, or invalid colours.
    """
    if spec is None or isinstance(spec, Palette):
        return spec
    if isinstance(spec, Mapping):
        return Palette(spec)
    if not isinstance(spec, (str, os.PathLike)):
        raise TypeError(
            f"a palette of {type(spec).__name__}; expected a Palette, the name of a built-in one "
            f"({', '.join(BUILT_IN_NAMES)}), a mapping of names to (r, g, b), the path of a CSV file, or None"
        )
    if spec in BUILT_IN_NAMES:
        return Palette.named(str(spec))
    text = os.fspath(spec)
    if not is_url(text) and not os.path.isfile(text):
        raise ValueError(
            f"palette={shown(text)!r} is not a built-in palette, and there is no such file; {name_hint(text)}, or the "
            f"path of a CSV file with the columns name,r,g,b{pathlib_hint(text)}"
        )
    name = Url.parse(text).path if is_url(text) else text
    if not name.lower().endswith(".csv"):
        raise ValueError(
            f"palette={shown(text)!r} is a file, but not a .csv; expected a CSV file with the columns name,r,g,b. "
            "Palette.from_png(path) reads the colour table of an indexed PNG"
        )
    return Palette.from_csv(spec)
