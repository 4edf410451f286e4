"""The directory of a cache as a whole: making it, looking at it, emptying it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from seqaug.statistics import SCAN_FILES

PathLike = str | os.PathLike[str]

ENTRY_SUFFIX = ".sample"
UNFINISHED_SUFFIX = ".part"
# What a writer that was killed leaves is of no use; what is younger may still be written.
_UNFINISHED_SECONDS = 3600

# Entries lie in folders of two hexadecimal digits.
_PARTS = "[0-9a-f][0-9a-f]"

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

    Raises:
        OSError: nothing can be written there.
        ValueError: it holds other files, which were to be kept apart from what `clear_folder` deletes.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    # The count of the masks' pixels is kept beside the samples, and may have come first; and another process may be
    # about to mark the directory.
    ours = (SCAN_FILES, f"*{UNFINISHED_SUFFIX}")
    if not is_cache(folder) and not all(any(map(path.match, ours)) for path in folder.iterdir()):
        raise ValueError(f"cache={os.fspath(directory)!r} holds other files; expected a new or empty directory")
    probe = folder / f"{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
    probe.write_text(_TAG, encoding="ascii")
    os.replace(probe, folder / _TAG_NAME)
    _remove_old(folder)
    return folder


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
            if file.name.endswith(UNFINISHED_SUFFIX) and time.time() - file.stat().st_mtime > _UNFINISHED_SECONDS:
                os.unlink(file.path)


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Walk the files of a cache: entries and unfinished ones."""
    for part in sorted(folder.glob(_PARTS)):
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(part) as found:
            yield from (file for file in found if file.name.endswith((ENTRY_SUFFIX, UNFINISHED_SUFFIX)))
