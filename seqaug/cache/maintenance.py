"""The directory of a cache as a whole: making it, looking at it, emptying it."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from seqaug.statistics.store import SCAN_FILES

PathLike = str | os.PathLike[str]

ENTRY_SUFFIX = ".sample"
UNFINISHED_SUFFIX = ".part"
# What a writer that was killed leaves is of no use; what is younger may still be written.
_UNFINISHED_SECONDS = 3600

# Entries lie in folders of two hexadecimal digits, named by the rest of a hash; while they are written, with more.
_PARTS = "[0-9a-f][0-9a-f]"
_ENTRY_NAME = re.compile(rf"[0-9a-f]{{30}}{re.escape(ENTRY_SUFFIX)}(\.[0-9a-f]{{16}}{re.escape(UNFINISHED_SUFFIX)})?")

# Samples may be what only some people may see.
_NOT_FOR_OTHERS = 0o770

_TAG_NAME = "CACHEDIR.TAG"
# https://bford.info/cachedir: backups pass over directories that have it.
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Decoded samples of seqaug; delete them at any time.\n"


class FolderContents(NamedTuple):
    """What is in the directory of a cache.

    Attributes:
        entries: decoded samples.
        size: bytes of their files.
        unfinished: files that are being written, or were when their writer was killed.
        unfinished_size: bytes of these.
    """

    entries: int
    size: int
    unfinished: int
    unfinished_size: int


def prepare_folder(directory: PathLike) -> Path:
    """Make the directory of a cache, and mark it as one; what killed writers left in it is removed.

    Several processes may do so at once. A new directory is for its owner alone (mode 0700); one that is there keeps its
    mode, so that a group can share it.

    Raises:
        OSError: nothing can be written there.
        ValueError: it holds other files, which were to be kept apart from what `clear_folder` deletes.
    """
    folder = Path(directory)
    _make_marked(folder)
    # Looked at before the mark is: another process may be about to set it, and puts nothing there before.
    if _others(folder) and not is_cache(folder):
        raise ValueError(f"cache={os.fspath(directory)!r} holds other files; expected a new or empty directory")
    _mark(folder)
    _remove_old(folder)
    return folder


def make_part(folder: Path, name: str) -> None:
    """Make a folder for entries in a cache, and the cache where somebody has deleted it.

    Raises:
        OSError: it cannot be made.
    """
    _make_marked(folder)
    others = _others(folder)
    if not is_cache(folder):  # it was deleted, and something made anew since
        if others:
            raise FileExistsError(errno.EEXIST, "holds other files", os.fspath(folder))
        _mark(folder)
    _make_marked(folder / name, stat.S_IMODE(folder.stat().st_mode) & _NOT_FOR_OTHERS)


def _others(folder: Path) -> list[Path]:
    """List what does not belong to a cache that lacks its mark."""
    return [path for path in folder.iterdir() if not _is_ours(path)]


def _make_marked(folder: Path, mode: int = 0o700) -> None:
    """Make a folder that is marked as a cache from its first moment, unless there is one, marked or not."""
    if folder.is_dir():
        return
    unfinished = folder.parent / f"{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
    try:
        unfinished.mkdir(mode)
    except FileNotFoundError:
        unfinished.mkdir(mode, parents=True)
    try:
        (unfinished / _TAG_NAME).write_text(_TAG, encoding="ascii")
        # On a folder that was made meanwhile, this fails; on an empty one, it takes its place.
        unfinished.rename(folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not folder.is_dir():
            raise


def _mark(folder: Path) -> None:
    unfinished = folder / f"{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
    unfinished.write_text(_TAG, encoding="ascii")
    os.replace(unfinished, folder / _TAG_NAME)


def _is_ours(path: Path) -> bool:
    """Tell whether something in a directory may lie in a cache that lacks its mark.

    The count of the masks' pixels is kept beside the samples, and may have come first; other processes may be about to
    mark the directory; and who deletes a cache that is in use may leave folders of entries that were written meanwhile,
    whose own marks may be gone.
    """
    if path.match(_PARTS):
        try:
            return is_cache(path) or all(_ENTRY_NAME.fullmatch(file.name) for file in path.iterdir())
        except FileNotFoundError:  # somebody is deleting all this
            return True
        except OSError:
            return False
    if path.name == _TAG_NAME:
        return is_cache(path.parent) or not path.exists()
    return any(map(path.match, (SCAN_FILES, f"*{UNFINISHED_SUFFIX}")))


def is_cache(folder: Path) -> bool:
    """Tell whether a directory is marked as a cache of this package."""
    try:
        return (folder / _TAG_NAME).read_text(encoding="ascii", errors="replace") == _TAG
    except OSError:
        return False


def folder_contents(directory: PathLike) -> FolderContents:
    """Count what is in the directory of a cache.

    Raises:
        ValueError: it is no such directory.
    """
    sizes: dict[str, list[int]] = {ENTRY_SUFFIX: [], UNFINISHED_SUFFIX: []}
    for file in _files(_checked(directory)):
        with suppress(FileNotFoundError):
            sizes[Path(file.name).suffix].append(file.stat().st_size)
    entries, unfinished = sizes.values()
    return FolderContents(len(entries), sum(entries), len(unfinished), sum(unfinished))


def clear_folder(directory: PathLike) -> FolderContents:
    """Delete what seqaug has written into the directory of a cache, and say what it was; other files stay.

    Raises:
        ValueError: it is no such directory.
        OSError: something cannot be deleted.
    """
    contents = folder_contents(directory)
    folder = Path(directory)
    for file in _files(folder):
        with suppress(FileNotFoundError):
            os.unlink(file.path)
    for path in folder.glob(SCAN_FILES):
        path.unlink(missing_ok=True)
    for part in folder.glob(_PARTS):
        if is_cache(part):
            (part / _TAG_NAME).unlink(missing_ok=True)
        with suppress(OSError):  # somebody else's files are in it
            part.rmdir()
    return contents


def _checked(directory: PathLike) -> Path:
    folder = Path(directory)
    if not is_cache(folder):
        raise ValueError(f"{os.fspath(directory)!r} is no cache of seqaug; expected a directory that cache= was given")
    return folder


def _remove_old(folder: Path) -> None:
    for file in _files(folder):
        with suppress(OSError):
            if file.name.endswith(UNFINISHED_SUFFIX) and _is_old(file.stat()):
                os.unlink(file.path)
    for part in folder.glob(f"*{UNFINISHED_SUFFIX}"):
        with suppress(OSError):
            if _is_old(part.stat()) and is_cache(part):
                shutil.rmtree(part)


def _is_old(status: os.stat_result) -> bool:
    return time.time() - status.st_mtime > _UNFINISHED_SECONDS


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Walk the files of a cache: entries and unfinished ones."""
    for part in sorted(folder.glob(_PARTS)):
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(part) as found:
            yield from (file for file in found if file.name.endswith((ENTRY_SUFFIX, UNFINISHED_SUFFIX)))
