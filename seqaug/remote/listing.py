"""Listing of files and folders below a URL."""

from __future__ import annotations

import posixpath
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote

from seqaug.remote.retry import with_retries
from seqaug.remote.urls import Url

_MAX_REQUESTS = 16  # concurrent requests, which mostly wait


class Listing(NamedTuple):
    """Files and folders below a URL, without hidden ones.

    Attributes:
        files: relative name, with "/" between folders, to URL of each file.
        folders: relative names of folders.
    """

    files: dict[str, str]
    folders: list[str]


class _Entry(NamedTuple):
    relative: str  # name relative to the root, as the file system writes it
    is_folder: bool


def list_below(url: str, depth: int | None = None) -> Listing:
    """List the files and folders below a URL, level by level.

    For http(s), names are the links of index pages, percent-decoded.

    Args:
        url: URL of the folder.
        depth: number of levels to list; None: all.

    Raises:
        ReadError: the folder does not exist, or it or a subfolder cannot be listed.
        ImportError: see `fetch`.
    """
    root = Url.parse(url)
    decode = unquote if root.is_http else str
    files: dict[str, str] = {}
    folders: dict[str, None] = {}
    level = [""]
    with ThreadPoolExecutor(_MAX_REQUESTS, thread_name_prefix="seqaug-listing") as pool:
        while level and depth != 0:
            depth = None if depth is None else depth - 1
            next_level = []
            for entries in pool.map(partial(_list_folder, root), level):
                for entry in entries:
                    name = decode(entry.relative)
                    if any(part.startswith(".") for part in name.split("/")):
                        continue
                    if not entry.is_folder:
                        files[name] = str(root.below(entry.relative))
                    elif name not in folders:
                        folders[name] = None
                        next_level.append(entry.relative)
            level = next_level
    return Listing(files, list(folders))


def listing_hint(url: str) -> str:
    """Return what to do if a URL cannot be listed, or lists nothing."""
    if Url.parse(url).is_http:
        return (
            "; http(s) servers list a folder by an index page of links, if at all; if this one does not, list "
            "the files of each sample in a CSV file and use from_csv"
        )
    return ""


def _list_folder(root: Url, folder: str) -> list[_Entry]:
    url = root.below(folder) if folder else root
    if url.is_http:  # saves a redirect
        url = url._replace(path=url.path.rstrip("/") + "/")
    return with_retries(str(url), partial(_entries, folder), listing_hint(str(url)))


def _entries(folder: str, filesystem: Any, path: str) -> list[_Entry]:
    filesystem.invalidate_cache(path)  # files may have been added since
    start = path.strip("/")
    found = []
    for entry in filesystem.ls(path, detail=True):
        name = entry["name"].strip("/")
        if not name.startswith(f"{start}/" if start else ""):
            continue
        # A page may link to itself and to parent folders; an object store may list the folder itself.
        relative = posixpath.normpath(name[len(start) :].lstrip("/"))
        if relative != "." and relative.split("/")[0] != "..":
            found.append(_Entry(posixpath.join(folder, relative), entry["type"] == "directory"))
    return found
