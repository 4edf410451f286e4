"""Colours that a palette does not know: what they probably are, and the hint that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqaug.palette.builtin import BUILT_IN_NAMES, built_in
from seqaug.palette.codes import distinct, pack, unpack
from seqaug.palette.color_files import Color
from seqaug.reading.photographs import is_photograph

_DISTANCES = 2**21  # held at a time


def nearest(colors: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Find for each wanted colour the nearest of `colors`, by squared Euclidean distance in RGB.

    Args:
        colors: what to choose from, shape (n, 3), uint8, n >= 1.
        wanted: shape (m, 3), uint8.

    Returns:
        Positions in `colors`, shape (m,), intp; of equally near ones the first.
    """
    # |c - w|^2 without |w|^2, which is the same for all c. Every term is an integer below 2^24: exact in float32.
    points = colors.astype(np.float32)
    weights = np.vstack([-2 * points.T, (points**2).sum(axis=1)])
    positions = np.empty(len(wanted), np.intp)
    step = max(1, _DISTANCES // len(colors))
    for start in range(0, len(wanted), step):
        part = wanted[start : start + step].astype(np.float32)
        distances = np.column_stack([part, np.ones(len(part), np.float32)]) @ weights
        distances.argmin(axis=1, out=positions[start : start + step])
    return positions


_SHOWN = 3
_CLOSE = 20  # how far, in RGB, JPEG moves most colours
_MOST_CLOSE = 0.85  # of the pixels of a mask that went through JPEG at the lowest quality; of photographs, a third
_FLAT = 0.02  # of a mask: an area of one colour, and no border
_MANY = 100  # colours, more than a mask is drawn in


def describe_strays(
    strays: NDArray[np.uint8],
    pixels: int,
    colors: Mapping[str, Color],
    num_classes: int,
    ignore_index: int,
    unknown: str = "raise",
) -> str:
    """Tell which colours are unknown, how often they occur, what is near to them, and what to do.

    Args:
        strays: the pixels of unknown colours, shape (u, 3), uint8, u >= 1, contiguous.
        pixels: how many pixels the mask has.
        colors: all colours of the palette.
        num_classes: how many of them are classes.
        ignore_index: what unknown="ignore" would make of the pixels.
        unknown: what the palette does with unknown colours.
    """
    found = Strays.among(strays, pixels, np.array(list(colors.values()), np.uint8))
    names = list(colors)
    shown = [
        f"{_text(color)} in {count} (nearest: {names[position]!r} {_text(found.known[position])})"
        for color, count, position in zip(found.unknown, found.counts, found.near[:_SHOWN], strict=False)
    ]
    more = f" and {len(found.unknown) - _SHOWN} more" if len(found.unknown) > _SHOWN else ""
    distinct = f"{len(found.unknown)} colour{'s' * (len(found.unknown) > 1)}"
    refused = "" if unknown == "raise" else f' (so that unknown="{unknown}" would make classes up)'
    return (
        f"{len(strays)} of {pixels} pixels ({len(strays) / pixels:.2%}) have {distinct} that the palette does not "
        f"have{refused}: {', '.join(shown)}{more}; {found.cure(num_classes, ignore_index)}"
    )


def doubts_about_strays(
    strays: NDArray[np.uint8], pixels: int, colors: Mapping[str, Color], unknown: str
) -> str | None:
    """Say why a palette is probably not that of a mask, though it says what becomes of unknown colours.

    Args:
        strays: the pixels of unknown colours, (u, 3), uint8, contiguous.
        pixels: how many pixels the mask has.
        colors: all colours of the palette.
        unknown: what becomes of them, "nearest" or "ignore".

    Returns:
        None, where none of them takes so much of the mask that neither JPEG nor a resize left it.
    """
    found = Strays.among(strays, pixels, np.array(list(colors.values()), np.uint8))
    flat = np.flatnonzero((found.counts >= _FLAT * pixels) & ~are_close(found.unknown, found.known))
    if not len(flat):
        return None
    at, names = int(flat[0]), list(colors)
    color, share = _text(found.unknown[at]), f"{found.counts[at] / pixels:.1%}"
    if found.is_turned:
        return (
            f"the palette has the masks' colours with red and blue swapped, such as {color} in {share} of a mask, so "
            f'that unknown="{unknown}" decides: give its colours, or masks that are arrays, as (r, g, b)'
        )
    if unknown == "nearest":
        near = f"{names[found.near[at]]!r}, {_text(found.known[found.near[at]])}"
        return (
            f'unknown="nearest" makes {color} in {share} of a mask {near}, which is far from it: add the colour to the '
            "palette, as a class or among those to be ignored"
        )
    return None


class Strays(NamedTuple):
    """The colours of a mask that its palette does not have.

    Attributes:
        unknown: the colours, (u, 3), uint8, the most frequent first.
        counts: how many pixels have each, (u,).
        near: the position of the nearest of the known colours, (u,).
        known: the palette's colours, (n, 3), uint8.
        pixels: how many pixels the mask has.
    """

    unknown: NDArray[np.uint8]
    counts: NDArray[np.intp]
    near: NDArray[np.intp]
    known: NDArray[np.uint8]
    pixels: int

    @classmethod
    def among(cls, strays: NDArray[np.uint8], pixels: int, known: NDArray[np.uint8]) -> Strays:
        """Take the pixels of unknown colours, (u, 3), uint8, of a mask of so many pixels."""
        codes, counts = np.unique(pack(np.ascontiguousarray(strays)), return_counts=True)
        common = np.argsort(-counts, kind="stable")
        unknown = unpack(codes[common])
        return cls(unknown, counts[common], nearest(known, unknown), known, pixels)

    @property
    def is_turned(self) -> bool:
        """Whether the palette has all of the unknown colours with red and blue swapped."""
        return bool(np.isin(pack(self.unknown[:, ::-1].copy()), pack(self.known)).all())

    def cure(self, num_classes: int, ignore_index: int) -> str:
        """Say what it looks like, and what to do."""
        unknown, known = self.unknown, self.known
        if self.is_turned:
            return (
                "with red and blue swapped the palette has them all. Masks that seqaug reads from files are RGB: then "
                "the palette was written as (b, g, r), turn its colours round. An array that cv2.imread gave is BGR: "
                "turn it round with mask[..., ::-1]"
            )
        values = unknown[:, 0]
        # Ids may be of a larger set, of which the classes are a part, and 255 marks what is ignored.
        if (unknown == values[:, None]).all() and ((values < 2 * num_classes) | (values == 255)).all():
            return (
                "they are dark grey, as if the pixels were class ids already: then give palette=None, num_classes=..."
            )
        share_unknown = float(self.counts.sum()) / self.pixels
        close = are_close(unknown, known)
        share_far = float(self.counts[~close].sum()) / self.pixels
        if close.all() or (len(unknown) > len(known) and share_far <= 1 - _MOST_CLOSE):
            return (
                "the mask looks as if it went through JPEG or a smoothing resize: use it as it was drawn, or give the "
                'palette unknown="nearest"'
            )
        if len(unknown) > max(_MANY, len(known)):
            if share_far > 0.5:
                return (
                    "the mask looks like a photograph, most of it far from all colours of the palette: are images and "
                    "masks swapped? If it is a mask that went through JPEG, the palette is another data set's"
                )
            return (
                "the mask looks as if it went through JPEG, and the palette lacks some of its colours: use the masks "
                "as they were drawn, and list their colours with Palette.infer(folder)"
            )
        names = _built_in_with(unknown)
        if names:
            return (
                f"the built-in palette {names[0]!r} has them all: give palette={names[0]!r} if the masks are that data "
                "set's, or add the missing colours to yours"
            )
        if share_unknown > 0.5:
            return (
                "that is most of the mask, so the palette looks like another data set's: Palette.infer(folder) lists "
                "the colours that masks have"
            )
        return (
            f'add the missing colours to the palette, or give it unknown="ignore" to make such pixels {ignore_index}, '
            "the label that losses skip"
        )


def hint_on_colors(rgb: NDArray[np.uint8]) -> str:
    """Say what the colours of a mask, (H, W, 3), are, for which nobody named a palette."""
    if rgb.dtype != np.uint8:
        return "colours are uint8, 0 to 255"
    colors = unpack(distinct(pack(np.ascontiguousarray(rgb).reshape(-1, 3))))
    if is_photograph(rgb):
        return f"with {len(colors)} colours it looks like a photograph: are images and masks swapped?"
    names = _built_in_with(colors)
    if names:
        have = "palettes" if len(names) > 1 else "palette"
        return f"its {len(colors)} colours are all in the built-in {have} {', '.join(map(repr, names))}"
    return f"it has {len(colors)} colours, and Palette.infer(folder) lists those of all masks"


def _built_in_with(colors: NDArray[np.uint8]) -> list[str]:
    known = {name: np.array(list(built_in(name)[0].values()), np.uint8) for name in BUILT_IN_NAMES}
    return [name for name, of_name in known.items() if np.isin(pack(colors), pack(of_name)).all()]


def are_close(colors: NDArray[np.uint8], known: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which colours, (u, 3), are as near to one of the known ones, (n, 3), as JPEG leaves them."""
    offsets = colors.astype(np.int32) - known[nearest(known, colors)]
    close: NDArray[np.bool_] = (offsets**2).sum(axis=1) <= _CLOSE**2
    return close


def _text(color: NDArray[np.uint8]) -> str:
    return f"({', '.join(map(str, color.tolist()))})"
