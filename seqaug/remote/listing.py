"""The files below a URL."""

from __future__ import annotations

import posixpath
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote

from seqaug.remote.retry import attempt
from seqaug.remote.urls import Url

_AT_ONCE = 16  # requests for folders; each waits for most of its time


class Listing(NamedTuple):
    """What lies below a URL, hidden files and folders left out.

    Attributes:
        files: the URLs of files, by their names relative to it, with "/" between folders.
        folders: the relative names of folders.
    """

    files: dict[str, str]
    folders: list[str]


class _Entry(NamedTuple):
    relative: str  # as the file system writes it, from the root
    is_folder: bool


def list_below(url: str, depth: int | None = None) -> Listing:
    """List the files and folders below a URL, level by level.

    Names of http(s) are what index pages link to, percent-encoding undone.

    Args:
        url: of the folder.
        depth: how many levels are listed; None: all.

    Raises:
        ReadError: there is no such folder, or it, or one below it, cannot be listed.
        ImportError: as for `fetch`.
    """
    root = Url.parse(url)
    named = unquote if root.is_http else str
    files: dict[str, str] = {}
    folders: dict[str, None] = {}
    level = [""]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="seqaug-listing") as pool:
        while level and depth != 0:
            depth = None if depth is None else depth - 1
            deeper = []
            for entries in pool.map(partial(_entries, root), level):
                for entry in entries:
                    name = named(entry.relative)
                    if any(part.startswith(".") for part in name.split("/")):
                        continue
                    if not entry.is_folder:
                        files[name] = str(root.below(entry.relative))
                    elif name not in folders:
                        folders[name] = None
                        deeper.append(entry.relative)
            level = deeper
    return Listing(files, list(folders))


def listing_hint(url: str) -> str:
    """Say what to do where a URL is not listed, or lists nothing."""
    if Url.parse(url).is_http:
        return (
            "; http(s) servers list a folder by an index page of links, if at all: elsewhere, write the files of each "
            "sample into a CSV file and use from_csv"
        )
    return ""


def _entries(root: Url, folder: str) -> list[_Entry]:
    place = root.below(folder) if folder else root
    if place.is_http:  # spares the redirection
        place = place._replace(path=place.path.rstrip("/") + "/")
    return attempt(str(place), partial(_listed, folder), listing_hint(str(place)))


def _listed(folder: str, filesystem: Any, path: str) -> list[_Entry]:
    filesystem.invalidate_cache(path)  # files may have come since it was last listed
    start = path.strip("/")
    found = []
    for entry in filesystem.ls(path, detail=True):
        name = entry["name"].strip("/")
        if not name.startswith(f"{start}/" if start else ""):
            continue
        # A page may link to itself, and to folders above; an object store may list the folder in itself.
        inside = posixpath.normpath(name[len(start) :].lstrip("/"))
        if inside != "." and inside.split("/")[0] != "..":
            found.append(_Entry(posixpath.join(folder, inside), entry["type"] == "directory"))
    return found
