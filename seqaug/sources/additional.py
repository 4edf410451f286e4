"""Further arrays of each sample, beside its image and its mask: files or arrays, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

import cv2
import numpy as np

from seqaug.core.user_warnings import warn_user
from seqaug.errors import ReadError
from seqaug.reading.images import read_image
from seqaug.reading.masks import read_mask
from seqaug.reading.sizes import Size, stored_size
from seqaug.reading.windows import Bounds, read_image_window, read_mask_window, stores_windows
from seqaug.sources.arrays import are_arrays, cut
from seqaug.sources.base import CacheKey, ExtendedSample, WindowedSource
from seqaug.sources.cache_keys import FileKeys
from seqaug.sources.discovery.pair_warnings import PairedPaths, order_warnings
from seqaug.sources.files import FilePairs, ImageFiles, as_path_list, size_of
from seqaug.sources.string_table import pack_strings
from seqaug.utils.redaction import shown

Array = np.ndarray[Any, Any]

_LABEL_DTYPES = (np.uint8, np.uint16)
_LARGEST_LABEL = 65_535


class Column(Protocol):
    """One further array of each sample."""

    kind: str
    has_cache_keys: bool

    @property
    def fingerprint(self) -> str:
        """How the arrays are read."""

    def __len__(self) -> int:
        """Count the samples."""

    def __getitem__(self, index: int) -> Any:
        """Return the path or the array, without reading anything."""

    def size(self, index: int) -> Size:
        """Return height and width of the array."""

    def load(self, index: int) -> Array:
        """Load the array."""

    def load_window(self, index: int, bounds: Bounds) -> Array | None:
        """Load what the array has in a window, a copy; None if it can only be loaded whole."""

    def decodes_whole(self, index: int) -> bool:
        """Whether the array must be decoded whole for a window, by its kind alone."""

    def describe(self, index: int) -> str:
        """Name the array for messages."""

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the identity of the array, or None."""


class FileColumn:
    """A file of each sample.

    Args:
        name: the name of the arrays.
        paths: paths or URLs.
        kind: "image": pictures, (H, W, C), at the stored depth; "mask": labels, (H, W); "value" or "value_nearest":
            numbers, (H, W, C), of any dtype.
    """

    has_cache_keys = True

    def __init__(self, name: str, paths: Any, kind: str) -> None:
        self.name = name
        self._are_paired = isinstance(paths, PairedPaths)
        self._paths: Sequence[str] = as_path_list(paths, f"additional[{name!r}]")
        self.kind = kind
        self._keys = FileKeys(len(self._paths))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_paths": pack_strings(self._paths)}

    @property
    def fingerprint(self) -> str:
        """Kind, and OpenCV, whose versions may decode to values that differ by one."""
        return f"{self.name} {self.kind} files OpenCV {cv2.__version__}"

    def pairing_warnings(self, images: Sequence[str]) -> Iterator[str]:
        """Yield why the files look as if they belonged to other images, judging by their paths."""
        if images and not self._are_paired:
            yield from order_warnings(images, self._paths, other=f"additional[{self.name!r}]")

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> str:
        return self._paths[index]

    def size(self, index: int) -> Size:
        """Return height and width, by the file's header if that tells them."""
        return stored_size(self._paths[index]) or size_of(self.load(index))

    def load(self, index: int) -> Array:
        """Read the file."""
        path = self._paths[index]
        if self.kind != "mask":
            return read_image(path, "unchanged", self.name)
        try:
            return as_labels(read_mask(path, self.name))
        except ValueError as error:
            raise ReadError(path, str(error)) from error

    def load_window(self, index: int, bounds: Bounds) -> Array | None:
        """Read a window of the file; None if it can only be read whole."""
        path = self._paths[index]
        if self.kind != "mask":
            return read_image_window(path, bounds, "unchanged")
        pixels = read_mask_window(path, bounds)
        try:
            return None if pixels is None else as_labels(pixels)
        except ValueError as error:
            raise ReadError(path, str(error)) from error

    def decodes_whole(self, index: int) -> bool:
        """Whether the file must be decoded whole for a window."""
        return not stores_windows(self._paths[index])

    def describe(self, index: int) -> str:
        """Name the file."""
        return f"{self.name} {shown(self._paths[index])}"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the file's absolute path with size and time, or its remote state; None if it is missing."""
        return self._keys.of(index, [self._paths[index]])


