"""Hints on ids in masks: what they look like, and what to do where they are not class ids."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from seqaug.palette.class_map import ClassMap
from seqaug.palette.id_counts import IdCounts

Array = np.ndarray[Any, Any]

_MOST_DISTINCT = 160  # ids in one mask; photographs have nearly all 256
_MOST_CONTIGUOUS = 64  # ids in one mask, without 0 and 1 and hardly a gap, as dim or hazy photographs have them
_LARGEST_ID = 255
_LARGEST_LABEL = 65_535
_NO_CLASSES = 1000  # from here on, ids number objects
_BRIGHT = 64  # the lowest grey value that stands out by eye; more than most data sets have classes
_FEWEST_BLENDED = 8  # values, black and white included
_GAP = 5  # between neighbouring ids, which class ids would not leave
_IGNORED = 255  # the label of ignored pixels in nearly all data sets
_NAMED = 3
# Classes and ids of well-known data sets.
_TRAIN_IDS, _LABEL_IDS = 19, 33
_ADE20K = 150
_TRIMAP = [1, 2, 3]


class IdHint(NamedTuple):
    """What ids look like, and what to do about it."""

    found: str
    hint: str

    def __str__(self) -> str:
        return f"{self.found}: {self.hint}"


def id_warning(counts: IdCounts) -> IdHint | None:
    """Say why values of masks are probably not class ids, where `num_classes` is unknown.

    Args:
        counts: the ids of a few masks.

    Returns:
        None where they may well be class ids.
    """
    if _are_photographs(counts):
        return _photographs(counts)
    classes = counts.without(_LARGEST_LABEL)
    if len(counts.ids) > _LARGEST_ID or classes.ids[-1:].sum() >= _NO_CLASSES:
        return _instances(counts)
    if _is_blended(counts):
        return _blended(counts)
    if len(counts.ids) == 2 and counts.ids[0] == 0 and counts.ids[1] >= _BRIGHT:
        return _two_values(counts)
    if len(counts.ids) > 2 and _are_grey_values(counts):
        return _grey_values(counts)
    return None


def unused_zero_warning(counts: IdCounts, num_classes: int) -> str | None:
    """Say where ids start at 1, so that the last class is ignored; None where they may well start at 0.

    Args:
        counts: the ids of a few masks.
        num_classes: the number of classes that the user gave, and the id that losses skip.
    """
    if num_classes not in counts.ids or counts.ids[0] == 0:
        return None
    return (
        f"{counts} and never 0, so ids seem to start at 1: losses skip {num_classes}, which is ignore_index, and "
        f"nothing is learned of class 0; make them start at 0 with {_shifted({}, num_classes)}, without ignore_index"
    )


def id_hint(counts: IdCounts, num_classes: int, ignore_index: int | None) -> IdHint:
    """Say what to do where masks hold ids that are not classes.

    A hint never makes losses skip most pixels, or all classes but one.

    Args:
        counts: the ids of a few masks; at least one id is not a class.
        num_classes: the number of classes that the user gave.
        ignore_index: the id that losses skip, or None.
    """
    ids = counts.without(ignore_index).ids
    if ids[0] < 0:
        return IdHint(f"{counts}", "mark such pixels with a label from 0 to 65535, such as 255, and set ignore_index")
    if ids[-1] > _LARGEST_LABEL:
        return IdHint(f"{counts}", f"make them class ids, up to {_LARGEST_LABEL} at most")
    warning = id_warning(counts)
    if warning is not None:
        return warning
    if num_classes <= 2 and _is_blended(counts, 0.5):
        return _blended(counts)
    if len(ids) == 2 >= num_classes and ids[0] == 0:
        return _two_values(counts.without(ignore_index))
    known_set = _known_set(ids, num_classes)
    if known_set is not None:
        return IdHint(f"{counts}", known_set)
    classes = ids[ids != _IGNORED] if ids[-1] == _IGNORED >= len(ids) else ids
    if not len(classes):
        return IdHint(
            f"{counts}", "nothing but the usual label of ignored pixels: are these the right files, and annotated?"
        )
    if classes[0] == 1 and classes[-1] == num_classes and len(classes) > 1:
        return _from_one(counts, num_classes)
    unknown = ids[ids >= num_classes]
    known = ids[ids < num_classes]
    if len(unknown) == 1 and len(known) > 1 and counts.share(int(unknown[0])) < 0.5:
        label = int(unknown[0])
        is_ignored = f"if losses should skip {label}, set ignore_index={label}"
        is_class = f"if {label} is a class, set num_classes={label + 1}"
        likelier = [is_class, is_ignored] if label == num_classes else [is_ignored, is_class]
        likelier = likelier[: 1 if label == _IGNORED > num_classes else 2]
        if label == num_classes > 2 and ids[0] == 0:
            likelier.append(
                f"if 0 marks unlabelled pixels, and classes start at 1, give {_shifted({0: None}, num_classes)}"
            )
        return IdHint(f"{counts}", "; ".join(likelier))
    ignored = f", and ignore_index={_IGNORED} if losses should skip that" if classes[-1] != ids[-1] else ""
    merged = (
        f"; if they are to become {num_classes} classes, say with class_map= which" if len(ids) > num_classes else ""
    )
    return IdHint(f"{counts}", f"if they are all classes, set num_classes={classes[-1] + 1}{ignored}{merged}")


def class_map_hint(counts: IdCounts, class_map: ClassMap) -> str:
    """Say what to do where masks hold ids that are not in the class map.

    Args:
        counts: the ids of a few masks; at least one id is not in the map.
        class_map: the map.
    """
    ids = counts.ids
    unknown = [label for label in ids.tolist() if label not in class_map]
    if _are_photographs(counts):
        return str(_photographs(counts))
    if class_map.name == "cityscapes":
        if unknown[0] >= _NO_CLASSES:
            return f"{counts}: Cityscapes' instances have such numbers; give its *_labelIds.png"
        if unknown == [_IGNORED] and (ids[:-1] < _TRAIN_IDS).all():
            return (
                f"{counts}: Cityscapes' *_labelTrainIds.png hold such ids, which are classes already; give "
                f"num_classes={_TRAIN_IDS} and ignore_index={_IGNORED} instead of class_map"
            )
    if class_map.name == "binary":
        if _is_blended(counts, 0.5):
            return str(_blended(counts))
        if len(ids) == 2 and len(unknown) == 1:
            return f"{counts}; say which value is the foreground: class_map={{{ids[0]}: 0, {ids[1]}: 1}}"
    return (
        f"{counts}; add {', '.join(map(str, unknown[:_NAMED]))}{', ...' * (len(unknown) > _NAMED)} to class_map, with "
        'a class id, or None to ignore such pixels; "default": None ignores all other ids'
    )


def _known_set(ids: Array, num_classes: int) -> str | None:
    """Recognize the stored ids of well-known data sets, by the number of classes that they are trained with."""
    if num_classes == _TRAIN_IDS <= ids[-1] <= _LABEL_IDS:
        return f'if they are Cityscapes\' labelIds, give class_map="cityscapes"; else set num_classes={ids[-1] + 1}'
    if num_classes == ids[-1] == _ADE20K:
        return f'if they are ADE20K\'s, give class_map="ade20k"; else set num_classes={ids[-1] + 1}'
    if num_classes <= len(_TRIMAP) and ids.tolist() == _TRIMAP:
        return (
            'if they are the trimaps of Oxford Pets, give class_map="oxford_pets", which ignores the border 3; with '
            f"the border as a class, class_map={{1: 0, 2: 1, 3: 2}}; else set num_classes={ids[-1] + 1}"
        )
    return None


def _are_photographs(counts: IdCounts) -> bool:
    ids = counts.ids
    if ids[-1] > _LARGEST_ID:
        return False
    span = int(ids[-1] - ids[0]) + 1
    is_narrow = counts.max_distinct > _MOST_CONTIGUOUS and ids[0] > 1 and len(ids) >= 0.9 * span
    return bool(is_narrow or counts.max_distinct > _MOST_DISTINCT)


def _photographs(counts: IdCounts) -> IdHint:
    return IdHint(
        f"a mask holds {counts.max_distinct} different values, as photographs do and masks do not",
        "are images and masks swapped? Masks hold one value per class",
    )


def _instances(counts: IdCounts) -> IdHint:
    kind = "instance ids, a number for each object, or depths"
    hint = "give masks that hold one value per class"
    if counts.ids[-1] >= 1000 and np.isin(counts.ids[counts.ids >= 1000] // 1000, np.arange(24, 34)).all():
        kind, hint = "Cityscapes' instances", 'give its *_labelIds.png with class_map="cityscapes", or train ids'
    return IdHint(
        f"{len(counts.ids)} different values in {counts.masks} masks, up to {counts.ids[-1]}, look like {kind}",
        f"{hint}; if they are class ids, say so with num_classes={counts.ids[-1] + 1}",
    )


def _is_blended(counts: IdCounts, least_share: float = 0.8) -> bool:
    """Tell whether most pixels are black or white, and the others lie in between."""
    ids = counts.ids
    if (
        len(ids) < _FEWEST_BLENDED
        or ids[0] != 0
        or ids[-1] < _BRIGHT
        or counts.share(0) + counts.share(int(ids[-1])) < least_share
    ):
        return False
    return int((ids >= _BRIGHT // 2).sum()) > len(ids) // 2


def _blended(counts: IdCounts) -> IdHint:
    ends = counts.share(0) + counts.share(int(counts.ids[-1]))
    return IdHint(
        f"0 and {counts.ids[-1]} make up {ends:.1%} of {counts.masks} masks, and {len(counts.ids) - 2} values between "
        "them the rest, as in black and white masks compressed as JPEG or resized with interpolation",
        'use the original masks, or give palette=Palette({"background": (0, 0, 0), "foreground": (255, 255, 255)}, '
        'unknown="nearest")',
    )


def _two_values(counts: IdCounts) -> IdHint:
    high = int(counts.ids[-1])
    found = f"{counts} and nothing else, as background and foreground"
    is_class = f"; if they are class ids, set num_classes={high + 1}" if high < _BRIGHT else ""
    return IdHint(found, f"give class_map={{0: 0, {high}: 1}}{is_class}")


def _from_one(counts: IdCounts, num_classes: int) -> IdHint:
    return IdHint(
        f"{counts}, so ids seem to start at 1",
        f"make them start at 0 with {_shifted({}, num_classes)}; or set num_classes={num_classes + 1}, which leaves "
        "0 unused",
    )


def _shifted(before: dict[int, None], num_classes: int) -> str:
    """Write the class map of ids from 1 on."""
    ids = {**before, **{label: label - 1 for label in range(1, num_classes + 1)}}
    items = [f"{stored}: {label}" for stored, label in ids.items()]
    return f"class_map={{{', '.join(items[:_NAMED])}{', ...' * (len(items) > _NAMED)}}}"


def _are_grey_values(counts: IdCounts) -> bool:
    """Tell whether ids lie as far apart as grey values that are chosen to be told apart by eye."""
    ids = counts.ids
    if ids[-1] > _LARGEST_ID:
        return False
    inner = ids if ids[-1] != _IGNORED or len(ids) < 3 else ids[:-1]
    step = int(np.gcd.reduce(inner))
    is_even = len(inner) > 3 and step >= 10
    return is_even or bool(np.diff(ids).min() >= _GAP and inner[-1] >= _BRIGHT)


def _grey_values(counts: IdCounts) -> IdHint:
    ids = counts.ids.tolist()
    named = ", ".join(f"{grey}: {label}" for label, grey in enumerate(ids[:_NAMED]))
    more = ", ..." * (len(ids) > _NAMED)
    return IdHint(
        f"{counts}: few values, far apart, as in a grey picture of the classes",
        f"map each to a class with class_map={{{named}{more}}}; if they are grey copies of coloured masks, give the "
        f"coloured ones with their palette; if they are class ids, say so with num_classes={ids[-1] + 1}",
    )
