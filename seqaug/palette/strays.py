"""What to say of pixels whose colour a palette does not have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from seqaug.palette.codes import pack, unpack
from seqaug.palette.csv_file import Color
from seqaug.palette.nearest import nearest

_SHOWN = 3
_CLOSE = 20  # how far, in RGB, JPEG moves most colours


def describe_strays(
    strays: NDArray[np.uint8], pixels: int, colors: Mapping[str, Color], num_classes: int, ignore_index: int
) -> str:
    """Tell which colours are unknown, how often they occur, what is near to them, and what to do.

    Args:
        strays: the pixels of unknown colours, shape (u, 3), uint8, u >= 1, contiguous.
        pixels: how many pixels the mask has.
        colors: all colours of the palette.
        num_classes: how many of them are classes.
        ignore_index: what unknown="ignore" would make of the pixels.
    """
    codes, counts = np.unique(pack(strays), return_counts=True)
    common = np.argsort(-counts, kind="stable")
    unknown, counts = unpack(codes[common]), counts[common]
    names, known = list(colors), np.array(list(colors.values()), np.uint8)
    near = nearest(known, unknown[:_SHOWN])
    shown = [
        f"{_text(color)} in {count} (nearest: {names[position]!r} {_text(known[position])})"
        for color, count, position in zip(unknown, counts, near, strict=False)
    ]
    more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
    found = f"{len(unknown)} colour{'s' * (len(unknown) > 1)}"
    return (
        f"{len(strays)} of {pixels} pixels ({len(strays) / pixels:.2%}) have {found} that the palette does not have: "
        f"{', '.join(shown)}{more}; {cure_for_strays(unknown, known, num_classes, ignore_index)}"
    )


def cure_for_strays(unknown: NDArray[np.uint8], known: NDArray[np.uint8], num_classes: int, ignore_index: int) -> str:
    """Say what to do about unknown colours, (u, 3), beside the known ones, (n, 3)."""
    if np.isin(pack(unknown[:, ::-1].copy()), pack(known)).all():
        return "with red and blue swapped the palette has them all: the mask is BGR, turn it round with mask[..., ::-1]"
    values = unknown[:, 0]
    # Ids may be of a larger set, of which the classes are a part, and 255 marks what is ignored.
    if (unknown == values[:, None]).all() and ((values < 2 * num_classes) | (values == 255)).all():
        return "they are dark grey, as if the pixels were class ids already: then give palette=None, num_classes=..."
    if len(unknown) > len(known) or _all_close(unknown, known):
        return (
            "the mask looks as if it went through JPEG or a smoothing resize: use it as it was drawn, or give the "
            'palette unknown="nearest"'
        )
    return (
        f'add the missing colours to the palette, or give it unknown="ignore" to make such pixels {ignore_index}, the '
        "label that losses skip"
    )


def _all_close(unknown: NDArray[np.uint8], known: NDArray[np.uint8]) -> bool:
    offsets = unknown.astype(np.int32) - known[nearest(known, unknown)]
    return bool(((offsets**2).sum(axis=1) <= _CLOSE**2).all())


def _text(color: NDArray[np.uint8]) -> str:
    return f"({', '.join(map(str, color.tolist()))})"
