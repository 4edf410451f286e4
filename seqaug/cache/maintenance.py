"""Creating, inspecting and clearing cache directories."""

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

from seqaug.statistics.store import HEADER_FILES, SCAN_FILES

PathLike = str | os.PathLike[str]

ENTRY_SUFFIX = ".sample"
UNFINISHED_SUFFIX = ".part"
# Older unfinished files were left by killed writers; younger ones may still be written.
_MAX_UNFINISHED_SECONDS = 3600

# Two hexadecimal digits of an entry's hash name its directory, the others its file, with a suffix during writing.
_ENTRY_DIRS = "[0-9a-f][0-9a-f]"
_ENTRY_NAME = re.compile(rf"[0-9a-f]{{30}}{re.escape(ENTRY_SUFFIX)}(\.[0-9a-f]{{16}}{re.escape(UNFINISHED_SUFFIX)})?")

# Samples may be confidential.
_PRIVATE_MODE = 0o770

_TAG_NAME = "CACHEDIR.TAG"
# https://bford.info/cachedir: backups skip directories that contain it.
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Decoded samples of seqaug; delete them at any time.\n"


class CacheContents(NamedTuple):
    """Contents of a cache directory.

    Attributes:
        entries: number of decoded samples.
        size: bytes of their files.
        unfinished: number of files that are being written, or whose writer was killed.
        unfinished_size: bytes of unfinished files.
    """

    entries: int
    size: int
    unfinished: int
    unfinished_size: int


def prepare_cache_dir(directory: PathLike) -> Path:
    """Create a cache directory if it is missing, mark it, and remove what killed writers left.

    Several processes may do so at once. A new directory is private (mode 0700); an existing one keeps its mode, so that
    a group can share it.

    Raises:
        OSError: the directory is not writable.
        ValueError: it holds other files, which `clear_cache` must not delete.
    """
    folder = Path(directory)
    _make_marked(folder)
    # Checked before the mark: another process may be about to set it, and adds nothing before.
    if _foreign_paths(folder) and not is_cache(folder):
        raise ValueError(f"cache={os.fspath(directory)!r} holds other files; expected a new or empty directory")
    _mark(folder)
    _remove_old(folder)
    return folder


def make_entry_dir(folder: Path, name: str) -> None:
    """Create a directory of entries in a cache, and the cache itself if it was deleted.

    Raises:
        OSError: it cannot be created.
    """
    _make_marked(folder)
    foreign = _foreign_paths(folder)
    if not is_cache(folder):  # deleted and created again since
        if foreign:
            raise FileExistsError(errno.EEXIST, "holds other files", os.fspath(folder))
        _mark(folder)
    _make_marked(folder / name, stat.S_IMODE(folder.stat().st_mode) & _PRIVATE_MODE)


def _foreign_paths(folder: Path) -> list[Path]:
    """List the paths that do not belong to a cache."""
    return [path for path in folder.iterdir() if not _belongs_to_cache(path)]


def _make_marked(folder: Path, mode: int = 0o700) -> None:
    """Create a directory that is marked as a cache from the start; an existing directory is left as it is."""
    if folder.is_dir():
        return
    unfinished = folder.parent / f"{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
    try:
        unfinished.mkdir(mode)
    except FileNotFoundError:
        unfinished.mkdir(mode, parents=True)
    try:
        (unfinished / _TAG_NAME).write_text(_TAG, encoding="ascii")
        # Fails if the directory was created meanwhile, and replaces it if it is empty.
        unfinished.rename(folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not folder.is_dir():
            raise


def _mark(folder: Path) -> None:
    unfinished = folder / f"{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
    unfinished.write_text(_TAG, encoding="ascii")
    os.replace(unfinished, folder / _TAG_NAME)


def _belongs_to_cache(path: Path) -> bool:
    """Return whether a path may belong to a cache that has no mark.

    Class counts and headers are stored beside the samples, and may have come first. Other processes may be about to
    mark the directory. Deleting a cache in use may leave directories of entries written meanwhile, without their marks.
    """
    if path.match(_ENTRY_DIRS):
        try:
            return is_cache(path) or all(_ENTRY_NAME.fullmatch(file.name) for file in path.iterdir())
        except FileNotFoundError:  # being deleted
            return True
        except OSError:
            return False
    if path.name == _TAG_NAME:
        return is_cache(path.parent) or not path.exists()
    return any(map(path.match, (SCAN_FILES, HEADER_FILES, f"*{UNFINISHED_SUFFIX}")))


def is_cache(folder: Path) -> bool:
    """Return whether a directory is marked as a cache of this package."""
    try:
        return (folder / _TAG_NAME).read_text(encoding="ascii", errors="replace") == _TAG
    except OSError:
        return False


def cache_contents(directory: PathLike) -> CacheContents:
    """Count the files in a cache directory.

    Raises:
        ValueError: it is not a cache directory.
    """
    sizes: dict[str, list[int]] = {ENTRY_SUFFIX: [], UNFINISHED_SUFFIX: []}
    for file in _files(_check_cache(directory)):
        with suppress(FileNotFoundError):
            sizes[Path(file.name).suffix].append(file.stat().st_size)
    entries, unfinished = sizes.values()
    return CacheContents(len(entries), sum(entries), len(unfinished), sum(unfinished))


def clear_cache(directory: PathLike) -> CacheContents:
    """Delete what seqaug has written to a cache directory, and return its contents; other files stay.

    Raises:
        ValueError: it is not a cache directory.
        OSError: a file cannot be deleted.
    """
    contents = cache_contents(directory)
    folder = Path(directory)
    for file in _files(folder):
        with suppress(FileNotFoundError):
            os.unlink(file.path)
    for path in (*folder.glob(SCAN_FILES), *folder.glob(HEADER_FILES)):
        path.unlink(missing_ok=True)
    for entry_dir in folder.glob(_ENTRY_DIRS):
        if is_cache(entry_dir):
            (entry_dir / _TAG_NAME).unlink(missing_ok=True)
        with suppress(OSError):  # it holds other files
            entry_dir.rmdir()
    return contents


def _check_cache(directory: PathLike) -> Path:
    folder = Path(directory)
    if not is_cache(folder):
        raise ValueError(f"{os.fspath(directory)!r} is not a cache of seqaug; expected a directory used as cache=")
    return folder


def _remove_old(folder: Path) -> None:
    for file in _files(folder):
        with suppress(OSError):
            if file.name.endswith(UNFINISHED_SUFFIX) and _is_old(file.stat()):
                os.unlink(file.path)
    for entry_dir in folder.glob(f"*{UNFINISHED_SUFFIX}"):
        with suppress(OSError):
            if _is_old(entry_dir.stat()) and is_cache(entry_dir):
                shutil.rmtree(entry_dir)


def _is_old(status: os.stat_result) -> bool:
    return time.time() - status.st_mtime > _MAX_UNFINISHED_SECONDS


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the files of a cache: entries and unfinished ones."""
    for entry_dir in sorted(folder.glob(_ENTRY_DIRS)):
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(entry_dir) as found:
            yield from (file for file in found if file.name.endswith((ENTRY_SUFFIX, UNFINISHED_SUFFIX)))
