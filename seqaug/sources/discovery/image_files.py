"""Finding image files: in a directory, or by a pattern."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import IMAGE_SUFFIXES
from seqaug.remote.listing import list_below, listing_cure
from seqaug.remote.urls import Url, is_url, pathlib_hint
from seqaug.utils.natural_sort import natural_key
from seqaug.utils.redaction import shown

_WILDCARDS = re.compile(r"[*?\[]")
_WEB_WILDCARDS = re.compile(r"[*\[]")  # a "?" begins a query
_TOKENS = re.compile(r"\*\*/|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


class Found(NamedTuple):
    """An image file.

    Attributes:
        key: what is its own in its name, with "/" between folders: the relative stem (`a/b` for `root/a/b.jpg`), or
            what the wildcards of a pattern stand for.
        path: where it is; a URL where it was found by one.
    """

    key: str
    path: str


def find_images(where: str | os.PathLike[str], argument: str, *, follow_links: bool) -> list[Found]:
    """List the image files of a directory and those below it, or those that a pattern fits.

    Hidden files and folders, and files of other kinds than `seqaug.reading.file_bytes.IMAGE_SUFFIXES`, are passed over.

    Args:
        where: a directory; or a pattern, in which `*` stands for any text in a name, `?` for one character, `[abc]` for
            one of several, and `**/` for any folders. Either may be a URL; in those of http(s), `?` stands for itself.
        argument: its name, for messages.
        follow_links: whether folders that are symbolic links are walked; each folder is, once at most. Not of URLs,
            where there are none.

    Returns:
        The files in natural order of their keys.

    Raises:
        ValueError: there is no such directory, or no image file.
        ReadError: a URL, or a folder inside, cannot be listed.
        ImportError: what reads a URL is not installed.
    """
    text = os.fspath(where)
    files: Iterable[tuple[str, str]]
    cure = ""
    if is_url(text):
        root, fits, depth = _split_url(text)
        files, cure = list_below(root, depth).files.items(), listing_cure(root)
    else:
        root, fits, depth = _split_path(text, argument)
        walked = _walk(root, follow_links, depth) if os.path.isdir(root) else ()
        files = ((Path(path).relative_to(root).as_posix(), path) for path in walked)
    found = images_among(files, fits)
    if not found:
        holds = "holds no image file" if fits is None else "fits no image file"
        anywhere = ", at any depth" if fits is None else ""
        raise ValueError(f"{argument}={shown(text)!r} {holds} ({', '.join(IMAGE_SUFFIXES)}){anywhere}{cure}")
    return found


def images_among(files: Iterable[tuple[str, str]], fits: re.Pattern[str] | None = None) -> list[Found]:
    """Pick the image files, or those of a pattern, in natural order of their keys.

    Args:
        files: relative names, with "/" between folders, and where each file is.
        fits: what relative names must be; its groups are the key. None: anything, and the key is the relative stem.
    """
    found = []
    for relative, path in files:
        if not relative.lower().endswith(IMAGE_SUFFIXES):
            continue
        if fits is None:
            found.append(Found(relative[: relative.rindex(".")], path))
        elif matched := fits.fullmatch(relative):
            # Folders of the pattern's own leave nothing between two slashes.
            found.append(Found(re.sub("/+", "/", "".join(matched.groups())).strip("/"), path))
    return sorted(found, key=lambda file: (natural_key(file.key), file.path))


def files_by_stem(where: str | os.PathLike[str], argument: str) -> dict[str, list[str]]:
    """List the image files of a directory or a pattern by their keys, of which several may have the same one.

    Raises:
        ValueError, ReadError, ImportError: as for `find_images`.
    """
    found: dict[str, list[str]] = {}
    for key, path in find_images(where, argument, follow_links=False):
        found.setdefault(key, []).append(path)
    return found


def _walk(root: str, follow_links: bool, depth: int | None) -> Iterator[str]:
    seen = {os.path.realpath(root)}
    for folder, folders, names in os.walk(root, onerror=_refuse, followlinks=follow_links):
        is_deepest = depth is not None and len(Path(folder).relative_to(root).parts) + 1 >= depth
        folders[:] = [] if is_deepest else sorted(name for name in folders if not name.startswith("."))
        if follow_links:
            # A link may lead to a folder that holds it.
            places = [os.path.realpath(os.path.join(folder, name)) for name in folders]
            folders[:] = [name for name, place in zip(folders, places, strict=True) if place not in seen]
            seen.update(places)
        yield from (os.path.join(folder, name) for name in sorted(names) if not name.startswith("."))


def _refuse(error: OSError) -> NoReturn:
    # Left to itself, a walk passes over such a folder, and the data set is smaller than it is.
    raise ReadError(
        str(error.filename),
        f"the folder cannot be listed ({error.strerror}); expected one that may be read, or a pattern without it",
    ) from error


def _split_path(text: str, argument: str) -> tuple[str, re.Pattern[str] | None, int | None]:
    """Give the directory that is to be walked, what files in it must be, and how deep they may lie."""
    if os.path.isdir(text):
        return text, None, None
    if _WILDCARDS.search(text):
        parts = Path(_pattern(text)).parts
        return *_root_and_rule(text), None if "**" in text else len(parts) - _fixed(parts, _WILDCARDS)
    raise ValueError(
        f"{argument}={shown(text)!r} is no directory; expected one that holds image files, or a pattern such as "
        f'"data/**/*.png"{pathlib_hint(text)}'
    )


def _split_url(text: str) -> tuple[str, re.Pattern[str] | None, int | None]:
    """Give the URL of the folder that is to be listed, what files in it must be, and how deep they may lie."""
    url = Url.parse(text)
    wildcards = _WEB_WILDCARDS if url.is_http else _WILDCARDS
    if not wildcards.search(url.path):
        return text, None, None
    parts = _pattern(url.path).split("/")
    fixed = _fixed(parts, wildcards)
    depth = None if "**" in url.path else len(parts) - fixed
    return str(url._replace(path="/".join(parts[:fixed]))), _rule(parts[fixed:]), depth


def _root_and_rule(pattern: str) -> tuple[str, re.Pattern[str]]:
    """Split a pattern into the folder before its first wildcard, and an expression for paths relative to that."""
    parts = Path(_pattern(pattern)).parts
    fixed = _fixed(parts, _WILDCARDS)
    return os.path.join(*parts[:fixed]) if fixed else ".", _rule(parts[fixed:])


def _pattern(text: str) -> str:
    return f"{text}/*" if text.endswith("**") else text


def _fixed(parts: Sequence[str], wildcards: re.Pattern[str]) -> int:
    return next(place for place, part in enumerate(parts) if wildcards.search(part))


def _rule(parts: Sequence[str]) -> re.Pattern[str]:
    folders, (stem, suffix) = parts[:-1], os.path.splitext(parts[-1])
    rule = _expression("".join(f"{folder}/" for folder in folders) + stem, "({})")
    rule += _expression(suffix, "(?:{})") if suffix else r"\.[^./]+"
    return re.compile(rule, re.DOTALL)


def _expression(pattern: str, group: str) -> str:
    return "".join(_translated(token, group) for token in _TOKENS.findall(pattern))


def _translated(token: str, group: str) -> str:
    if token == "**/":
        return group.format("(?:[^/]+/)*")
    if token == "/":
        return group.format("/")
    if token == "*":
        return group.format("[^/]*")
    if token == "?":
        return group.format("[^/]")
    if token.startswith("[") and len(token) > 2:
        inside = token[1:-1].replace("\\", r"\\").replace("^", r"\^")
        return group.format(f"[^{inside[1:]}/]" if inside.startswith("!") else f"[{inside}]")
    return re.escape(token)
