"""The palette: which colour is which class."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqaug.errors import UnknownColorError
from seqaug.palette.builtin import built_in
from seqaug.palette.codes import distinct, pack, unpack
from seqaug.palette.color_files import Color, read_color_csv, read_png_colors
from seqaug.palette.infer import infer_colors
from seqaug.palette.lookup import ColorLookup
from seqaug.palette.unknown_colors import are_close, nearest, unknown_colors_message, unknown_colors_warning
from seqaug.palette.validation import checked_colors, checked_ignore, checked_ignore_index, checked_unknown

_BLACK = (0, 0, 0)
_SHOWN = 4
_SAMPLED = 4096  # pixels of unknown colours, evenly spaced, that decide whether a mask matches the palette
_BLOCK = 2**18  # pixels of unknown colours at a time: bounds the memory that a photograph takes


class Palette:
    """Maps the colours of masks to class ids. Immutable.

    Args:
        colors: (red, green, blue), each 0 to 255, by name; or a list of several such colours, which are one class:
            `{"vehicle": [(0, 0, 142), (0, 0, 70)], ...}`. Classes have the ids 0, 1, ... in this order.
        ignore: names that are not classes and have no id: pixels of their colours become the ignore index.
        unknown: what pixels of any other colour become. "raise": an error; "ignore": the ignore index; "nearest":
            the class of the nearest colour, by Euclidean distance in RGB, the first one on ties.

    Raises:
        TypeError: `colors` is not a mapping, a name is not a string, or `ignore` is a string.
        ValueError: there are no names or more than 65,536, a colour is not three integers from 0 to 255, two are equal,
            `ignore` has a name that `colors` does not have, no class is left, or `unknown` is none of these.
    """

    __slots__ = ("_all", "_colors", "_ignored", "_known", "_known_ids", "_known_names", "_lookup", "_names", "_unknown")

    def __init__(
        self, colors: Mapping[str, Color | Sequence[Color]], ignore: Iterable[str] = (), unknown: str = "raise"
    ) -> None:
        self._all = checked_colors(colors)
        ignored = checked_ignore(ignore, self._all)
        self._names = tuple(name for name in self._all if name not in ignored)
        self._unknown = checked_unknown(unknown, len(self._names))
        self._ignored = MappingProxyType({name: several[0] for name, several in self._all.items() if name in ignored})
        # All colours, ignored ones included: each with the name that it belongs to, and its id, or -1.
        self._known_names = [name for name, several in self._all.items() for _ in several]
        self._known = np.array([color for several in self._all.values() for color in several], np.uint8)
        ids = {name: number for number, name in enumerate(self._names)}
        self._known_ids = np.array([ids.get(name, -1) for name in self._known_names])
        self._colors: NDArray[np.uint8] = np.array([self._all[name][0] for name in self._names], np.uint8)
        self._colors.flags.writeable = False
        self._lookup: ColorLookup | None = None

    @classmethod
    def named(cls, name: str) -> Palette:
        """Get the palette of a well-known dataset.

        Args:
            name: "ade20k" (150 classes of SceneParse150; black is ignored), "binary" (black background, white
                foreground), "camvid" (the 11 classes of SegNet's version; Void is ignored), "camvid32" (the 32 colours
                of the original masks, merged into the same 11 classes as by SegNet, Badrinarayanan et al. 2017),
                "cityscapes" (19 training classes; the other labels are ignored), "coco_stuff" (171 classes, whose
                colours are ours), "oxford_pets" (background and pet; the border, grey, is ignored; colours are ours)
                or "voc" (21 classes; void, which marks borders, is ignored). ADE20K's public table gives road and
                skyscraper one colour, (140, 140, 140): here it is the road's, and skyscraper is (0, 0, 120).

        Raises:
            ValueError: there is no such palette.
        """
        return cls(*built_in(name))

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str], ignore: Iterable[str] = (), unknown: str = "raise") -> Palette:
        """Read a palette from a CSV file with the columns name, r, g and b, a line for each colour in id order.

        Lines of one name are colours of one class, whose place is that of the first. `path` may be a URL. The first
        line of the file names the columns, in any order; further columns are skipped.

        Raises:
            ReadError: the file is missing, or a line of it is wrong.
            ValueError: as for `Palette`.
        """
        return cls(read_color_csv(path), ignore, unknown)

    @classmethod
    def from_png(cls, path: str | os.PathLike[str], ignore: Iterable[str] = (), unknown: str = "raise") -> Palette:
        """Read a palette from the colour table of an indexed PNG.

        The names are "class_0", "class_1", ... after the index, which is also the id if `ignore` names only the last
        entries. Entries at the end that repeat an earlier colour are padding and left out. `path` may be a URL.

        Raises:
            ReadError: the file is missing, is not an indexed PNG, or has a colour twice before the padding.
            ValueError: as for `Palette`.
        """
        return cls(read_png_colors(path), ignore, unknown)

    @classmethod
    def infer(
        cls,
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        ignore: Iterable[str] = (),
        unknown: str = "raise",
        max_colors: int = 256,
    ) -> Palette:
        """Infer a palette from the colours of mask files.

        The names are "class_128_64_128" after red, green and blue. Ids are ordered by red, then green, then blue,
        whatever the order of the files: black, where it occurs, is class 0.

        Args:
            paths: mask files, or a directory whose image files at any depth are read; or URLs of these.
            ignore: names that are not classes.
            unknown: what pixels of colours that none of the files has become; see `Palette`.
            max_colors: the most colours that all masks together may have.

        Raises:
            ReadError: a file cannot be read.
            ValueError: there are no files or too many colours; as for `Palette`.
        """
        return cls(infer_colors(paths, max_colors), ignore, unknown)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, in id order."""
        return self._names

    @property
    def colors(self) -> NDArray[np.uint8]:
        """The colours of the classes, of several the first, as RGB, in id order, shape (K, 3), uint8, read-only."""
        return self._colors

    @property
    def ignored(self) -> Mapping[str, Color]:
        """The ignored colours, of several the first, by name, read-only."""
        return self._ignored

    @property
    def all_colors(self) -> Mapping[str, tuple[Color, ...]]:
        """All colours of each name, ignored names included, in the order given, read-only."""
        return MappingProxyType(self._all)

    @property
    def unknown(self) -> str:
        """What pixels of other colours become: "raise", "ignore" or "nearest"."""
        return self._unknown

    @property
    def ignore_index(self) -> int:
        """The default id of ignored pixels: 255, or 65535 where 255 is a class."""
        return 255 if len(self) <= 255 else 65_535

    @property
    def has_ignored(self) -> bool:
        """Whether `encode` may set pixels to the ignore index."""
        return bool(self._ignored) or self._unknown == "ignore"

    def encode(self, rgb: NDArray[np.uint8], ignore_index: int | None = None) -> NDArray[Any]:
        """Convert colours to class ids.

        Args:
            rgb: the pixels of a mask, shape (..., 3), uint8.
            ignore_index: the id of ignored pixels, 0 to 65535 and not a class; None: the palette's `ignore_index`.

        Returns:
            Ids, shape (...): uint8 if it holds all classes, and the ignore index where the palette has ignored
            colours; else uint16.

        Raises:
            UnknownColorError: a pixel has a colour that the palette does not have, and `unknown` is "raise".
            TypeError: `ignore_index` is not an integer.
            ValueError: `rgb` has another shape or dtype, or `ignore_index` is out of range or a class.
        """
        return self._encode(rgb, ignore_index, is_checked=False)

    def encode_mask(self, rgb: NDArray[np.uint8], ignore_index: int | None = None) -> NDArray[Any]:
        """Convert the colours of a mask to class ids, as `encode` does, but refuse masks of another palette.

        With `unknown="nearest"`, half of the pixels must be within 20 of a colour of the palette, by Euclidean distance
        in RGB. Of a mask compressed as JPEG, 88 % and more are, down to quality 10; of a photograph, up to 33 %
        (CamVid, with five palettes).

        Raises:
            UnknownColorError: fewer are; or as for `encode`.
            TypeError, ValueError: as for `encode`.
        """
        return self._encode(rgb, ignore_index, is_checked=True)

    def unknown_share(self, rgb: NDArray[np.uint8]) -> float:
        """Return the share of pixels, (..., 3), uint8, whose colour the palette does not have."""
        return len(self._unknown_pixels(rgb)) / max(rgb.size // 3, 1)

    def unknown_warning(self, rgb: NDArray[np.uint8]) -> str | None:
        """Say why a mask, (..., 3), uint8, is probably of another palette, although `unknown` accepts it; or None."""
        return unknown_colors_warning(
            self._unknown_pixels(rgb), rgb.size // 3, self._known, self._known_names, self._unknown
        )

    def _unknown_pixels(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        pixels = np.ascontiguousarray(rgb).reshape(-1, 3)
        values = np.zeros(len(self._known), np.uint8)
        return pixels[ColorLookup(self._known).translate(pixels, values, np.empty(len(pixels), np.uint8))]

    def _encode(self, rgb: NDArray[np.uint8], ignore_index: int | None, *, is_checked: bool) -> NDArray[Any]:
        ignored = self._checked_ignore_index(ignore_index)
        rgb = np.asarray(rgb)
        _check_rgb(rgb)
        highest = max(len(self) - 1, ignored if self.has_ignored else 0)
        ids = np.empty(rgb.shape[:-1], np.uint8 if highest <= 255 else np.uint16)
        values = self._values(ignored, ids.dtype)
        if self._lookup is None:
            # Two threads may both get here: they build equal tables, and either one is kept.
            self._lookup = ColorLookup(self._known)
        pixels, flat = np.ascontiguousarray(rgb).reshape(-1, 3), ids.reshape(-1)
        unmatched = self._lookup.translate(pixels, values, flat)
        if len(unmatched):
            unknown = pixels[unmatched]
            if self._unknown == "raise" or (
                is_checked and self._unknown == "nearest" and self._is_mostly_far(unknown, ids.size)
            ):
                raise UnknownColorError(
                    unknown_colors_message(
                        unknown, len(pixels), self._known, self._known_names, len(self), ignored, self._unknown
                    )
                )
            flat[unmatched] = self._unknown_ids(unknown, values, ignored)
        return ids

    def _is_mostly_far(self, unknown: NDArray[np.uint8], num_pixels: int) -> bool:
        """Tell whether most pixels of a mask have colours far from all colours of the palette."""
        if 2 * len(unknown) <= num_pixels:
            return False
        sampled = np.ascontiguousarray(unknown[:: -(-len(unknown) // _SAMPLED)])
        far = len(unknown) * float(1 - are_close(sampled, self._known).mean())
        return 2 * far > num_pixels

    def decode(self, ids: NDArray[Any], ignore_index: int | None = None) -> NDArray[np.uint8]:
        """Convert class ids to colours, of several the first.

        Args:
            ids: any shape, any integer dtype.
            ignore_index: the id of ignored pixels; None: the palette's `ignore_index`. They get the first ignored
                colour, or black if the palette has none.

        Returns:
            RGB, shape (..., 3), uint8.

        Raises:
            TypeError: `ignore_index` is not an integer.
            ValueError: `ids` are not integers, an id is neither a class nor the ignore index, or `ignore_index` is
                out of range or a class.
        """
        ignored = self._checked_ignore_index(ignore_index)
        ids = np.asarray(ids)
        if ids.dtype.kind not in "biu":
            raise ValueError(
                f"the ids are {ids.dtype}; expected integers (of a model's scores, the ids are scores.argmax(axis=-1))"
            )
        flat = ids.reshape(-1)
        is_class = (flat >= 0) & (flat < len(self))
        wrong = ~is_class & (flat != ignored)
        if wrong.any():
            label = flat[wrong][0]
            raise ValueError(
                f"the id {label} in {int((flat == label).sum())} of {flat.size} pixels is not a class; expected 0 to "
                f"{len(self) - 1}, or {ignored} where ignored; if {label} marks ignored pixels, give "
                f"ignore_index={label}"
            )
        color_of_ignored = next(iter(self._ignored.values()), _BLACK)
        codes = pack(np.vstack([self._colors, np.array([color_of_ignored], np.uint8)]))
        positions = np.where(is_class, flat.astype(np.intp), len(self))
        return unpack(codes[positions]).reshape(*ids.shape, 3)

    def _checked_ignore_index(self, ignore_index: int | None) -> int:
        if ignore_index is None:
            return self.ignore_index
        return checked_ignore_index(ignore_index, self._names, self.has_ignored)

    def _values(self, ignore_index: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """The ids of all colours, ignored ones included, in the order given."""
        return np.where(self._known_ids < 0, ignore_index, self._known_ids).astype(dtype)

    def _unknown_ids(self, unknown: NDArray[np.uint8], values: NDArray[Any], ignore_index: int) -> NDArray[Any]:
        ids = np.full(len(unknown), ignore_index if self._unknown == "ignore" else 0, values.dtype)
        if self._unknown == "nearest":
            for start in range(0, len(unknown), _BLOCK):
                block = unknown[start : start + _BLOCK]
                # Compare distinct colours only; then look each pixel up among these, as among the palette's.
                colors = unpack(distinct(pack(block)))
                near = values[nearest(self._known, colors)]
                ColorLookup(colors).translate(block, near, ids[start : start + _BLOCK])
        return ids

    def __len__(self) -> int:
        return len(self._names)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Palette) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return tuple(self._all.items()), tuple(self._ignored), self._unknown

    def __reduce__(self) -> tuple[type[Palette], tuple[object, ...]]:
        return type(self), (self._all, tuple(self._ignored), self._unknown)

    def __repr__(self) -> str:
        items = [
            f"{name!r}: {several[0] if len(several) == 1 else list(several)}"
            for name, several in list(self._all.items())[:_SHOWN]
        ]
        more = [f"... {len(self._all) - _SHOWN} more"] if len(self._all) > _SHOWN else []
        return f"Palette({{{', '.join(items + more)}}}, ignore={tuple(self._ignored)}, unknown={self._unknown!r})"


def _check_rgb(rgb: NDArray[Any]) -> None:
    if rgb.ndim and rgb.shape[-1] == 3 and rgb.dtype == np.uint8:
        return
    if rgb.ndim > 2 and rgb.shape[-1] == 4:
        hint = "drop the alpha channel: rgb[..., :3]"
    elif rgb.ndim and rgb.shape[-1] == 3:
        hint = "colours are integers, 0 to 255: if these are, convert them with .astype(np.uint8)"
    else:
        hint = "a mask of one channel holds ids already, or was read as grayscale: read it in colour"
    raise ValueError(f"the mask is {rgb.dtype} of shape {rgb.shape}; expected uint8 of shape (..., 3), RGB; {hint}")
