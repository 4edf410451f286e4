"""Pairing of image and mask files by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from seqaug.core.user_warnings import warn_user
from seqaug.reading.polygons import POLYGON_SUFFIXES
from seqaug.remote.urls import absolute
from seqaug.sources.discovery.image_files import (
    IMAGE_KINDS,
    MASK_KINDS,
    FoundImages,
    find_images,
    in_natural_order,
)
from seqaug.sources.discovery.pair_warnings import PairedPaths
from seqaug.sources.discovery.suffix_hints import suffix_rules
from seqaug.utils.progress import progress_bar
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
    Polygon files (.json) are masks where no picture is one, as in a directory that is that of the images.

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
    paired = pair_files(images, masks, image_suffix=image_suffix, mask_suffix=mask_suffix, follow_links=follow_links)
    return PairedPaths(paired.images), PairedPaths(paired.masks)


class PairedFiles(NamedTuple):
    """Files of equal keys, see `pair_directories`.

    Attributes:
        keys: the paired names, in natural order.
        images, masks: the paths of each.
    """

    keys: list[str]
    images: list[str]
    masks: list[str]


def pair_files(
    images: Path,
    masks: Path,
    *,
    image_suffix: str = "",
    mask_suffix: str = "",
    follow_links: bool = False,
    claimed: Mapping[str, str] = MappingProxyType({}),
    any_image: bool = False,
    any_mask: bool = False,
) -> PairedFiles:
    """Pair files as `pair_directories` does, and return their keys too.

    Args:
        images: as for `pair_directories`.
        masks: as for `pair_directories`.
        image_suffix: as for `pair_directories`.
        mask_suffix: as for `pair_directories`.
        follow_links: as for `pair_directories`.
        claimed: keys by which files are additional arrays, by absolute path: where such a key is shorter than the one
            here, the file is no image and no mask.
        any_image: whether images may have any suffix, for a reader of the user's.
        any_mask: likewise for masks.
    """
    with progress_bar("Listing images and masks", None) as advance:
        all_images = find_images(images, "images", follow_links=follow_links, any_file=any_image, advance=advance)
        find_masks = partial(
            find_images,
            masks,
            "masks",
            follow_links=follow_links,
            any_file=any_mask,
            stem_suffix=mask_suffix,
            advance=advance,
        )
        all_masks = find_masks(kinds=MASK_KINDS)
        images_alone = _without_suffix(_unclaimed(all_images, claimed), images, "image_suffix", image_suffix)
        mask_files = _without_suffix(_unclaimed(all_masks, claimed), masks, "mask_suffix", mask_suffix)
        image_files, mask_files = _assign_sides(images_alone, mask_files)
        if not image_files.keys and not mask_files.keys and not any_mask:
            # LabelMe writes a.json beside a.jpg.
            polygons = find_masks(kinds=(POLYGON_SUFFIXES, *IMAGE_KINDS))
            if polygons.paths != all_masks.paths and set(polygons.keys) & set(images_alone.keys):
                image_files, mask_files = images_alone, _unique(polygons)
        image_files = in_natural_order(*image_files) if image_suffix else image_files
        mask_files = in_natural_order(*mask_files) if mask_suffix else mask_files
        advance(0)
    if not image_files.keys and not mask_files.keys:
        raise ValueError(
            f"images and masks are both {shown(images)}, so each file would be its own mask; expected two "
            f"folders. If one folder holds both: {_hint(all_images, all_masks)}"
        )
    if image_files.keys == mask_files.keys:
        return PairedFiles(image_files.keys, image_files.paths, mask_files.paths)
    partners = dict(zip(*mask_files, strict=True))
    keys = [key for key in image_files.keys if key in partners]
    found = [path for key, path in zip(*image_files, strict=True) if key in partners]
    if not found:
        raise ValueError(
            f"no pairs: none of the {len(image_files.keys)} images in {shown(images)} ({_example(image_files)}) is "
            f"named like one of the {len(mask_files.keys)} masks in {shown(masks)} ({_example(mask_files)}); "
            + _hint(all_images, all_masks)
        )
    without_mask = [key for key in image_files.keys if key not in partners]
    found_masks = [partners.pop(key) for key in keys]
    unpaired = [
        f"{len(keys)} {kind} without {other} ({', '.join(keys[:3])}{', ...' if len(keys) > 3 else ''})"
        for kind, other, keys in (("images", "mask", without_mask), ("masks", "image", list(partners)))
        if keys
    ]
    if unpaired:
        warn_user(f"{len(found)} pairs found; left out: {'; '.join(unpaired)}")
    return PairedFiles(keys, found, found_masks)


def _unclaimed(files: FoundImages, claimed: Mapping[str, str]) -> FoundImages:
    """Leave out files that are additional arrays by a shorter key than the one here."""
    if not claimed:
        return files
    others = {
        index
        for index, (key, path) in enumerate(zip(*files, strict=True))
        if len(claimed.get(absolute(path), key)) < len(key)
    }
    return _without(files, others)


def list_images(
    images: Path,
    *,
    image_suffix: str = "",
    follow_links: bool = False,
    claimed: Mapping[str, str] = MappingProxyType({}),
    any_image: bool = False,
) -> FoundImages:
    """List image files, for batches without masks.

    Args:
        images: directory or pattern of the images, or a URL of either, see `find_images`.
        image_suffix: end of their stems; files without it are ignored.
        follow_links: whether to follow symbolic links to folders.
        claimed: as for `pair_files`.
        any_image: as for `pair_files`.

    Returns:
        Their keys and paths, in natural order.

    Raises:
        ValueError: the directory does not exist, or there is no image file.
        ReadError, ImportError: a URL cannot be listed, or a package that reads it is not installed.
    """
    with progress_bar("Listing images", None) as advance:
        found = find_images(images, "images", follow_links=follow_links, any_file=any_image, advance=advance)
    return _without_suffix(_unclaimed(found, claimed), images, "image_suffix", image_suffix)


def _without_suffix(files: FoundImages, location: Path, argument: str, suffix: str) -> FoundImages:
    """Select the files whose keys end with a suffix, and remove it from the keys; their order stays."""
    if suffix.lower().endswith(tuple(ending for kind in MASK_KINDS for ending in kind)):
        stem = suffix[: suffix.rindex(".")]
        raise ValueError(f"{argument}={suffix!r} ends with a file extension; expected the end of the stem, {stem!r}")
    if not suffix:
        return files
    chosen = [index for index, key in enumerate(files.keys) if key.endswith(suffix)]
    if not chosen:
        raise ValueError(
            f"{argument}={suffix!r}: none of the {len(files.keys)} image files in {shown(location)} has it, such as "
            f"{files.keys[0]!r}; expected the end of their stems"
        )
    return FoundImages(
        [files.keys[index].removesuffix(suffix) for index in chosen], [files.paths[index] for index in chosen]
    )


def _assign_sides(images: FoundImages, masks: FoundImages) -> tuple[FoundImages, FoundImages]:
    """Assign a file found by both sides to the one whose suffix or pattern fits closer.

    Raises:
        ValueError: two files of a side then have the same key.
    """
    not_images, not_masks = set(), set()
    for image, mask in _found_twice(images.paths, masks.paths):
        # The shorter the key, the more of the name is given by suffix or pattern.
        excess = len(masks.keys[mask]) - len(images.keys[image])
        if excess <= 0:
            not_images.add(image)
        if excess >= 0:
            not_masks.add(mask)
    return _unique(_without(images, not_images)), _unique(_without(masks, not_masks))


def _found_twice(images: list[str], masks: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the indices of each path that is in both lists, however it is spelled."""
    # Mostly they share no folder, and there are far fewer folders than files.
    if _absolute_folders(images) & _absolute_folders(masks):
        indices = {absolute(path): index for index, path in enumerate(images)}
        for mask, path in enumerate(masks):
            image = indices.get(absolute(path))
            if image is not None:
                yield image, mask


