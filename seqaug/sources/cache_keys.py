"""Cache keys of samples in files: absolute paths, sizes and modification times."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from seqaug.remote.fetch import content_state
from seqaug.remote.urls import identity, is_url
from seqaug.sources.base import CacheKey


def file_key(paths: Sequence[str]) -> CacheKey | None:
    """Return the key of local files: absolute paths, sizes and modification times; None if one is missing."""
    absolute = [os.path.abspath(path) for path in paths]
    try:
        stats = [_stat(path) for path in absolute]
    except OSError:
        return None
    return CacheKey("\n".join(absolute), " ".join(f"{file.st_size} {file.st_mtime_ns}" for file in stats))


def _stat(path: str) -> os.stat_result:
    """Return the state of a file, or of the one of which a path names a part, such as scans.h5#12."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        file, part, _ = path.rpartition("#")
        if not part:
            raise
        return os.stat(file)


class FileKeys:
    """Cache keys of samples in local or remote files.

    Local files are checked at each call. Remote files are queried once per process, and the answer is kept as 8 bytes
    per sample: a change at a URL while a sequence uses it goes unnoticed.

    Args:
        num_samples: number of samples.
    """

    def __init__(self, num_samples: int) -> None:
        # Pages are allocated when written, so without URLs this takes no memory.
        self._remote_digests = np.zeros(num_samples, np.uint64)

    def __reduce__(self) -> tuple[type[FileKeys], tuple[int]]:
        return FileKeys, (len(self._remote_digests),)

    def of(self, index: int, paths: Sequence[str]) -> CacheKey | None:
        """Return absolute paths and URLs with their sizes and times, or remote states; None if one is missing."""
        urls = [path for path in paths if is_url(path)]
        if not urls:
            return file_key(paths)
        local = file_key([path for path in paths if not is_url(path)])
        state = None if local is None else self._remote_state(index, urls)
        if local is None or state is None:
            return None
        return CacheKey("\n".join(map(identity, paths)), f"{local.state} {state}".strip())

    def _remote_state(self, index: int, urls: Sequence[str]) -> str | None:
        if not self._remote_digests[index]:
            states = [content_state(url) for url in urls]
            if None in states:
                return None
            digest = blake2b("\n".join(map(str, states)).encode(), digest_size=8).digest()
            self._remote_digests[index] = int.from_bytes(digest, "little") or 1
        return f"{self._remote_digests[index]:016x}"
