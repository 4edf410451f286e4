"""The bytes of a remote file, and its state."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from seqaug.errors import ReadError
from seqaug.remote.retry import attempt, teaching
from seqaug.remote.urls import Url, identity


def fetch(url: str | os.PathLike[str]) -> bytes:
    """Read a remote file whole, in spite of short troubles of the network, see `attempt`.

    Raises:
        ReadError: the file is missing, access to it denied, or it cannot be fetched; the protocol is unknown.
        ImportError: fsspec, or the package that it needs for the protocol, is missing.
    """
    data: bytes = attempt(os.fspath(url), lambda filesystem, path: filesystem.cat_file(path))
    return data


def content_state(url: str) -> str | None:
    """Say in which state a remote file is; None where that cannot be had.

    Returns:
        Text that changes with the content: the ETag of an object store, else what fsspec's `ukey` makes of the file's
        description. For http(s) that is the URL alone, as `identity` gives it, without a request: pages are taken
        as unchanging.
    """
    try:
        return attempt(url, partial(_state, url))
    except (ReadError, ImportError):
        return None


def _state(url: str, filesystem: Any, path: str) -> str:
    from fsspec import AbstractFileSystem
    from fsspec.implementations.cached import CachingFileSystem

    while isinstance(filesystem, CachingFileSystem):
        filesystem = filesystem.fs
    parsed = Url.parse(url)
    if parsed.is_http:
        return identity(str(parsed._replace(before="")))
    if type(filesystem).ukey is AbstractFileSystem.ukey:
        # Descriptions have more fields in a request than in a listing, and the ETag is the same in both.
        found = filesystem.info(path)
        for name in ("ETag", "etag"):
            if found.get(name):
                return str(found[name])
    return str(filesystem.ukey(path))


def require(url: str) -> None:
    """See that what reads a URL is installed.

    Raises:
        ImportError: fsspec, or the package that it needs for the protocol, is missing.
        ReadError: the protocol is unknown.
    """
    with teaching(url):
        from fsspec import get_filesystem_class

        for protocol in Url.parse(url).protocols:
            get_filesystem_class(protocol)
