"""Warnings about image and mask paths that look swapped or mispaired."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from seqaug.sources.discovery.pair_names import Mispairing, find_mispairing
from seqaug.utils.redaction import shown

_JPEG = (".jpg", ".jpeg")
_WORDS = re.compile(r"[a-z]+")
_IMAGE_WORDS = re.compile("images?|imgs?|jpegimages|leftimg|photos?|pictures?|scans?|frames?")
_MASK_WORDS = re.compile(
    "masks?|labels?|labelids|annot|annotations?|groundtruth|truth|gt|gtfine|gtcoarse|trimaps?|seg"
    "|segmentation|segmentations|segmentationclass|segmentationobject"
)
_SUBSETS = {
    "train": "training",
    "training": "training",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


class PairedPaths(list[str]):
    """Paths paired by their names or by a table, whose order therefore needs no check."""

    def take(self, indices: Iterable[int]) -> PairedPaths:
        """Select paths by index."""
        return PairedPaths(self[index] for index in indices)


def folder_warnings(image: str, mask: str) -> Iterator[str]:
    """Yield a warning for each sign that an image and a mask do not belong together.

    It compares the words that differ between both paths: an image in `masks/` whose mask is in `images/`, or an image
    in `train/` whose mask is in `val/`.
    """
    image_words, mask_words = _differing_words(image, mask)
    # Masks are rarely JPEGs: such a suffix counts as an image word.
    mask_is_photo = (
        mask.lower().endswith(_JPEG)
        and not image.lower().endswith(_JPEG)
        and not any(map(_MASK_WORDS.fullmatch, mask_words))
    )
    if _has_only(image_words, _MASK_WORDS, _IMAGE_WORDS) and (
        mask_is_photo or _has_only(mask_words, _IMAGE_WORDS, _MASK_WORDS)
    ):
        yield (
            f"images and masks look swapped: the first image is {shown(image)} and its mask {shown(mask)}; expected "
            "images first, then masks"
        )
    subsets = [{_SUBSETS[word] for word in words if word in _SUBSETS} for words in (image_words, mask_words)]
    if all(subsets) and not subsets[0] & subsets[1]:
        yield (
            f"images of the {min(subsets[0])} set have masks of the {min(subsets[1])} set: the first image is "
            f"{shown(image)} and its mask {shown(mask)}; expected both from one set"
        )


def order_warnings(
    images: Sequence[str], masks: Sequence[str], *, table: str | None = None, other: str = "masks"
) -> Iterator[str]:
    """Yield a warning if names contradict the order of two lists, see `find_mispairing`.

    Args:
        images: paths or URLs, at least one.
        masks: as many paths or URLs.
        table: name of the table that the lists are columns of. A table pairs explicitly, so names that have nothing in
            common need no warning; names that contradict it do.
        other: what the second list is.
    """
    found = find_mispairing(images, masks)
    if found is None or (table is not None and not found.has_partners):
        return
    hint = (
        "sort both lists alike, or let from_directory pair the files by name; if it is intended, "
        + ("" if found.has_partners else "list the pairs in a table for from_dataframe or from_csv, or ")
        if table is None
        else f"correct {table}; if it is intended, "
    )
    yield (
        f"names of images and {other} {_describe(found, images, masks, other)}; {hint}silence this with "
        f'warnings.filterwarnings("ignore", "names of images and {other.partition("[")[0]}", seqaug.SeqaugWarning)'
    )


def _describe(found: Mispairing, images: Sequence[str], masks: Sequence[str], kind: str) -> str:
    share = f"{found.pairs} of {'the first ' * (found.compared < len(images))}{found.compared} pairs"
    examples = [(f"{shown(images[index])} has {shown(masks[index])}", other) for index, other in found.examples]
    if found.has_partners:
        listed = [
            f"{pair}, and {os.path.basename(shown(masks[other]))} is {kind}[{other}]"
            for pair, other in examples
            if other is not None
        ]
        return f"contradict their order in {share}: {'; '.join(listed)}"
    listed = [pair for pair, _ in examples]
    return f"have nothing in common in {share}, so nothing shows that they belong together: {'; '.join(listed)}"


def _differing_words(image: str, mask: str) -> tuple[set[str], set[str]]:
    """Return the words of each path that the other lacks, ignoring the folders that both start with."""
    folders = [re.split(r"[/\\]", path.lower()) for path in (image, mask)]
    num_common = len(list(takewhile(lambda both: both[0] == both[1], zip(*folders, strict=False))))
    image_words, mask_words = (set(_WORDS.findall(" ".join(parts[num_common:]))) for parts in folders)
    return image_words - mask_words, mask_words - image_words


def _has_only(words: set[str], these: re.Pattern[str], others: re.Pattern[str]) -> bool:
    return any(map(these.fullmatch, words)) and not any(map(others.fullmatch, words))