def _absolute_folders(paths: list[str]) -> set[str]:
    folders = {path[: max(path.rfind("/"), path.rfind(os.sep)) + 1] for path in paths}
    return set(map(absolute, folders))


def _without(files: FoundImages, indices: set[int]) -> FoundImages:
    if not indices:
        return files
    kept = [index for index in range(len(files.keys)) if index not in indices]
    return FoundImages([files.keys[index] for index in kept], [files.paths[index] for index in kept])


def _unique(files: FoundImages) -> FoundImages:
    if len(set(files.keys)) < len(files.keys):
        paths_by_key(files, partner="their partner", example="data/*.jpg")
    return files


def paths_by_key(files: FoundImages, *, partner: str, example: str) -> dict[str, str]:
    """Return the files by the keys that pair them.

    Args:
        files: the files.
        partner: what they are paired with, for messages.
        example: a pattern that selects files, for messages.

    Raises:
        ValueError: two of them have the same key.
    """
    found: dict[str, str] = {}
    for key, path in zip(*files, strict=True):
        if key in found:
            raise ValueError(
                f"{shown(found[key])} and {shown(path)} have the same stem, so {partner} is ambiguous; "
                f'move one of them, or select files by a pattern, such as "{example}"'
            )
        found[key] = path
    return found


def _example(files: FoundImages) -> str:
    return f"such as {files.keys[0]!r}" if files.keys else "not counting files that are masks too"


def _hint(images: FoundImages, masks: FoundImages) -> str:
    suggestions = [
        f"image_suffix={rule.image!r}, mask_suffix={rule.mask!r} would make {rule.pairs} pairs"
        for rule in suffix_rules(images.keys, masks.keys)
    ]
    if suggestions:
        return "; or ".join(suggestions)
    return (
        "expected names that are equal up to image_suffix= and mask_suffix=; or patterns, such as "
        'images="data/image*.png" and masks="data/mask*.png", which pair by what * matches; or two lists of paths'
    )
