"""Finding image files, in a directory or by a pattern."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import IMAGE_SUFFIXES
from seqaug.remote.listing import list_below, listing_hint
from seqaug.remote.urls import Url, is_url, pathlib_hint
from seqaug.utils.natural_sort import natural_key
from seqaug.utils.redaction import shown

_WILDCARDS = re.compile(r"[*?\[]")
_WEB_WILDCARDS = re.compile(r"[*\[]")  # "?" starts a query
_TOKENS = re.compile(r"\*\*/|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


class ImageFile(NamedTuple):
    """An image file that was found.

    Attributes:
        key: the part of its name that identifies it, with "/" between folders: the relative stem (`a/b` for
            `root/a/b.jpg`), or the text that a pattern's wildcards match.
        path: its path, or its URL if it was found by one.
    """

    key: str
    path: str


def find_images(location: str | os.PathLike[str], argument: str, *, follow_links: bool) -> list[ImageFile]:
    """List the image files in a directory and its subfolders, or those that match a pattern.

    Hidden files and folders, and files without one of `seqaug.reading.file_bytes.IMAGE_SUFFIXES`, are ignored.

    Args:
        location: a directory; or a pattern, in which `*` matches any text in a name, `?` one character, `[abc]` one of
            several, and `**/` any folders. Either may be a URL; in http(s) URLs, `?` is literal.
        argument: its name, for messages.
        follow_links: whether to follow symbolic links to folders; each folder is visited at most once. URLs have none.

    Returns:
        The files in natural order of their keys.

    Raises:
        ValueError: the directory does not exist, or there is no image file.
        ReadError: a URL or subfolder cannot be listed.
        ImportError: a package that reads the URL is not installed.
    """
    text = os.fspath(location)
    files: Iterable[tuple[str, str]]
    hint = ""
    if is_url(text):
        root, pattern, depth = _split_url(text)
        files, hint = list_below(root, depth).files.items(), listing_hint(root)
    else:
        root, pattern, depth = _split_path(text, argument)
        walked = _walk(root, follow_links, depth) if os.path.isdir(root) else ()
        files = ((Path(path).relative_to(root).as_posix(), path) for path in walked)
    found = filter_images(files, pattern)
    if not found:
        holds = "holds no image file" if pattern is None else "matches no image file"
        anywhere = ", at any depth" if pattern is None else ""
        raise ValueError(f"{argument}={shown(text)!r} {holds} ({', '.join(IMAGE_SUFFIXES)}){anywhere}{hint}")
    return found


def filter_images(files: Iterable[tuple[str, str]], pattern: re.Pattern[str] | None = None) -> list[ImageFile]:
    """Select the image files, or those that match a pattern, in natural order of their keys.

    Args:
        files: relative name, with "/" between folders, and path or URL of each file.
        pattern: matches whole relative names; its groups form the key. None: any name, and the key is the relative
            stem.
    """
    found = []
    for relative, path in files:
        if not relative.lower().endswith(IMAGE_SUFFIXES):
            continue
        if pattern is None:
            found.append(ImageFile(relative[: relative.rindex(".")], path))
        elif match := pattern.fullmatch(relative):
            # Folders without wildcards leave nothing between two slashes.
            found.append(ImageFile(re.sub("/+", "/", "".join(match.groups())).strip("/"), path))
    return sorted(found, key=lambda file: (natural_key(file.key), file.path))


def files_by_stem(location: str | os.PathLike[str], argument: str) -> dict[str, list[str]]:
    """Map the keys of the image files in a directory or pattern to their paths; several files may share a key.

    Raises:
        ValueError, ReadError, ImportError: see `find_images`.
    """
    found: dict[str, list[str]] = {}
    for key, path in find_images(location, argument, follow_links=False):
        found.setdefault(key, []).append(path)
    return found


def _walk(root: str, follow_links: bool, depth: int | None) -> Iterator[str]:
    seen = {os.path.realpath(root)}
    for folder, folders, names in os.walk(root, onerror=_raise_read_error, followlinks=follow_links):
        is_deepest = depth is not None and len(Path(folder).relative_to(root).parts) + 1 >= depth
        folders[:] = [] if is_deepest else sorted(name for name in folders if not name.startswith("."))
        if follow_links:
            # A link may point to one of its own parents.
            targets = [os.path.realpath(os.path.join(folder, name)) for name in folders]
            folders[:] = [name for name, target in zip(folders, targets, strict=True) if target not in seen]
            seen.update(targets)
        yield from (os.path.join(folder, name) for name in sorted(names) if not name.startswith("."))


def _raise_read_error(error: OSError) -> NoReturn:
    # By default `os.walk` skips such a folder silently, and samples are lost.
    raise ReadError(
        str(error.filename),
        f"the folder cannot be listed ({error.strerror}); expected a readable one, or a pattern that excludes it",
    ) from error


def _split_path(text: str, argument: str) -> tuple[str, re.Pattern[str] | None, int | None]:
    """Return the directory to walk, the pattern of relative names, and the maximum depth (None: no limit)."""
    if os.path.isdir(text):
        return text, None, None
    if _WILDCARDS.search(text):
        parts = Path(_complete(text)).parts
        return *_split_pattern(text), None if "**" in text else len(parts) - _num_fixed(parts, _WILDCARDS)
    raise ValueError(
        f"{argument}={shown(text)!r} is not a directory; expected one that holds image files, or a pattern such as "
        f'"data/**/*.png"{pathlib_hint(text)}'
    )


def _split_url(text: str) -> tuple[str, re.Pattern[str] | None, int | None]:
    """Return the folder URL to list, the pattern of relative names, and the maximum depth (None: no limit)."""
    url = Url.parse(text)
    wildcards = _WEB_WILDCARDS if url.is_http else _WILDCARDS
    if not wildcards.search(url.path):
        return text, None, None
    parts = _complete(url.path).split("/")
    fixed = _num_fixed(parts, wildcards)
    depth = None if "**" in url.path else len(parts) - fixed
    return str(url._replace(path="/".join(parts[:fixed]))), _compile(parts[fixed:]), depth


def _split_pattern(pattern: str) -> tuple[str, re.Pattern[str]]:
    """Split a pattern into the folder before its first wildcard, and a regular expression for paths relative to it."""
    parts = Path(_complete(pattern)).parts
    fixed = _num_fixed(parts, _WILDCARDS)
    return os.path.join(*parts[:fixed]) if fixed else ".", _compile(parts[fixed:])


def _complete(text: str) -> str:
    """Turn a final `**` into "all files in any folder"."""
    return f"{text}/*" if text.endswith("**") else text


def _num_fixed(parts: Sequence[str], wildcards: re.Pattern[str]) -> int:
    return next(i for i, part in enumerate(parts) if wildcards.search(part))


def _compile(parts: Sequence[str]) -> re.Pattern[str]:
    folders, (stem, suffix) = parts[:-1], os.path.splitext(parts[-1])
    expression = _expression("".join(f"{folder}/" for folder in folders) + stem, "({})")
    expression += _expression(suffix, "(?:{})") if suffix else r"\.[^./]+"
    return re.compile(expression, re.DOTALL)


def _expression(pattern: str, group: str) -> str:
    return "".join(_translate(token, group) for token in _TOKENS.findall(pattern))


def _translate(token: str, group: str) -> str:
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
