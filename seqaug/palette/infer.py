"""Palettes inferred from the colours of mask files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from seqaug.palette.codes import distinct, pack, unpack
from seqaug.palette.color_files import Color
from seqaug.reading.file_bytes import IMAGE_SUFFIXES
from seqaug.reading.masks import read_mask_colors
from seqaug.remote.listing import list_below, listing_hint
from seqaug.remote.urls import is_url, pathlib_hint
from seqaug.utils.progress import progress_bar
from seqaug.utils.redaction import shown


def infer_colors(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], max_colors: int) -> dict[str, Color]:
    """List the colours of mask files.

    Returns:
        Colours by name ("class_128_64_128" after its red, green and blue), ordered by red, then green, then blue.

    Raises:
        ReadError: a file cannot be read, or a URL cannot be listed.
        ValueError: there are no files, or more than `max_colors` colours.
    """
    files = _files(paths)
    found = np.empty(0, np.uint32)
    with progress_bar("Reading the masks", len(files)) as advance:
        for file in files:
            present = distinct(pack(np.ascontiguousarray(read_mask_colors(file)).reshape(-1, 3)))
            found = np.union1d(found, present)
            if len(found) > max_colors:
                raise ValueError(_too_many(file, len(present), len(found), max_colors))
            advance(1)
    return {f"class_{r}_{g}_{b}": (r, g, b) for r, g, b in unpack(found).tolist()}


def _files(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str | os.PathLike[str]]:
    if not isinstance(paths, (str, os.PathLike)):
        files = list(paths)
        if not files:
            raise ValueError("no mask files: the list of paths is empty; expected one path or more")
        return files
    text, hint = os.fspath(paths), ""
    if is_url(text):
        listed = sorted(list_below(text).files.items())
        files, hint = [url for name, url in listed if name.lower().endswith(IMAGE_SUFFIXES)], listing_hint(text)
    else:
        root = Path(text)
        if not root.is_dir():
            raise ValueError(
                f"{shown(text)!r} is not a directory; expected one, or a list of mask paths{pathlib_hint(text)}"
            )
        files = [file for file in sorted(root.rglob("*")) if _is_mask(file.relative_to(root)) and file.is_file()]
    if not files:
        raise ValueError(f"{shown(text)!r} holds no image file ({', '.join(IMAGE_SUFFIXES)}), at any depth{hint}")
    return files


def _is_mask(file: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.parts)
    return not hidden and file.name.lower().endswith(IMAGE_SUFFIXES)


def _too_many(file: str | os.PathLike[str], in_file: int, in_all: int, max_colors: int) -> str:
    return (
        f"{in_all} colours up to {shown(file)}, which alone has {in_file}; expected at most "
        f"max_colors={max_colors}. These look like photographs, or like masks compressed as JPEG or resized with "
        "interpolation: use the original masks, or name their true colours in Palette({name: (r, g, b)}, "
        'unknown="nearest"). If all these colours are classes, raise max_colors'
    )
