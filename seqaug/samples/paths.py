"""Paths of files, as samples have them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from seqaug.redaction import shown
from seqaug.remote import is_url, require
from seqaug.samples.source import CacheKey

Path = str | os.PathLike[str]


def listed_paths(paths: Iterable[Path], argument: str) -> list[str]:
    """Give paths and URLs as a list of text.

    Raises:
        TypeError: it is one path, or something in it is none.
        ImportError: what reads the first URL is not installed.
        ReadError: its protocol is unknown.
    """
    if isinstance(paths, str | os.PathLike):
        raise TypeError(
            f"{argument}={shown(paths)!r} is one path; expected a sequence of paths, or from_directory where it is "
            "a folder"
        )
    try:
        listed = [os.fspath(path) for path in paths]
    except TypeError as error:
        raise TypeError(f"{argument} must be a sequence of paths or an array of pixels: {error}") from error
    if listed and is_url(listed[0]):  # mostly, the others are of its kind
        require(listed[0])
    return listed


def file_key(paths: Sequence[str]) -> CacheKey | None:
    """Say what the content of files is: absolute paths, and sizes and times; None where one of them is not there."""
    absolute = [os.path.abspath(path) for path in paths]
    try:
        found = [os.stat(path) for path in absolute]
    except OSError:
        return None
    return CacheKey("\n".join(absolute), " ".join(f"{file.st_size} {file.st_mtime_ns}" for file in found))
