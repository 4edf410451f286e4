"""What the paths of pairs make one doubt, to be said where a sequence is made of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from seqaug.sources.discovery.pair_names import Mispairing, find_mispairing
from seqaug.utils.redaction import shown

_JPEG = (".jpg", ".jpeg")
_WORDS = re.compile(r"[a-z]+")
_OF_IMAGES = re.compile("images?|imgs?|jpegimages|leftimg|photos?|pictures?|scans?|frames?")
_OF_MASKS = re.compile(
    "masks?|labels?|labelids|annot|annotations?|groundtruth|truth|gt|gtfine|gtcoarse|trimaps?|seg"
    "|segmentation|segmentations|segmentationclass|segmentationobject"
)
_PARTS = {
    "train": "training",
    "training": "training",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


class PairedPaths(list[str]):
    """Paths of which it was said elsewhere how they pair, so that nobody doubts it: by their names, or in a table."""

    def taken(self, indices: Iterable[int]) -> PairedPaths:
        """Give some of them."""
        return PairedPaths(self[index] for index in indices)


def doubts_about_folders(image: str, mask: str) -> Iterator[str]:
    """Say what a path of an image, beside that of its mask, makes one doubt.

    By the folders and names that differ between the two: an image in `masks/` whose mask is in `images/`, or one in
    `train/` whose mask is in `val/`.
    """
    image_words, mask_words = _differing_words(image, mask)
    # Masks are no JPEGs, mostly: one that is says as much as a word.
    is_photo = (
        mask.lower().endswith(_JPEG)
        and not image.lower().endswith(_JPEG)
        and not any(map(_OF_MASKS.fullmatch, mask_words))
    )
    if _is_of(image_words, _OF_MASKS, _OF_IMAGES) and (is_photo or _is_of(mask_words, _OF_IMAGES, _OF_MASKS)):
        yield (
            f"images and masks look swapped: the first image is {shown(image)}, and its mask {shown(mask)}; expected "
            "images first, then masks"
        )
    parts = [{_PARTS[word] for word in words if word in _PARTS} for words in (image_words, mask_words)]
    if all(parts) and not parts[0] & parts[1]:
        yield (
            f"images of the {min(parts[0])} set have masks of the {min(parts[1])} set: the first image is "
            f"{shown(image)}, and its mask {shown(mask)}; expected both of one set"
        )


def doubts_about_order(images: Sequence[str], masks: Sequence[str], *, table: str | None = None) -> Iterator[str]:
    """Say where names pair two lists of paths otherwise than their places, see `find_mispairing`.

    Args:
        images: paths or URLs, one or more.
        masks: as many.
        table: what the lists are columns of. A table says which mask an image has, and so only names that say
            otherwise are worth a word, and not those that have nothing in common.
    """
    found = find_mispairing(images, masks)
    if found is None or (table is not None and not found.would_pair_otherwise):
        return
    cure = (
        "sort both lists alike, or let from_directory pair the files by name; where it is meant, "
        + ("" if found.would_pair_otherwise else "say the pairs in a table, from_dataframe or from_csv, or ")
        if table is None
        else f"correct {table}; where it is meant, "
    )
    yield (
        f"names of images and masks {_said(found, images, masks)}; {cure}silence this with "
        'warnings.filterwarnings("ignore", "names of images and masks", seqaug.SeqaugWarning)'
    )


def _said(found: Mispairing, images: Sequence[str], masks: Sequence[str]) -> str:
    among = f"{found.pairs} of {'the first ' * (found.looked_at < len(images))}{found.looked_at} pairs"
    examples = [(f"{shown(images[place])} has {shown(masks[place])}", other) for place, other in found.examples]
    if found.would_pair_otherwise:
        told = [
            f"{pair}, and {os.path.basename(shown(masks[other]))} is masks[{other}]"
            for pair, other in examples
            if other is not None
        ]
        return f"pair otherwise than their order in {among}: {'; '.join(told)}"
    told = [pair for pair, _ in examples]
    return f"have nothing in common in {among}, so that nothing shows that they belong together: {'; '.join(told)}"


def _differing_words(image: str, mask: str) -> tuple[set[str], set[str]]:
    """Give the words of two paths that are not in both at the same place from the beginning."""
    folders = [re.split(r"[/\\]", path.lower()) for path in (image, mask)]
    same = len(list(takewhile(lambda both: both[0] == both[1], zip(*folders, strict=False))))
    of_image, of_mask = (set(_WORDS.findall(" ".join(parts[same:]))) for parts in folders)
    return of_image - of_mask, of_mask - of_image


def _is_of(words: set[str], these: re.Pattern[str], others: re.Pattern[str]) -> bool:
    return any(map(these.fullmatch, words)) and not any(map(others.fullmatch, words))
