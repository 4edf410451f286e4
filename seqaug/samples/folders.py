"""Images in folders, one for each class."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence

from seqaug.reading import IMAGE_SUFFIXES
from seqaug.samples.listing import find_images


def images_in_class_folders(
    directory: str | os.PathLike[str], classes: Sequence[str] | None = None, *, follow_links: bool = False
) -> tuple[list[str], list[int], list[str]]:
    """List the images below each folder of a directory; the folder is their class.

    Args:
        directory: holds a folder for each class, in which there may be further folders. Files beside these folders,
            hidden ones, and files of other kinds than `seqaug.reading.IMAGE_SUFFIXES` are passed over.
        classes: the folders that are classes, in the order of their ids; None: all of them, sorted as text, as Keras
            does (`class10` before `class2`).
        follow_links: whether folders inside those of classes are walked where they are symbolic links.

    Returns:
        The paths, class by class and in natural order; the class id of each; and the names of the classes.

    Raises:
        ValueError: there is no such directory, or it has no folder, not those of `classes`, or no image in any.
    """
    root = os.fspath(directory)
    if not os.path.isdir(root):
        raise ValueError(f"directory={root!r} is no directory; expected one with a folder of images for each class")
    folders = sorted(name for name in os.listdir(root) if not name.startswith(".") and _is_folder(root, name))
    if not folders:
        raise ValueError(
            f"directory={root!r} has no folders; expected one for each class, with its images inside; for images "
            "without classes, ClassificationSequence(paths, class_mode=None)"
        )
    names = folders if classes is None else list(classes)
    missing = [name for name in names if name not in folders]
    if missing:
        raise ValueError(f"classes has {missing[0]!r}, and {root} no such folder; it has {', '.join(folders)}")
    paths: list[str] = []
    ids: list[int] = []
    empty = []
    for class_id, name in enumerate(names):
        try:
            found = find_images(os.path.join(root, name), "directory", follow_links=follow_links)
        except ValueError:
            empty.append(name)
            continue
        paths += [file.path for file in found]
        ids += [class_id] * len(found)
    if not paths:
        raise ValueError(f"directory={root!r}: no folder of a class holds an image file ({', '.join(IMAGE_SUFFIXES)})")
    if empty:
        warnings.warn(f"{root}: no images in {', '.join(empty)}; a class each, without samples", stacklevel=3)
    return paths, ids, names


def _is_folder(root: str, name: str) -> bool:
    return os.path.isdir(os.path.join(root, name))
