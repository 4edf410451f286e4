"""Run lengths: masks as alternating numbers of pixels outside and inside, or as starts and lengths."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from seqaug.sources.annotated import Annotations, Paint

Array = np.ndarray[Any, Any]


def checked_counts(counts: Sequence[int], height: int, width: int) -> Array:
    """Return COCO's run lengths of an image: pixels outside, inside, outside, ..., column by column.

    Raises:
        ValueError: a run is negative, or they do not cover the image.
    """
    runs = np.asarray(counts, np.int64)
    if runs.ndim != 1 or (runs < 0).any() or runs.sum() != height * width:
        total = "runs that are no list" if runs.ndim != 1 else f"{len(runs)} runs of {runs.sum()} pixels together"
        raise ValueError(
            f"its run lengths are broken: {total}; expected {height * width}, for {height}x{width} (height x width)"
        )
    return runs


def paint_counts(columns: Array, label: int, *, runs: Array) -> None:
    """Draw checked run lengths into the columns of an image, (width, height)."""
    runs = runs[: len(runs) // 2 * 2]  # without pixels after the last ones inside
    if len(runs):
        inside = np.repeat(np.arange(1, len(runs)) % 2 == 1, runs[1:])
        columns.reshape(-1)[runs[0] : runs[0] + len(inside)][inside] = label


def decode_counts(text: str) -> list[int]:
    """Decode the compressed run lengths of COCO: 6 bits a character, differences from the run before the last.

    Raises:
        ValueError: a character is none of these, or the text ends within a number.
    """
    counts: list[int] = []
    number = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64:
            raise ValueError(f"its run lengths are broken: {character!r} is no character of COCO's compressed ones")
        number |= (code & 0x1F) << shift
        shift += 5
        if not code & 0x20:
            if code & 0x10:
                number -= 1 << shift
            counts.append(number + (counts[-2] if len(counts) > 2 else 0))
            number = shift = 0
    if shift:
        raise ValueError("its run lengths are broken: they end within a number")
    return counts


def paint_starts(columns: Array, label: int, *, text: str) -> None:
    """Draw Kaggle's run lengths into the columns of an image, (width, height).

    They are "start length start length ...", starts from 1, column by column.

    Raises:
        ValueError: they are not pairs of whole numbers, or leave the image.
    """
    width, height = columns.shape
    words = text.split()
    try:
        numbers = np.array([int(word) for word in words], np.int64)
    except ValueError:
        raise ValueError(f"its run lengths are {text[:40]!r}; expected pairs of start and length") from None
    if len(numbers) % 2:
        raise ValueError(f"its run lengths are {len(numbers)} numbers; expected pairs of start and length")
    starts, lengths = numbers[::2] - 1, numbers[1::2]
    wrong = np.flatnonzero((starts < 0) | (lengths < 1) | (starts + lengths > height * width))
    if len(wrong):
        start, length = starts[wrong[0]] + 1, lengths[wrong[0]]
        raise ValueError(
            f"its run of {length} pixels from {start} leaves the image of {height}x{width} (height x width); expected "
            f"runs within 1 to {height * width}, counted down the columns: is it the image of these run lengths, at "
            "its original size?"
        )
    if len(starts):
        first, last = int(starts.min()), int((starts + lengths).max())
        changes = np.zeros(last - first + 1, np.int32)
        np.add.at(changes, starts - first, 1)
        np.add.at(changes, starts + lengths - first, -1)
        columns.reshape(-1)[first:last][np.cumsum(changes[:-1]) > 0] = label


class RunLengthMasks(Annotations):
    """Masks as Kaggle's run lengths, several to an image.

    A sample's text has a line for each object: its class id, and the run lengths.
    """

    kind = "run lengths"

    def objects(self, text: str, height: int, width: int) -> Iterator[tuple[int, Paint]]:
        """Give the objects of a sample."""
        for line in text.splitlines():
            label, _, runs = line.partition(" ")
            yield int(label), partial(paint_starts, text=runs)


def group_rows(
    images: Iterable[str], runs: Iterable[Any], classes: Iterable[Hashable] | None, table: str
) -> tuple[list[str], RunLengthMasks, list[str] | int]:
    """Group the rows of a table by image.

    Args:
        images: path of the image of each row.
        runs: run lengths of each row; empty or missing where there is no object.
        classes: class of each row: ids from 1, or names; None: one class.
        table: names the table in messages.

    Returns:
        The images, in the order of their first rows; their masks; and the names of the classes, without the
        background, or the largest class id.

    Raises:
        ValueError: a row has an object and no class, or an id is not a whole number from 1.
    """
    objects: dict[str, list[tuple[Any, str]]] = {}
    kinds = iter(lambda: 1, None) if classes is None else iter(classes)
    for row, (image, run, kind) in enumerate(zip(images, runs, kinds, strict=False)):
        of_image = objects.setdefault(image, [])
        if _is_empty(run):
            continue
        if not isinstance(run, str):
            raise ValueError(f"{table}, row {row}: the run lengths are {run!r}; expected text such as '1 3 10 5'")
        of_image.append((_class(kind, table, row), " ".join(run.split())))
    found = {kind for several in objects.values() for kind, _ in several}
    names = sorted(kind for kind in found if isinstance(kind, str))
    if names and len(names) < len(found):
        raise ValueError(f"{table} has class names, such as {names[0]!r}, and ids; expected one of them")
    numbers = {name: number for number, name in enumerate(names, 1)}
    texts = ["\n".join(f"{numbers.get(kind, kind)} {run}" for kind, run in several) for several in objects.values()]
    return list(objects), RunLengthMasks(texts), names or max(found, default=1)


def _is_empty(run: Any) -> bool:
    return run is None or (isinstance(run, float) and math.isnan(run)) or (isinstance(run, str) and not run.strip())


def _class(kind: Any, table: str, row: int) -> str | int:
    text = str(kind).strip()
    number = float(text) if text.replace(".", "", 1).isdigit() else None
    if number is not None and number >= 1 and number.is_integer():
        return int(number)
    if number is not None or _is_empty(kind) or not isinstance(kind, str):
        raise ValueError(
            f"{table}, row {row}: the class is {kind!r}; expected a name, or an id from 1: 0 is background"
        )
    return text
