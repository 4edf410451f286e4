"""Test-time augmentation by the symmetries of the square, and its exact inverse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

SymmetryName = Literal[
    "identity",
    "horizontal_flip",
    "vertical_flip",
    "rotate_90",
    "rotate_180",
    "rotate_270",
    "transpose",
    "anti_transpose",
]
Augmentations = Literal["flips", "d4"] | SymmetryName | Sequence[SymmetryName]


class Symmetry(NamedTuple):
    """One of the eight symmetries: a transposition, then a flip of the rows, then one of the columns.

    Attributes:
        transposes: whether rows and columns change places.
        flips_rows: whether the result is upside down.
        flips_columns: whether the result is mirrored left to right.
    """

    transposes: bool = False
    flips_rows: bool = False
    flips_columns: bool = False

    @property
    def mirrors(self) -> bool:
        """Whether no rotation does the same."""
        return (self.transposes + self.flips_rows + self.flips_columns) % 2 == 1

    def apply(self, pixels: Array) -> Array:
        """Return a view of pixels, (H, W, ...), seen this way."""
        turned = pixels.swapaxes(0, 1) if self.transposes else pixels
        return self._flipped(turned)

    def undo(self, pixels: Array) -> Array:
        """Return a view of the pixels that `apply` was given."""
        flipped = self._flipped(pixels)
        return flipped.swapaxes(0, 1) if self.transposes else flipped

    def _flipped(self, pixels: Array) -> Array:
        return pixels[:: -1 if self.flips_rows else 1, :: -1 if self.flips_columns else 1]


SYMMETRIES = {
    "identity": Symmetry(),
    "horizontal_flip": Symmetry(flips_columns=True),
    "vertical_flip": Symmetry(flips_rows=True),
    "rotate_180": Symmetry(flips_rows=True, flips_columns=True),
    "transpose": Symmetry(transposes=True),
    "rotate_90": Symmetry(transposes=True, flips_rows=True),  # counterclockwise, as np.rot90
    "rotate_270": Symmetry(transposes=True, flips_columns=True),
    "anti_transpose": Symmetry(transposes=True, flips_rows=True, flips_columns=True),
}
_GROUPS = {"flips": list(SYMMETRIES)[:4], "d4": list(SYMMETRIES)}


def symmetries(augmentations: Any) -> list[Symmetry]:
    """Resolve the argument `augmentations`.

    Args:
        augmentations: None; "flips": the four without transposition; "d4": all eight; or a list of names in
            `SYMMETRIES`. The image as it is is always among them.

    Raises:
        TypeError: neither a name nor a list.
        ValueError: an unknown name.
    """
    names: list[Any] = []
    if isinstance(augmentations, str):
        names = _GROUPS.get(augmentations, [augmentations])
    elif isinstance(augmentations, Iterable):
        names = list(augmentations)
    elif augmentations is not None:
        raise TypeError(f"augmentations={augmentations!r}; expected None, {_expected()}")
    unknown = [name for name in names if name not in SYMMETRIES]
    if unknown:
        raise ValueError(f"augmentations has {unknown[0]!r}; expected {_expected()}")
    return [SYMMETRIES[name] for name in dict.fromkeys(["identity", *names])]


def _expected() -> str:
    return f'"flips", "d4", or a list of {", ".join(map(repr, SYMMETRIES))}'
