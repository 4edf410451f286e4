"""What the ids in masks look like, and what to do where they are no class ids."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqaug.palette.id_counts import IdCounts

_MOST_IN_ONE = 160  # distinct ids that the masks of one image have; of photographs, nearly all 256
_LARGEST_ID = 255
_LARGEST_LABEL = 65_535
_NO_CLASSES = 1000  # from here on ids number things
_BRIGHT = 64  # where grey values that are to be seen begin, above the number of classes of most data sets
_FEWEST_BLENDED = 8  # values, with black and white
_GAP = 5  # between ids, which would be a waste
_IGNORED = 255  # as nearly all data sets mark it
_NAMED = 3


class IdAdvice(NamedTuple):
    """What ids look like, and what to do about it."""

    found: str
    cure: str

    def __str__(self) -> str:
        return f"{self.found}: {self.cure}"


def doubts_about_ids(counts: IdCounts, *, are_files: bool) -> IdAdvice | None:
    """Say why the ids of masks are probably none, where nobody said how many classes there are.

    Args:
        counts: the ids of a few masks.
        are_files: whether masks are files that this package reads.

    Returns:
        None where they may well be class ids.
    """
    if counts.most_in_one > _MOST_IN_ONE and counts.ids[-1] <= _LARGEST_ID:
        return _photographs(counts)
    classes = counts.without(_LARGEST_LABEL)
    if len(counts.ids) > _LARGEST_ID or classes.ids[-1:].sum() >= _NO_CLASSES:
        return _instances(counts)
    if _is_blended(counts):
        return _blended(counts)
    if len(counts.ids) == 2 and counts.ids[0] == 0 and counts.ids[1] >= _BRIGHT:
        return _two_values(counts, are_files)
    if len(counts.ids) > 2 and _are_grey_values(counts):
        return _grey_values(counts, are_files)
    return None


def advice_on_ids(counts: IdCounts, num_classes: int, ignore_index: int | None, *, are_files: bool) -> IdAdvice:
    """Say what to do where masks hold ids that are no classes.

    Nothing is advised that would have losses skip most pixels, or all but one class.

    Args:
        counts: the ids of a few masks, of which one or more is no class.
        num_classes: how many classes there are said to be.
        ignore_index: the id that losses skip, if there is one.
        are_files: whether masks are files that this package reads.
    """
    ids = counts.without(ignore_index).ids
    if ids[0] < 0:
        return IdAdvice(f"{counts}", "mark such pixels with a label from 0 to 65535, such as 255, and set ignore_index")
    if ids[-1] > _LARGEST_LABEL:
        return IdAdvice(f"{counts}", f"make them class ids, up to {_LARGEST_LABEL} at most")
    doubts = doubts_about_ids(counts, are_files=are_files)
    if doubts is not None:
        return doubts
    if num_classes <= 2 and _is_blended(counts, 0.5):
        return _blended(counts)
    if len(ids) == 2 >= num_classes and ids[0] == 0:
        return _two_values(counts.without(ignore_index), are_files)
    classes = ids[ids != _IGNORED] if ids[-1] == _IGNORED >= len(ids) else ids
    if not len(classes):
        return IdAdvice(
            f"{counts}", "nothing but what mostly marks ignored pixels: are these the right files, annotated?"
        )
    if classes[0] == 1 and classes[-1] == num_classes and len(classes) > 1:
        return _from_one(counts, num_classes, are_files)
    strays = ids[ids >= num_classes]
    kept = ids[ids < num_classes]
    if len(strays) == 1 and len(kept) > 1 and counts.share(int(strays[0])) < 0.5:
        stray = int(strays[0])
        skipped = f"where losses should skip {stray}, set ignore_index={stray}"
        is_class = f"where {stray} is a class, set num_classes={stray + 1}"
        likelier = [is_class, skipped] if stray == num_classes else [skipped, is_class]
        return IdAdvice(f"{counts}", "; ".join(likelier[: 1 if stray == _IGNORED > num_classes else 2]))
    marked = f", and ignore_index={_IGNORED} where losses should skip that" if classes[-1] != ids[-1] else ""
    return IdAdvice(f"{counts}", f"where they are all classes, set num_classes={classes[-1] + 1}{marked}")


def _photographs(counts: IdCounts) -> IdAdvice:
    return IdAdvice(
        f"a mask holds {counts.most_in_one} different values, as a photograph does and no mask",
        "are images and masks swapped? Masks hold one value a class",
    )


def _instances(counts: IdCounts) -> IdAdvice:
    which = "the number of each object (instances), or depths"
    cure = "give masks that hold one value a class"
    if counts.ids[-1] >= 1000 and np.isin(counts.ids[counts.ids >= 1000] // 1000, np.arange(24, 34)).all():
        which, cure = "Cityscapes' instances", "give its *_labelIds.png, or train ids"
    return IdAdvice(
        f"{len(counts.ids)} different values in {counts.masks} masks, up to {counts.ids[-1]}, look like {which}",
        f"{cure}; if they are class ids, say so with num_classes={counts.ids[-1] + 1}",
    )


def _is_blended(counts: IdCounts, least_share: float = 0.8) -> bool:
    """Tell whether most pixels are black or white, and the others in between."""
    ids = counts.ids
    if (
        len(ids) < _FEWEST_BLENDED
        or ids[0] != 0
        or ids[-1] < _BRIGHT
        or counts.share(0) + counts.share(int(ids[-1])) < least_share
    ):
        return False
    return int((ids >= _BRIGHT // 2).sum()) > len(ids) // 2


def _blended(counts: IdCounts) -> IdAdvice:
    ends = counts.share(0) + counts.share(int(counts.ids[-1]))
    return IdAdvice(
        f"0 and {counts.ids[-1]} make up {ends:.1%} of {counts.masks} masks, and {len(counts.ids) - 2} values between "
        "them the rest, as in black and white masks that went through JPEG or a smoothing resize",
        'use them as they were drawn, or give palette=Palette({"background": (0, 0, 0), "foreground": (255, 255, '
        '255)}, unknown="nearest")',
    )


def _two_values(counts: IdCounts, are_files: bool) -> IdAdvice:
    high = int(counts.ids[-1])
    found = f"{counts} alone, background and foreground"
    if not are_files:
        return IdAdvice(found, "make them 0 and 1: (masks > 0).astype(numpy.uint8)")
    if high in (255, 65_535):
        return IdAdvice(found, 'give palette="binary", which makes black 0 and white 1')
    color = (high, high, high) if high <= _LARGEST_ID else (high >> 8,) * 3
    is_class = f"; if they are class ids, set num_classes={high + 1}" if high < _BRIGHT else ""
    return IdAdvice(found, f'give palette={{"background": (0, 0, 0), "foreground": {color}}}{is_class}')


def _from_one(counts: IdCounts, num_classes: int, are_files: bool) -> IdAdvice:
    named = ", ".join(
        f'"class {label}": ({label}, {label}, {label})' for label in range(1, min(num_classes, _NAMED) + 1)
    )
    more = ", ..." * (num_classes > _NAMED)
    other = f"palette={{{named}{more}}}" if are_files else "masks - 1 (0 becomes 255 in uint8, which can be ignored)"
    return IdAdvice(
        f"{counts}, so ids seem to start at 1",
        f"set num_classes={num_classes + 1}, of which 0 is never used; or have them start at 0 with {other}",
    )


def _are_grey_values(counts: IdCounts) -> bool:
    """Tell whether ids lie as far apart as grey values that are to be told from each other by eye."""
    ids = counts.ids
    if ids[-1] > _LARGEST_ID:
        return False
    inner = ids if ids[-1] != _IGNORED or len(ids) < 3 else ids[:-1]
    step = int(np.gcd.reduce(inner))
    is_even = len(inner) > 3 and step >= 10
    return is_even or bool(np.diff(ids).min() >= _GAP and inner[-1] >= _BRIGHT)


def _grey_values(counts: IdCounts, are_files: bool) -> IdAdvice:
    ids = counts.ids.tolist()
    found = f"{counts}: few values, far apart, as in a grey picture of the classes"
    meant = f"if they are class ids, say so with num_classes={ids[-1] + 1}"
    if not are_files:
        return IdAdvice(found, f"make them 0, 1, ...: numpy.searchsorted([{', '.join(map(str, ids))}], masks); {meant}")
    named = ", ".join(f'"class {place}": ({grey}, {grey}, {grey})' for place, grey in enumerate(ids[:_NAMED]))
    more = ", ..." * (len(ids) > _NAMED)
    return IdAdvice(
        found,
        f"say which class each stands for, with palette={{{named}{more}}}; if they are grey copies of coloured masks, "
        f"give those; {meant}",
    )
