"""Pairs of files in two directories."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from seqaug.reading import IMAGE_SUFFIXES


def pair_directories(images: str | os.PathLike[str], masks: str | os.PathLike[str]) -> tuple[list[str], list[str]]:
    """Pair the image files of two directories by relative stem: `images/a/b.jpg` with `masks/a/b.png`.

    Subdirectories are walked; hidden files, and files of other kinds than `seqaug.reading.IMAGE_SUFFIXES`, are passed
    over. Files without a partner are left out, with one warning that counts and names them.

    Returns:
        The paths of the images and those of their masks, sorted by relative stem.

    Raises:
        ValueError: a directory does not exist or holds no image file, two files of one directory have the same stem,
            or nothing can be paired.
    """
    image_files, mask_files = _by_stem(images, "images"), _by_stem(masks, "masks")
    stems = sorted(image_files.keys() & mask_files.keys())
    if not stems:
        raise ValueError(
            f"no pairs: none of the {len(image_files)} images in {os.fspath(images)} (such as {min(image_files)!r}) "
            f"has the relative stem of one of the {len(mask_files)} masks in {os.fspath(masks)} (such as "
            f"{min(mask_files)!r}); expected names that are equal up to the suffix, or give two lists of paths"
        )
    alone = [
        f"{len(names)} {kind} without {other} ({', '.join(sorted(names)[:3])}{', ...' if len(names) > 3 else ''})"
        for kind, other, names in (
            ("images", "mask", image_files.keys() - mask_files.keys()),
            ("masks", "image", mask_files.keys() - image_files.keys()),
        )
        if names
    ]
    if alone:
        warnings.warn(f"{len(stems)} pairs found; left out: {'; '.join(alone)}", stacklevel=3)
    return [image_files[stem] for stem in stems], [mask_files[stem] for stem in stems]


def files_by_stem(directory: str | os.PathLike[str], argument: str) -> dict[str, list[str]]:
    """List the image files of a directory, at any depth, by relative stem ("a/b" for `a/b.png`), sorted.

    Hidden files, and files of other kinds than `seqaug.reading.IMAGE_SUFFIXES`, are passed over.

    Args:
        directory: the directory.
        argument: what errors call it.

    Raises:
        ValueError: the directory does not exist or holds no image file.
    """
    root = Path(directory)
    if not root.is_dir():
        raise ValueError(f"{argument}={os.fspath(directory)!r} is no directory; expected one that holds image files")
    found: dict[str, list[str]] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and name.lower().endswith(IMAGE_SUFFIXES):
                path = Path(folder, name)
                found.setdefault(path.relative_to(root).with_suffix("").as_posix(), []).append(str(path))
    if not found:
        raise ValueError(
            f"{argument}={os.fspath(directory)!r} holds no image file ({', '.join(IMAGE_SUFFIXES)}), at any depth"
        )
    return found


def _by_stem(directory: str | os.PathLike[str], argument: str) -> dict[str, str]:
    found = files_by_stem(directory, argument)
    for paths in found.values():
        if len(paths) > 1:
            raise ValueError(
                f"{paths[0]} and {paths[1]} have the same stem, so their partner is not clear; move one of them"
            )
    return {stem: paths[0] for stem, paths in found.items()}
