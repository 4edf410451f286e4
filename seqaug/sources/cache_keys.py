"""Names under which files are cached: their absolute paths, sizes and times."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np

from seqaug.remote.fetch import content_state, require
from seqaug.remote.urls import identity, is_url
from seqaug.sources.base import CacheKey
from seqaug.utils.redaction import shown

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


class FileKeys:
    """Says what the content of samples' files is.

    Files of this machine are looked at each time. Remote ones are asked for their state once, in each process, and of
    the answers 8 bytes a sample are kept: what changes at a URL while a sequence uses it is not noticed.

    Args:
        num_samples: how many samples there are.
    """

    def __init__(self, num_samples: int) -> None:
        # Takes memory where it is written, so none without URLs.
        self._known = np.zeros(num_samples, np.uint64)

    def __reduce__(self) -> tuple[type[FileKeys], tuple[int]]:
        return FileKeys, (len(self._known),)

    def of(self, index: int, paths: Sequence[str]) -> CacheKey | None:
        """Give the absolute paths and URLs, and their sizes and times, or states; None where one is not to be had."""
        urls = [path for path in paths if is_url(path)]
        if not urls:
            return file_key(paths)
        here = file_key([path for path in paths if not is_url(path)])
        state = None if here is None else self._remote_state(index, urls)
        if here is None or state is None:
            return None
        return CacheKey("\n".join(map(identity, paths)), f"{here.state} {state}".strip())

    def _remote_state(self, index: int, urls: Sequence[str]) -> str | None:
        if not self._known[index]:
            states = [content_state(url) for url in urls]
            if None in states:
                return None
            digest = blake2b("\n".join(map(str, states)).encode(), digest_size=8).digest()
            self._known[index] = int.from_bytes(digest, "little") or 1
        return f"{self._known[index]:016x}"
