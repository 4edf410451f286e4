"""Pairing of image and mask files by their names."""

from __future__ import annotations

import os

from seqaug.core.user_warnings import warn_user
from seqaug.reading.file_bytes import IMAGE_SUFFIXES
from seqaug.remote.urls import absolute
from seqaug.sources.discovery.image_files import ImageFile, find_images
from seqaug.sources.discovery.pair_warnings import PairedPaths
from seqaug.sources.discovery.suffix_hints import suffix_rules
from seqaug.utils.natural_sort import natural_key
from seqaug.utils.redaction import shown

Path = str | os.PathLike[str]


def pair_directories(
    images: Path, masks: Path, *, image_suffix: str = "", mask_suffix: str = "", follow_links: bool = False
) -> tuple[PairedPaths, PairedPaths]:
    """Pair image files with mask files by the part of their names that identifies them.

    In directories, that is the relative stem: `images/a/b.jpg` pairs with `masks/a/b.png`. In patterns, it is the text
    that the wildcards match: `images="data/*.jpg", masks="data/*_L.png"` pairs `data/a.jpg` with `data/a_L.png`.
    Suffixes are removed first, and files without the suffix are ignored: with `mask_suffix="_L"`, `images/a.png` pairs
    with `masks/a_L.png`. Both may share a directory: a file that matches both sides belongs to the longer suffix.

    Files without a partner are left out, with one warning that counts and names them.

    Args:
        images: directory or pattern of the images, or a URL of either, see `find_images`.
        masks: directory or pattern of the masks, or a URL of either.
        image_suffix: end of the stems of images.
        mask_suffix: end of the stems of masks.
        follow_links: whether to follow symbolic links to folders.

    Returns:
        The paths of the images and of their masks, in natural order of the paired names.

    Raises:
        ValueError: a directory does not exist, there is no image file, two files have the same name on one side, or
            there are no pairs; the message then suggests suffixes that would pair files.
        ReadError, ImportError: a URL cannot be listed, or a package that reads it is not installed.
    """
    all_images = find_images(images, "images", follow_links=follow_links)
    all_masks = find_images(masks, "masks", follow_links=follow_links)
    image_files = _without_suffix(all_images, images, "image_suffix", image_suffix)
    mask_files = _without_suffix(all_masks, masks, "mask_suffix", mask_suffix)
    image_keys, mask_keys = _assign_sides(image_files, mask_files)
    paired = sorted(image_keys.keys() & mask_keys.keys(), key=natural_key)
    if not image_keys and not mask_keys:
        raise ValueError(
            f"images and masks are both {shown(images)}, so each file would be its own mask; expected two "
            f"folders. If one folder holds both: {_hint(all_images, all_masks)}"
        )
    if not paired:
        raise ValueError(
            f"no pairs: none of the {len(image_keys)} images in {shown(images)} ({_example(image_keys)}) is named "
            f"like one of the {len(mask_keys)} masks in {shown(masks)} ({_example(mask_keys)}); "
            + _hint(all_images, all_masks)
        )
    unpaired = [
        f"{len(keys)} {kind} without {other} ({', '.join(sorted(keys, key=natural_key)[:3])}"
        f"{', ...' if len(keys) > 3 else ''})"
        for kind, other, keys in (
            ("images", "mask", image_keys.keys() - mask_keys.keys()),
            ("masks", "image", mask_keys.keys() - image_keys.keys()),
        )
        if keys
    ]
    if unpaired:
        warn_user(f"{len(paired)} pairs found; left out: {'; '.join(unpaired)}")
    return PairedPaths(image_keys[key] for key in paired), PairedPaths(mask_keys[key] for key in paired)


def list_images(images: Path, *, image_suffix: str = "", follow_links: bool = False) -> list[str]:
    """List image files, for batches without masks.

    Args:
        images: directory or pattern of the images, or a URL of either, see `find_images`.
        image_suffix: end of their stems; files without it are ignored.
        follow_links: whether to follow symbolic links to folders.

    Returns:
        Their paths, in natural order.

    Raises:
        ValueError: the directory does not exist, or there is no image file.
        ReadError, ImportError: a URL cannot be listed, or a package that reads it is not installed.
    """
    found = find_images(images, "images", follow_links=follow_links)
    return [file.path for file in _without_suffix(found, images, "image_suffix", image_suffix)]


def _without_suffix(files: list[ImageFile], location: Path, argument: str, suffix: str) -> list[ImageFile]:
    if suffix.lower().endswith(IMAGE_SUFFIXES):
        stem = suffix[: suffix.rindex(".")]
        raise ValueError(f"{argument}={suffix!r} ends with a file extension; expected the end of the stem, {stem!r}")
    found = [ImageFile(file.key.removesuffix(suffix), file.path) for file in files if file.key.endswith(suffix)]
    if not found:
        raise ValueError(
            f"{argument}={suffix!r}: none of the {len(files)} image files in {shown(location)} has it, such as "
            f"{files[0].key!r}; expected the end of their stems"
        )
    return found


def _assign_sides(images: list[ImageFile], masks: list[ImageFile]) -> tuple[dict[str, str], dict[str, str]]:
    """Map keys to paths on both sides; a file found by both goes to the side whose suffix or pattern fits closer."""
    masks_by_path = {absolute(file.path): file for file in masks}
    images_by_path = {absolute(file.path): file for file in images}
    for path in images_by_path.keys() & masks_by_path.keys():
        # The shorter the key, the more of the name is given by suffix or pattern.
        excess = len(masks_by_path[path].key) - len(images_by_path[path].key)
        if excess <= 0:
            del images_by_path[path]
        if excess >= 0:
            del masks_by_path[path]
    return _by_key(list(images_by_path.values())), _by_key(list(masks_by_path.values()))


def _by_key(files: list[ImageFile]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, path in files:
        if key in found:
            raise ValueError(
                f"{shown(found[key])} and {shown(path)} have the same stem, so their partner is ambiguous; "
                'move one of them, or select files by a pattern, such as "data/*.jpg"'
            )
        found[key] = path
    return found


def _example(keys: dict[str, str]) -> str:
    return f"such as {min(keys, key=natural_key)!r}" if keys else "not counting files that are masks too"


def _hint(images: list[ImageFile], masks: list[ImageFile]) -> str:
    suggestions = [
        f"image_suffix={rule.image!r}, mask_suffix={rule.mask!r} would make {rule.pairs} pairs"
        for rule in suffix_rules([file.key for file in images], [file.key for file in masks])
    ]
    if suggestions:
        return "; or ".join(suggestions)
    return (
        "expected names that are equal up to image_suffix= and mask_suffix=; or patterns, such as "
        'images="data/image*.png" and masks="data/mask*.png", which pair by what * matches; or two lists of paths'
    )
