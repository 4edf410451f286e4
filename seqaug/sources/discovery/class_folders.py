"""Images in folders, one for each class."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence

from seqaug.core.user_warnings import warn_user
from seqaug.errors import ReadError
from seqaug.reading.file_bytes import IMAGE_SUFFIXES
from seqaug.remote.listing import list_below, listing_cure
from seqaug.remote.urls import is_url, pathlib_hint
from seqaug.sources.discovery.image_files import Found, find_images, images_among
from seqaug.utils.redaction import shown


def images_in_class_folders(
    directory: str | os.PathLike[str], classes: Sequence[str] | None = None, *, follow_links: bool = False
) -> tuple[list[str], list[int], list[str]]:
    """List the images below each folder of a directory; the folder is their class.

    Args:
        directory: holds a folder for each class, in which there may be further folders; or a URL of it. Files beside
            these folders, hidden ones, and files of other kinds than `seqaug.reading.file_bytes.IMAGE_SUFFIXES` are
            passed over.
        classes: the folders that are classes, in the order of their ids; None: all of them, sorted as text, as Keras
            does (`class10` before `class2`).
        follow_links: whether folders inside those of classes are walked where they are symbolic links.

    Returns:
        The paths, class by class and in natural order; the class id of each; and the names of the classes.

    Raises:
        ValueError: there is no such directory, or it has no folder, not those of `classes`, or no image in any.
        ReadError: a URL, or a folder, cannot be listed.
        ImportError: what reads a URL is not installed.
    """
    root = os.fspath(directory)
    cure = listing_cure(root) if is_url(root) else ""
    folders, images_in = _remote_folders(root) if is_url(root) else _local_folders(root, follow_links)
    if not folders:
        raise ValueError(
            f"directory={shown(root)!r} has no folders; expected one for each class, with its images inside; for "
            f"images without classes, ClassificationSequence(paths, label_mode=None){cure}"
        )
    names = folders if classes is None else list(classes)
    missing = [name for name in names if name not in folders]
    if missing:
        raise ValueError(f"classes has {missing[0]!r}, and {shown(root)} no such folder; it has {', '.join(folders)}")
    paths: list[str] = []
    ids: list[int] = []
    empty = []
    for class_id, name in enumerate(names):
        found = images_in(name)
        if not found:
            empty.append(name)
        paths += [file.path for file in found]
        ids += [class_id] * len(found)
    if not paths:
        raise ValueError(
            f"directory={shown(root)!r}: no folder of a class holds an image file ({', '.join(IMAGE_SUFFIXES)})"
        )
    if empty:
        warn_user(f"{root}: no images in {', '.join(empty)}; a class each, without samples")
    return paths, ids, names


def _local_folders(root: str, follow_links: bool) -> tuple[list[str], Callable[[str], list[Found]]]:
    if not os.path.isdir(root):
        raise ValueError(
            f"directory={shown(root)!r} is no directory; expected one with a folder of images for each class"
            f"{pathlib_hint(root)}"
        )

    def images_in(name: str) -> list[Found]:
        try:
            return find_images(os.path.join(root, name), "directory", follow_links=follow_links)
        except ValueError:  # there are none
            return []

    try:
        names = [name for name in os.listdir(root) if not name.startswith(".")]
    except OSError as error:
        raise ReadError(
            root, f"the folder cannot be listed ({error.strerror}); expected one that may be read"
        ) from error
    return sorted(name for name in names if os.path.isdir(os.path.join(root, name))), images_in


def _remote_folders(url: str) -> tuple[list[str], Callable[[str], list[Found]]]:
    listing = list_below(url)
    inside: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for relative, place in listing.files.items():
        folder, slash, name = relative.partition("/")
        if slash:
            inside[folder].append((name, place))
    return sorted(name for name in listing.folders if "/" not in name), lambda name: images_among(inside[name])
