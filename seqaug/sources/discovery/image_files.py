"""Finding image files, in a directory or by a pattern."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from seqaug.errors import ReadError
from seqaug.reading.file_bytes import IMAGE_SUFFIXES
from seqaug.reading.numpy_files import NUMPY_SUFFIXES
from seqaug.reading.polygons import POLYGON_SUFFIXES
from seqaug.remote.listing import list_below, listing_hint
from seqaug.remote.urls import Url, is_url, pathlib_hint
from seqaug.utils.natural_sort import natural_order
from seqaug.utils.progress import no_progress, progress_bar
from seqaug.utils.redaction import shown

Kinds: TypeAlias = Sequence[tuple[str, ...]]

# Suffixes of files that are looked for, and of those that count where there is none of the former.
IMAGE_KINDS: Final[Kinds] = (IMAGE_SUFFIXES, NUMPY_SUFFIXES)
MASK_KINDS: Final[Kinds] = (*IMAGE_KINDS, POLYGON_SUFFIXES)

_WILDCARDS = re.compile(r"[*?\[]")
_WEB_WILDCARDS = re.compile(r"[*\[]")  # "?" starts a query
_ADVANCE_EVERY = 1000  # files
_TOKENS = re.compile(r"\*\*/|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


class FoundImages(NamedTuple):
    """Image files that were found, in natural order of their keys.

    Attributes:
        keys: the part of each file's name that identifies it, with "/" between folders: the relative stem (`a/b` for
            `root/a/b.jpg`), or the text that a pattern's wildcards match.
        paths: their paths, or their URLs if they were found by one.
    """

    keys: list[str]
    paths: list[str]


def find_images(
    location: str | os.PathLike[str],
    argument: str,
    *,
    follow_links: bool,
    any_file: bool = False,
    kinds: Kinds = IMAGE_KINDS,
    stem_suffix: str = "",
    advance: Callable[[int], None] = no_progress,
) -> FoundImages:
    """List the image files in a directory and its subfolders, or those that match a pattern.

    Hidden files and folders, and files without one of `seqaug.reading.file_bytes.IMAGE_SUFFIXES`, are ignored; where
    none has, those of NumPy, .npy and .npz, are found instead; of masks, where there are neither, polygons, .json.

    Args:
        location: a directory; or a pattern, in which `*` matches any text in a name, `?` one character, `[abc]` one of
            several, and `**/` any folders. Either may be a URL; in http(s) URLs, `?` is literal.
        argument: its name, for messages.
        follow_links: whether to follow symbolic links to folders; each folder is visited at most once. URLs have none.
        any_file: whether files of every suffix count, for a reader of the user's.
        kinds: as for `filter_images`.
        stem_suffix: as for `filter_images`.
        advance: is called with the number of files listed since its last call, see `progress_bar`.

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
        files, hint = list_below(root, depth, advance).files.items(), listing_hint(root)
    else:
        root, pattern, depth = _split_path(text, argument)
        files = _walk(root, follow_links, depth, advance) if os.path.isdir(root) else ()
    found = filter_images(files, pattern, any_file=any_file, kinds=kinds, stem_suffix=stem_suffix)
    advance(0)
    if not found.paths:
        holds = "holds no image file" if pattern is None else "matches no image file"
        anywhere = ", at any depth" if pattern is None else ""
        suffixes = "of any suffix" if any_file else ", ".join(suffix for kind in kinds for suffix in kind)
        raise ValueError(f"{argument}={shown(text)!r} {holds} ({suffixes}){anywhere}{hint}")
    return found