class ArrayColumn:
    """An array in memory of each sample.

    Args:
        name: the name of the arrays.
        arrays: (N, H, W) or (N, H, W, C), or a sequence of N arrays of any sizes.
        kind: as for `FileColumn`.
    """

    has_cache_keys = False

    def __init__(self, name: str, arrays: Any, kind: str) -> None:
        self.name = name
        self._arrays = arrays
        self.kind = kind

    @property
    def fingerprint(self) -> str:
        """Arrays are used as they are."""
        return f"{self.name} arrays"

    def __len__(self) -> int:
        return len(self._arrays)

    def __getitem__(self, index: int) -> Array:
        pixels: Array = self._arrays[index]
        return pixels

    def size(self, index: int) -> Size:
        """Return height and width."""
        return size_of(self._arrays[index])

    def load(self, index: int) -> Array:
        """Return a view of the array, (H, W) for labels, and (H, W, C) otherwise."""
        return self._shaped(index, np.asarray(self._arrays[index]))

    def load_window(self, index: int, bounds: Bounds) -> Array:
        """Copy what the array has in a window."""
        return self._shaped(index, cut(self._arrays[index], bounds))

    def decodes_whole(self, index: int) -> bool:
        """Return False: arrays are decoded."""
        return False

    def _shaped(self, index: int, pixels: Array) -> Array:
        if self.kind != "mask":
            return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
        try:
            return as_labels(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
        except ValueError as error:
            raise ValueError(f"{self.describe(index)} is {error}") from error

    def describe(self, index: int) -> str:
        """Name the array and the index."""
        return f"additional[{self.name!r}][{index}]"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return None: arrays are decoded, and in memory."""
        return None


class AdditionalSource:
    """A data source with further arrays of each sample.

    Args:
        source: the images, and the masks if there are any.
        columns: the further arrays, as many as samples, by name.
    """

    def __init__(self, source: WindowedSource, columns: Mapping[str, Column]) -> None:
        self.source = source
        self._columns = dict(columns)
        self._parts: list[WindowedSource | Column] = [source, *self._columns.values()]
        self.has_cache_keys = all(part.has_cache_keys for part in self._parts)

    @property
    def columns(self) -> Mapping[str, Column]:
        """The further arrays, by name."""
        return self._columns

    @property
    def fingerprint(self) -> str:
        """How all parts are read."""
        return "; ".join(part.fingerprint for part in self._parts)

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> ExtendedSample:
        sample = self.source[index]
        paths = {name: column[index] for name, column in self._columns.items()}
        return ExtendedSample(sample.image, getattr(sample, "mask", None), paths)

    def sizes(self, index: int) -> dict[str, Size]:
        """Return the heights and widths of the further arrays, by name."""
        return {name: column.size(index) for name, column in self._columns.items()}

    def load(self, index: int) -> Mapping[str, Array]:
        """Load image, mask and further arrays."""
        return {**self.source.load(index), **{name: column.load(index) for name, column in self._columns.items()}}

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the source, and the further arrays."""
        return *self.source.names, *self._columns

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, Array]:
        """Load a window of each array, without those that can only be loaded whole."""
        found = self.source.load_window(index, bounds, names)
        for name in self._named(names):
            pixels = self._columns[name].load_window(index, bounds)
            if pixels is not None:
                found[name] = pixels
        return found

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, Array]:
        """Load the named arrays."""
        own = self._named(names)
        of_source = [name for name in names if name not in own]
        found = self.source.load_whole(index, of_source) if of_source else {}
        return {**found, **{name: self._columns[name].load(index) for name in own}}

    def _named(self, names: Collection[str]) -> list[str]:
        return [name for name in self._columns if name in names]

    def decodes_whole(self, index: int) -> bool:
        """Whether an array must be decoded whole for a window."""
        return any(part.decodes_whole(index) for part in self._parts)

    def load_mask(self, index: int) -> Array:
        """Load only the mask."""
        load_mask: Callable[[int], Array] = self.source.load_mask  # type: ignore[attr-defined]
        return load_mask(index)

    def describe(self, index: int) -> str:
        """Name all parts."""
        return ", ".join(part.describe(index) for part in self._parts)

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the identities of all parts; None if one has none."""
        keys = [part.cache_key(index) for part in self._parts]
        known = [key for key in keys if key is not None]
        if len(known) < len(keys):
            return None
        return CacheKey("\n".join(key.name for key in known), " ".join(key.state for key in known))


def with_additional(source: Any, additional: Mapping[str, Any], kinds: Mapping[str, str]) -> AdditionalSource:
    """Add further arrays to a data source.

    Args:
        source: the images, and the masks if there are any.
        additional: paths or arrays by name.
        kinds: the kind of each, as for `FileColumn`.

    Warns:
        SeqaugWarning: names of files contradict the order of the images.

    Raises:
        TypeError: one of them is neither paths nor arrays.
        ValueError: one of them has another length than the images.
        ImportError, ReadError: URLs cannot be read.
    """
    columns: dict[str, FileColumn | ArrayColumn] = {
        name: (ArrayColumn if are_arrays(values) else FileColumn)(name, values, kinds[name])
        for name, values in additional.items()
    }
    check_lengths(columns, len(source))
    for column in columns.values():
        if isinstance(column, FileColumn) and isinstance(source, FilePairs | ImageFiles):
            for warning in column.pairing_warnings(source.image_paths):
                warn_user(warning)
    return AdditionalSource(source, columns)


def check_lengths(additional: Mapping[str, Any], num_images: int) -> None:
    """Check that there is one of each further array for each image.

    Raises:
        ValueError: one of them has another length.
    """
    for name, values in additional.items():
        if len(values) != num_images:
            raise ValueError(
                f"additional[{name!r}] has {len(values)} items, and there are {num_images} images; expected one for "
                "each image, in the same order"
            )


def as_labels(pixels: Array) -> Array:
    """Return labels, (H, W), as uint8 or uint16, which transforms can move.

    Raises:
        ValueError: they are not integers of one channel from 0 to 65,535.
    """
    if pixels.ndim != 2 or pixels.dtype.kind not in "biu":
        raise ValueError(
            f"{pixels.dtype} of shape {pixels.shape}; expected labels, integers (height, width), of a target of kind "
            '"mask"; pictures are of kind "image", and numbers of kind "value"'
        )
    if pixels.dtype == bool:
        return pixels.view(np.uint8)
    if pixels.dtype in _LABEL_DTYPES:
        return pixels
    if pixels.size and not (pixels.min() >= 0 and pixels.max() <= _LARGEST_LABEL):
        raise ValueError(
            f"{pixels.dtype} from {pixels.min()} to {pixels.max()}; expected labels from 0 to {_LARGEST_LABEL} of a "
            'target of kind "mask"; other whole numbers, such as instance ids, are of kind "value_nearest"'
        )
    return pixels.astype(np.uint16)
