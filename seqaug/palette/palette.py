"""`Palette`: the classes of mask colours."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
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
from seqaug.palette.unknown_colors import are_close, describe_strays, doubts_about_strays, nearest
from seqaug.palette.validation import checked_colors, checked_ignore, checked_ignore_index, checked_unknown

_BLACK = (0, 0, 0)
_SHOWN = 4
_LOOKED_AT = 4096  # pixels of unknown colours, evenly spread, for whether a mask is the palette's
_BLOCK = 2**18  # pixels of unknown colours at a time: bounds the memory that a photograph takes


class Palette:
    """Maps the colours of masks to classes. Immutable.

    Args:
        colors: (red, green, blue), each 0 to 255, by name. Class ids are 0, 1, ... in this order.
        ignore: names that are not classes and have no id: their pixels become the ignore index.
        unknown: treatment of pixels of any other colour. "raise": an error. "ignore": the ignore index. "nearest": as
            the nearest colour, by Euclidean distance in RGB; among equally near ones, the first.

    Raises:
        TypeError: `colors` is not a mapping, a name is not a string, or `ignore` is a string.
        ValueError: there are no colours or more than 65,536; a colour is not three integers from 0 to 255; two are
            equal; `ignore` names an unknown colour; no class is left; or `unknown` is none of these.
    """

    __slots__ = ("_all", "_all_colors", "_colors", "_ignored", "_is_class", "_lookup", "_names", "_unknown")

    def __init__(self, colors: Mapping[str, Color], ignore: Iterable[str] = (), unknown: str = "raise") -> None:
        self._all = checked_colors(colors)
        ignored = checked_ignore(ignore, self._all)
        self._names = tuple(name for name in self._all if name not in ignored)
        self._unknown = checked_unknown(unknown, len(self._names))
        self._ignored = MappingProxyType({name: color for name, color in self._all.items() if name in ignored})
        self._all_colors = np.array(list(self._all.values()), np.uint8)
        self._is_class = np.array([name not in ignored for name in self._all])
        self._colors: NDArray[np.uint8] = self._all_colors[self._is_class]
        self._colors.flags.writeable = False
        self._lookup: ColorLookup | None = None

    @classmethod
    def named(cls, name: str) -> Palette:
        """Return the palette of a well-known data set.

        Args:
            name: "ade20k" (150 classes of SceneParse150; black is ignored), "binary" (black background, white
                foreground), "camvid" (11 classes; Void is ignored), "cityscapes" (19 training classes; the other labels
                are ignored) or "voc" (21 classes; void, the object borders, is ignored). ADE20K's public table gives
                road and skyscraper the same colour, (140, 140, 140): here it is road, and skyscraper is (0, 0, 120).

        Raises:
            ValueError: there is no such palette.
        """
        return cls(*built_in(name))

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str], ignore: Iterable[str] = (), unknown: str = "raise") -> Palette:
        """Read a palette from a CSV file with the columns name, r, g and b, one line per colour, in id order.

        `path` may be a URL. The first line names the columns, in any order; other columns are ignored.

        Raises:
            ReadError: the file is missing, or one of its lines is invalid.
            ValueError: as for `Palette`.
        """
        return cls(read_color_csv(path), ignore, unknown)

    @classmethod
    def from_png(cls, path: str | os.PathLike[str], ignore: Iterable[str] = (), unknown: str = "raise") -> Palette:
        """Read a palette from the colour table of an indexed PNG.

        Names are "class_0", "class_1", ... by index; the index is also the class id, unless `ignore` holds other than
        the last ones. Trailing entries that repeat an earlier colour are padding and dropped. `path` may be a URL.

        Raises:
            ReadError: the file is missing, is not an indexed PNG, or repeats a colour before the padding.
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
        """Build a palette from the colours that occur in masks.

        Names are "class_128_64_128", from red, green and blue. Ids are sorted by red, then green, then blue, whatever
        the order of the files: black, if present, is class 0.

        Args:
            paths: mask files; or a directory, whose image files are read at any depth; or URLs of these.
            ignore: names that are not classes.
            unknown: treatment of colours that occur in none of the files; see `Palette`.
            max_colors: maximum number of colours in all masks together.

        Raises:
            ReadError: a file cannot be read.
            ValueError: there are no files or too many colours; or as for `Palette`.
        """
        return cls(infer_colors(paths, max_colors), ignore, unknown)

    @property
    def names(self) -> tuple[str, ...]:
        """Class names, in id order."""
        return self._names

    @property
    def colors(self) -> NDArray[np.uint8]:
        """Class colours as RGB, in id order, (K, 3), uint8, read-only."""
        return self._colors

    @property
    def ignored(self) -> Mapping[str, Color]:
        """Colours that are not classes, by name, read-only."""
        return self._ignored

    @property
    def unknown(self) -> str:
        """Treatment of pixels of other colours: "raise", "ignore" or "nearest"."""
        return self._unknown

    @property
    def ignore_index(self) -> int:
        """Default id of ignored pixels: 255, or 65535 if there are more than 255 classes."""
        return 255 if len(self) <= 255 else 65_535

    @property
    def has_ignored(self) -> bool:
        """Whether `encode` may turn pixels into the ignore index."""
        return bool(self._ignored) or self._unknown == "ignore"

    def encode(self, rgb: NDArray[np.uint8], ignore_index: int | None = None) -> NDArray[Any]:
        """Convert colours to class ids.

        Args:
            rgb: pixels of a mask, (..., 3), uint8.
            ignore_index: id of ignored pixels, 0 to 65535 and not a class; None: the palette's `ignore_index`.

        Returns:
            Ids, (...): uint8 if the classes, and the ignore index of a palette with ignored colours, fit into it, else
            uint16.

        Raises:
            UnknownColorError: a pixel has a colour that is not in the palette, and `unknown` is "raise".
            TypeError: `ignore_index` is not an integer.
            ValueError: `rgb` has another shape or dtype, or `ignore_index` is out of range or a class.
        """
        return self._encode(rgb, ignore_index, is_checked=False)

    def encode_mask(self, rgb: NDArray[np.uint8], ignore_index: int | None = None) -> NDArray[Any]:
        """Convert the colours of a mask to class ids, like `encode`, if the mask belongs to this palette.

        With `unknown="nearest"`, half of the pixels must lie within 20 of a colour of the palette, by Euclidean
        distance in RGB. In masks that went through JPEG, 88 % and more do, down to quality 10; in photographs, up to
        33 % (CamVid, five palettes).

        Raises:
            UnknownColorError: fewer pixels do; or as for `encode`.
            TypeError, ValueError: as for `encode`.
        """
        return self._encode(rgb, ignore_index, is_checked=True)

    def unknown_share(self, rgb: NDArray[np.uint8]) -> float:
        """Return the share of pixels, (..., 3), uint8, whose colour is not in the palette."""
        return len(self._strays(rgb)) / max(rgb.size // 3, 1)

    def doubts(self, rgb: NDArray[np.uint8]) -> str | None:
        """Return why a mask, (..., 3), uint8, probably belongs to another palette; None if it does not.

        It is of use where `unknown` accepts colours that the palette lacks.
        """
        return doubts_about_strays(self._strays(rgb), rgb.size // 3, self._all, self._unknown)

    def _strays(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        pixels = np.ascontiguousarray(rgb).reshape(-1, 3)
        values = np.zeros(len(self._all), np.uint8)
        return pixels[ColorLookup(self._all_colors).translate(pixels, values, np.empty(len(pixels), np.uint8))]

    def _encode(self, rgb: NDArray[np.uint8], ignore_index: int | None, *, is_checked: bool) -> NDArray[Any]:
        ignored = self._checked_ignore_index(ignore_index)
        rgb = np.asarray(rgb)
        _check_rgb(rgb)
        highest = max(len(self) - 1, ignored if self.has_ignored else 0)
        ids = np.empty(rgb.shape[:-1], np.uint8 if highest <= 255 else np.uint16)
        values = self._values(ignored, ids.dtype)
        if self._lookup is None:
            # Two threads may both get here. They build the same, and either may stay.
            self._lookup = ColorLookup(self._all_colors)
        pixels, flat = np.ascontiguousarray(rgb).reshape(-1, 3), ids.reshape(-1)
        strays = self._lookup.translate(pixels, values, flat)
        if len(strays):
            unknown = pixels[strays]
            if self._unknown == "raise" or (
                is_checked and self._unknown == "nearest" and self._is_foreign(unknown, ids)
            ):
                raise UnknownColorError(
                    describe_strays(unknown, len(pixels), self._all, len(self), ignored, self._unknown)
                )
            flat[strays] = self._stray_ids(unknown, values, ignored)
        return ids

    def _is_foreign(self, strays: NDArray[np.uint8], ids: NDArray[Any]) -> bool:
        """Tell whether most pixels of a mask have colours that are far from all of the palette."""
        if 2 * len(strays) <= ids.size:
            return False
        some = np.ascontiguousarray(strays[:: -(-len(strays) // _LOOKED_AT)])
        far = len(strays) * float(1 - are_close(some, self._all_colors).mean())
        return 2 * far > ids.size

    def decode(self, ids: NDArray[Any], ignore_index: int | None = None) -> NDArray[np.uint8]:
        """Convert class ids to colours.

        Args:
            ids: integers of any shape and dtype.
            ignore_index: id of ignored pixels; None: the palette's `ignore_index`. They get the first ignored colour,
                or black if the palette has none.

        Returns:
            RGB, (..., 3), uint8.

        Raises:
            TypeError: `ignore_index` is not an integer.
            ValueError: `ids` are not integers, an id is neither a class nor the ignore index, or `ignore_index` is out
                of range or a class.
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
            stray = flat[wrong][0]
            raise ValueError(
                f"the id {stray} in {int((flat == stray).sum())} of {flat.size} pixels is no class; expected 0 to "
                f"{len(self) - 1}, or {ignored} where ignored; if {stray} marks ignored pixels, give "
                f"ignore_index={stray}"
            )
        color_of_ignored = next(iter(self._ignored.values()), _BLACK)
        codes = pack(np.vstack([self._colors, np.array([color_of_ignored], np.uint8)]))
        places = np.where(is_class, flat.astype(np.intp), len(self))
        return unpack(codes[places]).reshape(*ids.shape, 3)

    def _checked_ignore_index(self, ignore_index: int | None) -> int:
        if ignore_index is None:
            return self.ignore_index
        return checked_ignore_index(ignore_index, self._names, self.has_ignored)

    def _values(self, ignore_index: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """The ids of all colours, in the order given."""
        values = np.full(len(self._all), ignore_index if self._ignored else 0, dtype)
        values[self._is_class] = np.arange(len(self))
        return values

    def _stray_ids(self, strays: NDArray[np.uint8], values: NDArray[Any], ignore_index: int) -> NDArray[Any]:
        ids = np.full(len(strays), ignore_index if self._unknown == "ignore" else 0, values.dtype)
        if self._unknown == "nearest":
            for start in range(0, len(strays), _BLOCK):
                block = strays[start : start + _BLOCK]
                # Only distinct colours are compared; then they are a list of colours to look up, as the palette's are.
                colors = unpack(distinct(pack(block)))
                near = values[nearest(self._all_colors, colors)]
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
        items = [f"{name!r}: {color}" for name, color in list(self._all.items())[:_SHOWN]]
        more = [f"... {len(self._all) - _SHOWN} more"] if len(self._all) > _SHOWN else []
        return f"Palette({{{', '.join(items + more)}}}, ignore={tuple(self._ignored)}, unknown={self._unknown!r})"


def _check_rgb(rgb: NDArray[Any]) -> None:
    if rgb.ndim and rgb.shape[-1] == 3 and rgb.dtype == np.uint8:
        return
    if rgb.ndim > 2 and rgb.shape[-1] == 4:
        cure = "leave the alpha channel out: rgb[..., :3]"
    elif rgb.ndim and rgb.shape[-1] == 3:
        cure = "colours are integers, 0 to 255: convert with .astype(np.uint8) where they are"
    else:
        cure = "a mask of one channel holds ids already, or was read as grey: read it in colour"
    raise ValueError(f"the mask is {rgb.dtype} of shape {rgb.shape}; expected uint8 of shape (..., 3), RGB; {cure}")
