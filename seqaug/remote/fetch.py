"""The content of a remote file, and its state."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from seqaug.errors import ReadError
from seqaug.remote.retry import explain_setup_errors, with_retries
from seqaug.remote.urls import Url, identity


def fetch(url: str | os.PathLike[str]) -> bytes:
    """Read a complete remote file, with retries, see `with_retries`.

    Raises:
        ReadError: the file is missing, access is denied, fetching fails, or the protocol is unknown.
        ImportError: fsspec, or the package it needs for the protocol, is not installed.
    """
    data: bytes = with_retries(os.fspath(url), lambda filesystem, path: filesystem.cat_file(path))
    return data


def content_state(url: str) -> str | None:
    """Return the state of a remote file, or None if it is unavailable.

    Returns:
        A string that changes with the content: an object store's ETag, else fsspec's `ukey` of the file. For http(s) it
        is the URL's `identity`, without a request: web files are assumed not to change.
    """
    try:
        return with_retries(url, partial(_state, url))
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
        # A request returns more fields than a listing, so `ukey` differs; the ETag is the same.
        info = filesystem.info(path)
        for name in ("ETag", "etag"):
            if info.get(name):
                return str(info[name])
    return str(filesystem.ukey(path))


def require(url: str) -> None:
    """Check that the packages that read a URL are installed.

    Raises:
        ImportError: fsspec, or the package it needs for the protocol, is not installed.
        ReadError: the protocol is unknown.
    """
    with explain_setup_errors(url):
        from fsspec import get_filesystem_class

        for protocol in Url.parse(url).protocols:
            get_filesystem_class(protocol)
