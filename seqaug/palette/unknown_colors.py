"""Colours that a palette does not have: what they probably are, and the hint that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqaug.palette.builtin import STORED_AS_COLORS, built_in
from seqaug.palette.codes import distinct, pack, unpack
from seqaug.reading.photographs import is_photograph

_DISTANCES = 2**21  # in memory at a time
_SHOWN = 3
_CLOSE = 20  # how far, in RGB, JPEG moves most colours
_MOST_CLOSE = 0.85  # of the pixels of a mask compressed as JPEG at the lowest quality; of photographs, a third
_FLAT = 0.02  # of a mask: an area of one colour, and no border
_MANY = 100  # colours, more than any mask is drawn in


def nearest(colors: NDArray[np.uint8], queries: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Find the nearest of `colors` for each query, by squared Euclidean distance in RGB.

    Args:
        colors: the candidates, shape (n, 3), uint8, n >= 1.
        queries: shape (m, 3), uint8.

    Returns:
        Positions in `colors`, shape (m,), intp; the first one on ties.
    """
    # |c - q|^2 without |q|^2, which is the same for all c. Every term is an integer below 2^24: exact in float32.
    points = colors.astype(np.float32)
    weights = np.vstack([-2 * points.T, (points**2).sum(axis=1)])
    positions = np.empty(len(queries), np.intp)
    step = max(1, _DISTANCES // len(colors))
    for start in range(0, len(queries), step):
        part = queries[start : start + step].astype(np.float32)
        distances = np.column_stack([part, np.ones(len(part), np.float32)]) @ weights
        distances.argmin(axis=1, out=positions[start : start + step])
    return positions


def unknown_colors_message(
    unknown: NDArray[np.uint8],
    num_pixels: int,
    colors: NDArray[np.uint8],
    names: Sequence[str],
    num_classes: int,
    ignore_index: int,
    policy: str = "raise",
) -> str:
    """Say which colours are unknown, how often they occur, which colours are nearest, and what to do.

    Args:
        unknown: the pixels of unknown colours, shape (u, 3), uint8, u >= 1, contiguous.
        num_pixels: the number of pixels of the mask.
        colors: all colours of the palette, (n, 3).
        names: the name of each.
        num_classes: the number of classes.
        ignore_index: the id that unknown="ignore" would give to the pixels.
        policy: the palette's `unknown`.
    """
    found = UnknownColors.of_pixels(unknown, num_pixels, colors)
    shown = [
        f"{_text(color)} in {count} (nearest: {names[position]!r} {_text(found.known[position])})"
        for color, count, position in zip(found.colors, found.counts, found.nearest[:_SHOWN], strict=False)
    ]
    more = f" and {len(found.colors) - _SHOWN} more" if len(found.colors) > _SHOWN else ""
    num_colors = f"{len(found.colors)} colour{'s' * (len(found.colors) > 1)}"
    refused = "" if policy == "raise" else f' (unknown="{policy}" would turn them into arbitrary classes)'
    return (
        f"{len(unknown)} of {num_pixels} pixels ({len(unknown) / num_pixels:.2%}) have {num_colors} that the palette "
        f"does not have{refused}: {', '.join(shown)}{more}; {found.hint(num_classes, ignore_index)}"
    )


def unknown_colors_warning(
    unknown: NDArray[np.uint8], num_pixels: int, colors: NDArray[np.uint8], names: Sequence[str], policy: str
) -> str | None:
    """Say why a palette is probably not the mask's own, although its `unknown` accepts the colours.

    Args:
        unknown: the pixels of unknown colours, (u, 3), uint8, contiguous.
        num_pixels: the number of pixels of the mask.
        colors: all colours of the palette, (n, 3).
        names: the name of each.
        policy: the palette's `unknown`: "nearest" or "ignore".

    Returns:
        None, unless one of the colours covers more of the mask than JPEG or resizing explains.
    """
    found = UnknownColors.of_pixels(unknown, num_pixels, colors)
    flat = np.flatnonzero((found.counts >= _FLAT * num_pixels) & ~are_close(found.colors, found.known))
    if not len(flat):
        return None
    at = int(flat[0])
    color, share = _text(found.colors[at]), f"{found.counts[at] / num_pixels:.1%}"
    if found.is_bgr:
        return (
            f"the palette has the masks' colours with red and blue swapped, such as {color} in {share} of a mask, so "
            f'unknown="{policy}" decides: give its colours, or masks that are arrays, as (r, g, b)'
        )
    if policy == "nearest":
        near = f"{names[found.nearest[at]]!r}, {_text(found.known[found.nearest[at]])}"
        return (
            f'unknown="nearest" turns {color}, {share} of a mask, into {near}, which is far from it: add the colour to '
            "the palette, as a class or as an ignored colour"
        )
    return None


class UnknownColors(NamedTuple):
    """The colours of a mask that its palette does not have.

    Attributes:
        colors: the colours, (u, 3), uint8, the most frequent first.
        counts: the number of pixels of each, (u,).
        nearest: the position of the nearest known colour, (u,).
        known: the palette's colours, (n, 3), uint8.
        num_pixels: the number of pixels of the mask.
    """

    colors: NDArray[np.uint8]
    counts: NDArray[np.intp]
    nearest: NDArray[np.intp]
    known: NDArray[np.uint8]
    num_pixels: int

    @classmethod
    def of_pixels(cls, unknown: NDArray[np.uint8], num_pixels: int, known: NDArray[np.uint8]) -> UnknownColors:
        """Count the pixels of unknown colours, (u, 3), uint8, of a mask of `num_pixels` pixels."""
        codes, counts = np.unique(pack(np.ascontiguousarray(unknown)), return_counts=True)
        by_count = np.argsort(-counts, kind="stable")
        colors = unpack(codes[by_count])
        return cls(colors, counts[by_count], nearest(known, colors), known, num_pixels)

    @property
    def is_bgr(self) -> bool:
        """Whether the palette has all of the colours with red and blue swapped."""
        return bool(np.isin(pack(self.colors[:, ::-1].copy()), pack(self.known)).all())

    def hint(self, num_classes: int, ignore_index: int) -> str:
        """Say what the mask looks like, and what to do."""
        colors, known = self.colors, self.known
        if self.is_bgr:
            return (
                "with red and blue swapped the palette has them all. seqaug reads mask files as RGB: for files, the "
                "palette was written as (b, g, r), so reverse its colours; an array from cv2.imread is BGR, so reverse "
                "its channels with mask[..., ::-1]"
            )
        values = colors[:, 0]
        # Ids may come from a larger set of which the classes are a part, and 255 marks ignored pixels.
        if (colors == values[:, None]).all() and ((values < 2 * num_classes) | (values == 255)).all():
            return "they are dark grey, like pixels that are class ids already: then give palette=None, num_classes=..."
        share_unknown = float(self.counts.sum()) / self.num_pixels
        close = are_close(colors, known)
        share_far = float(self.counts[~close].sum()) / self.num_pixels
        if close.all() or (len(colors) > len(known) and share_far <= 1 - _MOST_CLOSE):
            return (
                "the mask looks compressed as JPEG or resized with interpolation: use the original mask, or give the "
                'palette unknown="nearest"'
            )
        if len(colors) > max(_MANY, len(known)):
            if share_far > 0.5:
                return (
                    "the mask looks like a photograph, most of it far from all colours of the palette: are images and "
                    "masks swapped? If it is a mask compressed as JPEG, the palette is another data set's"
                )
            return (
                "the mask looks compressed as JPEG, and the palette lacks some of its colours: use the original masks, "
                "and list their colours with Palette.infer(folder)"
            )
        names = _built_in_with(colors)
        if names:
            return (
                f"the built-in palette {names[0]!r} has them all: give palette={names[0]!r} if the masks are from that "
                "data set, or add the missing colours to yours"
            )
        if share_unknown > 0.5:
            return (
                "that is most of the mask, so the palette looks like another data set's: Palette.infer(folder) lists "
                "the colours of the masks"
            )
        return (
            f'add the missing colours to the palette, or give it unknown="ignore" to set such pixels to {ignore_index}'
            ", the label that losses skip"
        )


def color_hint(rgb: NDArray[np.uint8]) -> str:
    """Say what the colours of a mask, (H, W, 3), look like when no palette was given."""
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
    return [name for name in STORED_AS_COLORS if np.isin(pack(colors), pack(_all_colors(name))).all()]


def _all_colors(name: str) -> NDArray[np.uint8]:
    return np.array([color for several in built_in(name)[0].values() for color in several], np.uint8)


def are_close(colors: NDArray[np.uint8], known: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which colours, (u, 3), are as close to a known one, (n, 3), as JPEG compression leaves them."""
    offsets = colors.astype(np.int32) - known[nearest(known, colors)]
    close: NDArray[np.bool_] = (offsets**2).sum(axis=1) <= _CLOSE**2
    return close


def _text(color: NDArray[np.uint8]) -> str:
    return f"({', '.join(map(str, color.tolist()))})"