def filter_images(
    files: Iterable[tuple[str, str]],
    pattern: re.Pattern[str] | None = None,
    *,
    any_file: bool = False,
    kinds: Kinds = IMAGE_KINDS,
    stem_suffix: str = "",
) -> FoundImages:
    """Select the image files, or those that match a pattern, in natural order of their keys.

    Args:
        files: relative name, with "/" between folders, and path or URL of each file.
        pattern: matches whole relative names; its groups form the key. None: any name, and the key is the relative
            stem.
        any_file: whether files of every suffix count.
        kinds: suffixes of files that are selected; those of a further kind only where there is none of those before.
        stem_suffix: the end of keys without which a file does not count for this.
    """
    # Two lists of strings: an object for each file would double the time and the memory.
    keys, paths = [], []
    others: list[tuple[str, str, str]] = []
    first, further = kinds[0], tuple(suffix for kind in kinds[1:] for suffix in kind)
    for relative, path in files:
        if not any_file and not relative.lower().endswith(first):
            if relative.lower().endswith(further) and (key := _key(relative, pattern)) is not None:
                others.append((relative.lower(), key, path))
            continue
        key = _key(relative, pattern)
        if key is not None:
            keys.append(key)
            paths.append(path)
    for kind in kinds[1:]:
        if not others or any(key.endswith(stem_suffix) for key in keys):
            break
        of_kind = [(key, path) for name, key, path in others if name.endswith(kind)]
        if any(not keys or key.endswith(stem_suffix) for key, _ in of_kind):
            keys, paths = map(list, zip(*of_kind, strict=True))
    return in_natural_order(keys, paths)


def _key(relative: str, pattern: re.Pattern[str] | None) -> str | None:
    """Return what identifies a file by its relative name; None if a pattern does not match it."""
    if pattern is None:
        stem, _, suffix = relative.removesuffix(".gz").rpartition(".")  # both suffixes of .nii.gz
        return relative if "/" in suffix or not stem else stem
    match = pattern.fullmatch(relative)
    # Folders without wildcards leave nothing between two slashes.
    return None if match is None else re.sub("/+", "/", "".join(match.groups())).strip("/")


def in_natural_order(keys: Sequence[str], paths: Sequence[str]) -> FoundImages:
    """Sort files by their keys, and those with the same key by path."""
    order = natural_order(keys, paths)
    return FoundImages([keys[index] for index in order], [paths[index] for index in order])


def files_by_stem(location: str | os.PathLike[str], argument: str, kinds: Kinds = IMAGE_KINDS) -> dict[str, list[str]]:
    """Map the keys of the image files in a directory or pattern to their paths; several files may share a key.

    Args:
        location: as for `find_images`.
        argument: likewise.
        kinds: as for `filter_images`.

    Raises:
        ValueError, ReadError, ImportError: see `find_images`.
    """
    with progress_bar(f"Listing {argument}", None) as advance:
        found = find_images(location, argument, follow_links=False, kinds=kinds, advance=advance)
    paths: dict[str, list[str]] = {}
    for key, path in zip(*found, strict=True):
        paths.setdefault(key, []).append(path)
    return paths


def _walk(
    root: str, follow_links: bool, depth: int | None, advance: Callable[[int], None]
) -> Iterator[tuple[str, str]]:
    """Yield the name relative to the root, with "/" between folders, and the path of each file that is not hidden."""
    seen = {os.path.realpath(root)}
    pending = [("", root, 1)]
    while pending:
        relative, folder, level = pending.pop()
        start = os.path.join(folder, "")
        folders: list[str] = []
        count = 0
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith("."):
                        continue
                    if _is_folder(entry):
                        if follow_links or not entry.is_symlink():
                            folders.append(name)
                        continue
                    count += 1
                    if count % _ADVANCE_EVERY == 0:
                        advance(_ADVANCE_EVERY)
                    yield relative + name, start + name
        except OSError as error:  # to skip the folder silently would lose samples
            raise ReadError(
                folder,
                f"the folder cannot be listed ({error.strerror}); expected a readable one, or a pattern that excludes "
                "it",
            ) from error
        advance(count % _ADVANCE_EVERY)
        if depth is not None and level >= depth:
            continue
        folders.sort()
        if follow_links:
            # A link may point to one of its own parents.
            targets = [os.path.realpath(start + name) for name in folders]
            folders = [name for name, target in zip(folders, targets, strict=True) if target not in seen]
            seen.update(targets)
        pending += [(f"{relative}{name}/", start + name, level + 1) for name in reversed(folders)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that cannot be followed
        return False


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
