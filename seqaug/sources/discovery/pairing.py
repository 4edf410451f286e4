"""Pairs of files, found by their names."""

from __future__ import annotations

import os

from seqaug.core.user_warnings import warn_user
from seqaug.reading.file_bytes import IMAGE_SUFFIXES
from seqaug.remote.urls import absolute
from seqaug.sources.discovery.image_files import Found, find_images
from seqaug.sources.discovery.pair_warnings import PairedPaths
from seqaug.sources.discovery.suffix_hints import suffix_rules
from seqaug.utils.natural_sort import natural_key
from seqaug.utils.redaction import shown

Path = str | os.PathLike[str]


def pair_directories(
    images: Path, masks: Path, *, image_suffix: str = "", mask_suffix: str = "", follow_links: bool = False
) -> tuple[PairedPaths, PairedPaths]:
    """Pair image files with mask files by what is their own in their names.

    In a directory, that is the relative stem: `images/a/b.jpg` with `masks/a/b.png`. By patterns, it is what the
    wildcards stand for: `images="data/*.jpg", masks="data/*_L.png"` pairs `data/a.jpg` with `data/a_L.png`. Suffixes
    are taken off before, and a file without its suffix is passed over: with `mask_suffix="_L"`, `images/a.png` with
    `masks/a_L.png`. Both may be in one directory: a file that could be either is what it is by the longer suffix.

    Files without a partner are left out, with one warning that counts and names them.

    Args:
        images: the directory of the images, a pattern, or a URL of either, see `find_images`.
        masks: the same of the masks.
        image_suffix: what the stems of images end with.
        mask_suffix: what the stems of masks end with.
        follow_links: whether folders that are symbolic links are walked.

    Returns:
        The paths of the images and those of their masks, in natural order of what they were paired by.

    Raises:
        ValueError: a directory does not exist, there is no image file, two files stand for the same, or nothing can be
            paired; the message then says which suffixes would pair something.
        ReadError, ImportError: a URL cannot be listed, or what reads it is not installed.
    """
    all_images = find_images(images, "images", follow_links=follow_links)
    all_masks = find_images(masks, "masks", follow_links=follow_links)
    image_files = _without_suffix(all_images, images, "image_suffix", image_suffix)
    mask_files = _without_suffix(all_masks, masks, "mask_suffix", mask_suffix)
    image_keys, mask_keys = _told_apart(image_files, mask_files)
    paired = sorted(image_keys.keys() & mask_keys.keys(), key=natural_key)
    if not image_keys and not mask_keys:
        raise ValueError(
            f"images and masks are both {shown(images)}, so that each file would be its own mask; expected two "
            f"folders. Where both lie in one: {_cure(all_images, all_masks)}"
        )
    if not paired:
        raise ValueError(
            f"no pairs: none of the {len(image_keys)} images in {shown(images)} ({_example(image_keys)}) is named "
            f"as one of the {len(mask_keys)} masks in {shown(masks)} ({_example(mask_keys)}); "
            + _cure(all_images, all_masks)
        )
    alone = [
        f"{len(keys)} {kind} without {other} ({', '.join(sorted(keys, key=natural_key)[:3])}"
        f"{', ...' if len(keys) > 3 else ''})"
        for kind, other, keys in (
            ("images", "mask", image_keys.keys() - mask_keys.keys()),
            ("masks", "image", mask_keys.keys() - image_keys.keys()),
        )
        if keys
    ]
    if alone:
        warn_user(f"{len(paired)} pairs found; left out: {'; '.join(alone)}")
    return PairedPaths(image_keys[key] for key in paired), PairedPaths(mask_keys[key] for key in paired)


def list_images(images: Path, *, image_suffix: str = "", follow_links: bool = False) -> list[str]:
    """List image files that have no masks.

    Args:
        images: the directory of the images, a pattern, or a URL of either, see `find_images`.
        image_suffix: what their stems end with; files without it are passed over.
        follow_links: whether folders that are symbolic links are walked.

    Returns:
        Their paths, in natural order.

    Raises:
        ValueError: a directory does not exist, or there is no image file.
        ReadError, ImportError: a URL cannot be listed, or what reads it is not installed.
    """
    found = find_images(images, "images", follow_links=follow_links)
    return [file.path for file in _without_suffix(found, images, "image_suffix", image_suffix)]


def _without_suffix(files: list[Found], where: Path, argument: str, suffix: str) -> list[Found]:
    if suffix.lower().endswith(IMAGE_SUFFIXES):
        stem = suffix[: suffix.rindex(".")]
        raise ValueError(f"{argument}={suffix!r} ends like a file; expected the end of its stem, {stem!r}")
    found = [Found(file.key.removesuffix(suffix), file.path) for file in files if file.key.endswith(suffix)]
    if not found:
        raise ValueError(
            f"{argument}={suffix!r}: none of the {len(files)} image files in {shown(where)} has it, such as "
            f"{files[0].key!r}; expected the end of their stems"
        )
    return found


def _told_apart(images: list[Found], masks: list[Found]) -> tuple[dict[str, str], dict[str, str]]:
    """Give both by what they are paired by, and each file to the side that knows it better."""
    masks_by_path = {absolute(file.path): file for file in masks}
    images_by_path = {absolute(file.path): file for file in images}
    for path in images_by_path.keys() & masks_by_path.keys():
        # The less of its name is its own, the more of it is said.
        excess = len(masks_by_path[path].key) - len(images_by_path[path].key)
        if excess <= 0:
            del images_by_path[path]
        if excess >= 0:
            del masks_by_path[path]
    return _by_key(list(images_by_path.values())), _by_key(list(masks_by_path.values()))


def _by_key(files: list[Found]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, path in files:
        if key in found:
            raise ValueError(
                f"{shown(found[key])} and {shown(path)} have the same stem, so their partner is not clear; "
                'move one of them, or say which are meant by a pattern, such as "data/*.jpg"'
            )
        found[key] = path
    return found


def _example(keys: dict[str, str]) -> str:
    return f"such as {min(keys, key=natural_key)!r}" if keys else "those that are not masks as well"


def _cure(images: list[Found], masks: list[Found]) -> str:
    told = [
        f"image_suffix={rule.image!r}, mask_suffix={rule.mask!r} would make {rule.pairs} pairs"
        for rule in suffix_rules([file.key for file in images], [file.key for file in masks])
    ]
    if told:
        return "; or ".join(told)
    return (
        "expected names that are equal up to suffixes, said by image_suffix= and mask_suffix=; or patterns, such as "
        'images="data/image*.png" and masks="data/mask*.png", which pair by what * stands for; or two lists of paths'
    )
