"""Additional files of each sample, found by the names of the images."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seqaug.core.user_warnings import warn_user
from seqaug.remote.urls import absolute
from seqaug.sources.discovery.image_files import FoundImages, find_images
from seqaug.sources.discovery.pair_warnings import PairedPaths
from seqaug.sources.discovery.pairing import list_images, pair_files, paths_by_key
from seqaug.utils.redaction import shown

Path = str | os.PathLike[str]


class FoundSamples(NamedTuple):
    """Files of samples, paired by name.

    Attributes:
        images: their paths.
        masks: those of their masks, or of the masks of each class, "" where a sample has none; None without masks.
        additional: those of further arrays, by name.
    """

    images: PairedPaths
    masks: PairedPaths | dict[str, PairedPaths] | None
    additional: dict[str, PairedPaths]


def find_samples(
    images: Path,
    masks: Path | Mapping[str, Path] | None,
    additional: Mapping[str, Path],
    *,
    image_suffix: str,
    mask_suffix: str,
    follow_links: bool,
    any_image: bool = False,
    any_mask: bool = False,
) -> FoundSamples:
    """Pair images with masks and with the files of further arrays, see `seqaug.sources.discovery.pairing`.

    A file of a further array has the key of its image: its relative stem, or what the wildcards of a pattern match. A
    file that images or masks find too is theirs only by a shorter key. Samples that lack one are left out, with a
    warning.

    Args:
        images: directory or pattern of the images, or a URL of either.
        masks: likewise for the masks, or for those of each class, which images may lack; None: images alone.
        additional: likewise for further arrays, by name.
        image_suffix: as for `pair_directories`.
        mask_suffix: as for `pair_directories`.
        follow_links: as for `pair_directories`.
        any_image: as for `pair_files`.
        any_mask: as for `pair_files`.

    Raises:
        TypeError: a directory is not a path.
        ValueError: as for `pair_directories`; or no image has a further array.
        ReadError, ImportError: a URL cannot be listed, or a package that reads it is not installed.
    """
    found: dict[str, FoundImages] = {}
    for name, location in additional.items():
        if not isinstance(location, str | os.PathLike):
            raise TypeError(
                f"additional[{name!r}] is a {type(location).__name__}; expected a directory or pattern, as for images; "
                "for lists of paths, SegmentationSequence(images, masks, additional=...)"
            )
        found[name] = find_images(location, f"additional[{name!r}]", follow_links=follow_links)
    claimed = {absolute(path): key for files in found.values() for key, path in zip(*files, strict=True)}
    by_class: dict[str, dict[str, str]] = {}
    if isinstance(masks, Mapping):
        if mask_suffix:
            raise ValueError(
                f"mask_suffix={mask_suffix!r} beside masks by class; expected patterns, {{'organ': '*_o.png'}}"
            )
        for name, location in masks.items():
            of_class = find_images(location, f"masks[{name!r}]", follow_links=follow_links, any_file=any_mask)
            by_class[name] = _by_key(f"masks[{name!r}]", of_class)
            claimed |= {absolute(path): key for key, path in by_class[name].items()}
    if masks is None or isinstance(masks, Mapping):
        keys, paths = list_images(
            images, image_suffix=image_suffix, follow_links=follow_links, claimed=claimed, any_image=any_image
        )
        mask_paths: list[str] | None = None
    else:
        keys, paths, mask_paths = pair_files(
            images,
            masks,
            image_suffix=image_suffix,
            mask_suffix=mask_suffix,
            follow_links=follow_links,
            claimed=claimed,
            any_image=any_image,
            any_mask=any_mask,
        )
    class_masks = _masks_of(keys, by_class)
    by_key = {name: _by_key(f"additional[{name!r}]", files) for name, files in found.items()}
    kept = [index for index, key in enumerate(keys) if all(key in files for files in by_key.values())]
    for name, files in by_key.items():
        missing = [key for key in keys if key not in files]
        if not missing and absolute(files[keys[0]]) == absolute(paths[0]):
            raise ValueError(
                f"additional[{name!r}] finds the images themselves, such as {shown(paths[0])}; expected another "
                'directory, or a pattern for each, such as "data/*_depth.png"'
            )
        if len(missing) == len(keys):
            raise ValueError(
                f"additional[{name!r}]={shown(os.fspath(additional[name]))!r}: none of its {len(files)} files (such as "
                f"{next(iter(files))!r}) is named like one of the {len(keys)} images (such as {keys[0]!r}); expected "
                'equal names, or a pattern whose wildcards match the same, such as "depth/*_depth.png" for '
                "depth/a_depth.png of images/a.jpg"
            )
        if missing:
            warn_user(
                f"{len(kept)} samples found; left out: {len(missing)} images without {name!r} "
                f"({', '.join(missing[:3])}{', ...' if len(missing) > 3 else ''})"
            )
    if not kept:
        raise ValueError(f"no sample has all of {', '.join(map(repr, by_key))}; expected files of equal names")
    return FoundSamples(
        _taken(paths, kept),
        {name: _taken(paths_of_class, kept) for name, paths_of_class in class_masks.items()}
        if by_class
        else (None if mask_paths is None else _taken(mask_paths, kept)),
        {name: PairedPaths(files[keys[index]] for index in kept) for name, files in by_key.items()},
    )


def _masks_of(keys: list[str], by_class: Mapping[str, dict[str, str]]) -> dict[str, list[str]]:
    """Find the masks of images by class, and warn of files and images that stay alone."""
    found: dict[str, list[str]] = {}
    known = set(keys)
    for name, files in by_class.items():
        others = [key for key in files if key not in known]
        if len(others) == len(files):
            raise ValueError(
                f"masks[{name!r}]: none of its {len(files)} files (such as {others[0]!r}) is named like one of the "
                f"{len(keys)} images (such as {keys[0]!r}); expected equal names, or a pattern whose wildcards match "
                'the same, such as "masks/*_organ.png"'
            )
        if others:
            warn_user(f"left out: {len(others)} masks of {name!r} without image ({', '.join(others[:3])}, ...)")
        found[name] = [files.get(key, "") for key in keys]
    without = [key for key in keys if by_class and not any(key in files for files in by_class.values())]
    if without:
        warn_user(
            f"{len(without)} of {len(keys)} images have no mask of any class ({', '.join(without[:3])}, ...), and "
            "count as background"
        )
    return found


def _by_key(argument: str, files: FoundImages) -> dict[str, str]:
    return paths_by_key(files, partner=f"the image of {argument}", example="depth/*.png")


def _taken(paths: list[str], kept: Iterable[int]) -> PairedPaths:
    return PairedPaths(paths[index] for index in kept)
