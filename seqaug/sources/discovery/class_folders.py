"""Images in one folder per class."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence

from seqaug.core.user_warnings import warn_user
from seqaug.errors import ReadError
from seqaug.reading.file_bytes import IMAGE_SUFFIXES
from seqaug.remote.listing import list_below, listing_hint
from seqaug.remote.urls import is_url, pathlib_hint
from seqaug.sources.discovery.image_files import ImageFile, filter_images, find_images
from seqaug.utils.redaction import shown


def images_in_class_folders(
    directory: str | os.PathLike[str], classes: Sequence[str] | None = None, *, follow_links: bool = False
) -> tuple[list[str], list[int], list[str]]:
    """List the images in a directory of class folders; an image's folder is its class.

    Args:
        directory: path or URL of a directory that holds a folder for each class, which may have subfolders. Files
            beside the class folders, hidden files, and files without one of
            `seqaug.reading.file_bytes.IMAGE_SUFFIXES` are ignored.
        classes: the folders to use, in class id order; None: all of them, sorted as text, as Keras does (`class10`
            before `class2`).
        follow_links: whether to follow symbolic links to folders inside class folders.

    Returns:
        Paths, class by class in natural order; the class id of each; and the class names.

    Raises:
        ValueError: the directory does not exist, has no folders, lacks one of `classes`, or holds no image.
        ReadError: a URL or folder cannot be listed.
        ImportError: a package that reads the URL is not installed.
    """
    root = os.fspath(directory)
    hint = listing_hint(root) if is_url(root) else ""
    folders, images_in = _remote_folders(root) if is_url(root) else _local_folders(root, follow_links)
    if not folders:
        raise ValueError(
            f"directory={shown(root)!r} has no folders; expected one for each class, with its images inside; for "
            f"images without classes use ClassificationSequence(paths, label_mode=None){hint}"
        )
    names = folders if classes is None else list(classes)
    missing = [name for name in names if name not in folders]
    if missing:
        raise ValueError(
            f"classes has {missing[0]!r}, but {shown(root)} has no such folder; it has {', '.join(folders)}"
        )
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
            f"directory={shown(root)!r}: no class folder holds an image file ({', '.join(IMAGE_SUFFIXES)})"
        )
    if empty:
        warn_user(f"{root}: no images in {', '.join(empty)}; these are classes without samples")
    return paths, ids, names


def _local_folders(root: str, follow_links: bool) -> tuple[list[str], Callable[[str], list[ImageFile]]]:
    if not os.path.isdir(root):
        raise ValueError(
            f"directory={shown(root)!r} is not a directory; expected one with a folder of images for each class"
            f"{pathlib_hint(root)}"
        )

    def images_in(name: str) -> list[ImageFile]:
        try:
            return find_images(os.path.join(root, name), "directory", follow_links=follow_links)
        except ValueError:  # it has no images
            return []

    try:
        names = [name for name in os.listdir(root) if not name.startswith(".")]
    except OSError as error:
        raise ReadError(root, f"the folder cannot be listed ({error.strerror}); expected a readable one") from error
    return sorted(name for name in names if os.path.isdir(os.path.join(root, name))), images_in


def _remote_folders(root: str) -> tuple[list[str], Callable[[str], list[ImageFile]]]:
    listing = list_below(root)
    contents: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for relative, url in listing.files.items():
        folder, slash, name = relative.partition("/")
        if slash:
            contents[folder].append((name, url))
    return sorted(name for name in listing.folders if "/" not in name), lambda name: filter_images(contents[name])
