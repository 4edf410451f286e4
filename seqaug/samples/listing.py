"""Finding image files: in a directory, or by a pattern."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from seqaug.reading import IMAGE_SUFFIXES
from seqaug.samples.natural_order import natural_key

_WILDCARDS = re.compile(r"[*?\[]")
_TOKENS = re.compile(r"\*\*/|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


class Found(NamedTuple):
    """An image file.

    Attributes:
        key: what is its own in its name, with "/" between folders: the relative stem (`a/b` for `root/a/b.jpg`), or
            what the wildcards of a pattern stand for.
        path: where it is.
    """

    key: str
    path: str


def find_images(where: str | os.PathLike[str], argument: str, *, follow_links: bool) -> list[Found]:
    """List the image files of a directory and those below it, or those that a pattern fits.

    Hidden files and folders, and files of other kinds than `seqaug.reading.IMAGE_SUFFIXES`, are passed over.

    Args:
        where: a directory; or a pattern, in which `*` stands for any text in a name, `?` for one character, `[abc]` for
            one of several, and `**/` for any folders.
        argument: its name, for messages.
        follow_links: whether folders that are symbolic links are walked; each folder is, once at most.

    Returns:
        The files in natural order of their keys.

    Raises:
        ValueError: there is no such directory, or no image file.
    """
    text = os.fspath(where)
    if os.path.isdir(text):
        root, fits = text, None
    elif _WILDCARDS.search(text):
        root, fits = _root_and_rule(text)
    else:
        raise ValueError(
            f"{argument}={text!r} is no directory; expected one that holds image files, or a pattern such as "
            '"data/**/*.png"'
        )
    found = []
    for path in _walk(root, follow_links) if os.path.isdir(root) else ():
        relative = Path(path).relative_to(root).as_posix()
        if not relative.lower().endswith(IMAGE_SUFFIXES):
            continue
        if fits is None:
            found.append(Found(relative[: relative.rindex(".")], path))
        elif matched := fits.fullmatch(relative):
            # Folders of the pattern's own leave nothing between two slashes.
            found.append(Found(re.sub("/+", "/", "".join(matched.groups())).strip("/"), path))
    if not found:
        holds = "holds no image file" if fits is None else "fits no image file"
        raise ValueError(
            f"{argument}={text!r} {holds} ({', '.join(IMAGE_SUFFIXES)})" + (", at any depth" if fits is None else "")
        )
    return sorted(found, key=lambda file: (natural_key(file.key), file.path))


def files_by_stem(where: str | os.PathLike[str], argument: str) -> dict[str, list[str]]:
    """List the image files of a directory or a pattern by their keys, of which several may have the same one.

    Raises:
        ValueError: as for `find_images`.
    """
    found: dict[str, list[str]] = {}
    for key, path in find_images(where, argument, follow_links=False):
        found.setdefault(key, []).append(path)
    return found


def _walk(root: str, follow_links: bool) -> Iterator[str]:
    seen = {os.path.realpath(root)}
    for folder, folders, names in os.walk(root, followlinks=follow_links):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if follow_links:
            # A link may lead to a folder that holds it.
            places = [os.path.realpath(os.path.join(folder, name)) for name in folders]
            folders[:] = [name for name, place in zip(folders, places, strict=True) if place not in seen]
            seen.update(places)
        yield from (os.path.join(folder, name) for name in sorted(names) if not name.startswith("."))


def _root_and_rule(pattern: str) -> tuple[str, re.Pattern[str]]:
    """Split a pattern into the folder before its first wildcard, and an expression for paths relative to that."""
    parts = Path(f"{pattern}/*" if pattern.endswith("**") else pattern).parts
    fixed = next(place for place, part in enumerate(parts) if _WILDCARDS.search(part))
    folders, (stem, suffix) = parts[fixed:-1], os.path.splitext(parts[-1])
    rule = _expression("".join(f"{folder}/" for folder in folders) + stem, "({})")
    rule += _expression(suffix, "(?:{})") if suffix else r"\.[^./]+"
    return os.path.join(*parts[:fixed]) if fixed else ".", re.compile(rule, re.DOTALL)


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
