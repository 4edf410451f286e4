"""Masks of which each class has a file or an array of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from seqaug.core.user_warnings import warn_user
from seqaug.errors import ReadError
from seqaug.reading.masks import read_mask
from seqaug.reading.readers import BUILT_IN, Readers, read_with
from seqaug.reading.sizes import Size, stored_size
from seqaug.reading.windows import Bounds, read_mask_window, stores_windows
from seqaug.sources.arrays import are_arrays, cut
from seqaug.sources.base import CacheKey, Sample
from seqaug.sources.cache_keys import FileKeys
from seqaug.sources.discovery.pair_warnings import PairedPaths, order_warnings
from seqaug.sources.files import ImageFiles, as_path_list, size_of
from seqaug.sources.string_table import pack_strings
from seqaug.utils.redaction import shown

Array = np.ndarray[Any, Any]

BACKGROUND = "background"


def names_of_classes(masks: Mapping[str, Any]) -> list[str]:
    """Return the classes of one label a pixel: "background", where no mask is set, and those of the masks in order."""
    names = list(masks)
    return names if names[0] == BACKGROUND else [BACKGROUND, *names]


def painted(planes: Array, first: int) -> Array:
    """Give each pixel the last class that it is inside of, else 0.

    Args:
        planes: (H, W, K) bool.
        first: id of the first class.

    Returns:
        (H, W), uint8, or uint16 where ids do not fit.
    """
    ids = np.zeros(planes.shape[:2], np.uint8 if planes.shape[2] + first <= 256 else np.uint16)
    for number in range(planes.shape[2]):
        ids[planes[..., number]] = number + first
    return ids


class ClassMaskFiles:
    """Images in files, and for each class a mask file, or None where a sample has none of it.

    Args:
        images: paths or URLs of the images.
        masks: as many paths, URLs or None, by the names of the classes.
        one_label: whether masks become one label a pixel, later classes over earlier ones; else (H, W, K) bool.
        color_mode: how images are read.
        readers: functions in the place of the built-in readers.

    Raises:
        TypeError: an item is not a path.
        ValueError: lists differ in length.
    """

    has_cache_keys = True

    def __init__(
        self,
        images: Any,
        masks: Mapping[str, Any],
        *,
        one_label: bool,
        color_mode: str,
        readers: Readers = BUILT_IN,
    ) -> None:
        self._images = ImageFiles(images, color_mode=color_mode, readers=readers)
        self._names = list(masks)
        self._paths: list[Sequence[str]] = []
        for name, paths in masks.items():
            if isinstance(paths, str):
                as_path_list(paths, f"masks[{name!r}]")
            given = ["" if path is None else path for path in paths]
            self._paths.append(as_path_list(given, f"masks[{name!r}]"))
            check_length(name, len(given), len(self._images))
        self._are_paired = [isinstance(paths, PairedPaths) for paths in masks.values()]
        self._first = first_id(self._names)
        self._one_label = one_label
        self._readers = readers
        self._keys = FileKeys(len(self._images))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_paths": [pack_strings(paths) for paths in self._paths]}

    @property
    def fingerprint(self) -> str:
        """How images are read, the classes, and how they are put together."""
        return f"{self._images.fingerprint} masks of {self._names} {'ids' if self._one_label else 'planes'}"

    @property
    def image_files(self) -> ImageFiles:
        """The images."""
        return self._images

    @property
    def image_paths(self) -> Sequence[str]:
        """The paths of the images."""
        return self._images.image_paths

    @property
    def class_names(self) -> list[str]:
        """The classes that have masks, in their order."""
        return list(self._names)

    def pairing_warnings(self) -> Iterator[str]:
        """Yield which masks look as if they belonged to other images, judging by their paths."""
        for name, paths, are_paired in zip(self._names, self._paths, self._are_paired, strict=True):
            if not are_paired and any(paths):
                present = [(image, path) for image, path in zip(self.image_paths, paths, strict=True) if path]
                yield from order_warnings(*map(list, zip(*present, strict=True)), other=f"masks[{name!r}]")

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        return Sample(self._images[index].image, {name: path or None for name, path in self._named(index)})

    def _named(self, index: int) -> list[tuple[str, str]]:
        return [(name, paths[index]) for name, paths in zip(self._names, self._paths, strict=True)]

    def load(self, index: int) -> Mapping[str, Array]:
        """Read the image and the masks."""
        image = self._images.load(index)["image"]
        return {"image": image, "mask": self._joined(self._planes(index, image.shape[:2]))}

    def load_mask(self, index: int) -> Array:
        """Read the masks; the image tells the size of a sample without any."""
        return self._joined(self.load_planes(index))

    def load_planes(self, index: int) -> Array:
        """Read the masks, (H, W, K) bool, whatever becomes of them."""
        has_any = any(path for _, path in self._named(index))
        return self._planes(index, None if has_any else self._size(index))

    @property
    def names(self) -> tuple[str, ...]:
        """Image and mask."""
        return "image", "mask"

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, Array]:
        """Read a window of the image and of the masks, without what can only be read whole."""
        found = self._images.load_window(index, bounds, names)
        if "mask" in names and self._readers.mask is None:
            masks = {name: read_mask_window(path, bounds) for name, path in self._named(index) if path}
            present = {name: pixels != 0 for name, pixels in masks.items() if pixels is not None}
            if present and len(present) == len(masks):
                size = next(iter(present.values())).shape
                found["mask"] = self._joined(self._stacked(present, size))
        return found

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, Array]:
        """Read the image and the masks, as named."""
        found = self._images.load_whole(index, names)
        if "mask" in names:
            found["mask"] = self._joined(self._planes(index, found["image"].shape[:2] if found else self._size(index)))
        return found

    def decodes_whole(self, index: int) -> bool:
        """Whether one of the files must be decoded whole for a window."""
        if self._images.decodes_whole(index) or self._readers.mask is not None:
            return True
        return not all(stores_windows(path) for _, path in self._named(index) if path)

    def sizes(self, index: int) -> dict[str, Size]:
        """Return the heights and widths of image and masks, by headers where these tell them."""
        sizes = dict(self._images.sizes(index))
        for name, path in self._named(index):
            if path:
                stored = stored_size(path) if self._readers.mask is None else None
                sizes[f"mask of {name}"] = stored or size_of(self.load_class_mask(path))
        return sizes

    def _size(self, index: int) -> Size:
        return self._images.sizes(index)["image"]

    def _joined(self, planes: Array) -> Array:
        return painted(planes, self._first) if self._one_label else planes

    def _stacked(self, inside: Mapping[str, Array], size: tuple[int, ...]) -> Array:
        planes = np.zeros((len(self._names), *size), bool)
        for number, name in enumerate(self._names):
            if name in inside:
                planes[number] = inside[name]
        return np.moveaxis(planes, 0, -1)

    def _planes(self, index: int, size: tuple[int, ...] | None) -> Array:
        found: dict[str, Array] = {}
        for name, path in self._named(index):
            if path:
                found[name] = self._inside(path)
                size = size or found[name].shape
                if found[name].shape != size:
                    raise ReadError(
                        path,
                        f"the mask of {name!r} is {found[name].shape[0]}x{found[name].shape[1]}, and the image or "
                        f"another mask of the sample {size[0]}x{size[1]} (height x width); expected the same size",
                    )
        assert size is not None
        return self._stacked(found, size)

    def load_class_mask(self, path: str) -> Array:
        """Read the mask of one class, (H, W), as stored: non-zero is inside."""
        read = self._readers.mask
        pixels = read_mask(path) if read is None else read_with(read, path, "read_mask")
        try:
            return _one_channel(pixels)
        except ValueError as error:
            raise ReadError(path, str(error)) from None

    def load_by_class(self, index: int) -> dict[str, Array]:
        """Read the masks as stored, by class; without those that the sample has none of."""
        return {name: self.load_class_mask(path) for name, path in self._named(index) if path}

    def _inside(self, path: str) -> Array:
        try:
            return _is_inside(self.load_class_mask(path))
        except ValueError as error:
            raise ReadError(path, str(error)) from None

    def describe(self, index: int) -> str:
        """Name all files."""
        masks = [f"mask of {name} {shown(path)}" for name, path in self._named(index) if path]
        return ", ".join([self._images.describe(index), *masks])

    def cache_key(self, index: int) -> CacheKey | None:
        """Return all files' absolute paths with sizes and times, or remote states, and which class each belongs to."""
        named = [(name, path) for name, path in self._named(index) if path]
        key = self._keys.of(index, [self._images[index].image, *(path for _, path in named)])
        return key if key is None else key._replace(state=" ".join([key.state, *(name for name, _ in named)]))


class ClassMaskArrays(Sequence[Array]):
    """The masks of samples, of which each class has an array.

    Args:
        masks: (N, H, W), or N arrays (H, W), non-zero inside, by the names of the classes.
        one_label: as for `ClassMaskFiles`.

    Raises:
        ValueError: arrays differ in length.
    """

    def __init__(self, masks: Mapping[str, Any], *, one_label: bool) -> None:
        self._masks = dict(masks)
        self._first = first_id(list(masks))
        self._one_label = one_label
        for name, arrays in masks.items():
            check_length(name, len(arrays), len(self))

    def __len__(self) -> int:
        return len(next(iter(self._masks.values())))

    def __getitem__(self, index: Any) -> Any:
        planes = self.load_planes(index)
        return painted(planes, self._first) if self._one_label else planes

    def load_planes(self, index: int) -> Array:
        """Return the masks, (H, W, K) bool, whatever becomes of them."""
        return _by_pixel([self._inside(name, np.asarray(arrays[index])) for name, arrays in self._masks.items()])

    def load_by_class(self, index: int) -> dict[str, Array]:
        """Return the masks as stored, by class."""
        return {name: np.asarray(arrays[index]) for name, arrays in self._masks.items()}

    def _inside(self, name: str, pixels: Array) -> Array:
        try:
            return _is_inside(pixels)
        except ValueError as error:
            raise ValueError(f"masks[{name!r}]: {error}") from None

    def window(self, index: int, bounds: Bounds) -> Array:
        """Return what a mask has in a window, as `[index]` gives it whole."""
        planes = _by_pixel([self._inside(name, cut(arrays[index], bounds)) for name, arrays in self._masks.items()])
        return painted(planes, self._first) if self._one_label else planes


def _one_channel(pixels: Array) -> Array:
    """Return the mask of one class as (H, W).

    Raises:
        ValueError: it has several channels.
    """
    pixels = pixels[..., 0] if pixels.shape[2:] == (1,) else pixels
    if pixels.ndim != 2:
        channels = "x".join(map(str, pixels.shape[2:]))
        raise ValueError(
            f"a mask of {channels} channels that differ; expected the mask of one class, one channel, non-zero inside"
        )
    return pixels


def _is_inside(pixels: Array) -> Array:
    """Return where the mask of a class is not 0, (H, W), bool.

    Raises:
        ValueError: it has several channels, or floats other than 0 and 1.
    """
    pixels = _one_channel(pixels)
    inside: Array = pixels != 0
    if pixels.dtype.kind == "f" and not (pixels == inside).all():
        raise ValueError(
            f"the mask of one class holds {pixels.dtype} values from {pixels.min():.4g} to {pixels.max():.4g}, neither "
            "0 nor 1; expected 0 outside and 1 inside: decide it, as by mask > 0.5"
        )
    return inside


def _by_pixel(planes: Sequence[Array]) -> Array:
    """Stack the planes of classes to (H, W, K), in memory one after another."""
    return np.moveaxis(np.stack(planes), 0, -1)


def first_id(names: Sequence[str]) -> int:
    """Return the id of the first mask's class: 0 if it is the background, else 1."""
    return int(names[0] != BACKGROUND)


def check_length(name: str, length: int, expected: int) -> None:
    """Check that a class has as many masks as there are samples.

    Raises:
        ValueError: it has not.
    """
    if length != expected:
        raise ValueError(
            f"masks[{name!r}] has {length} items, and there are {expected} samples; expected one for each, None where "
            "a sample has no such file"
        )


def check_class_masks(masks: Mapping[Any, Any]) -> None:
    """Check a dict of masks by class.

    Raises:
        TypeError: a name is not a string.
        ValueError: there are none, or files for some classes and arrays for others.
    """
    if not masks or not all(isinstance(name, str) and name for name in masks):
        raise ValueError(f"masks={list(masks)}; expected masks by the names of classes, {{'organ': paths}}")
    kinds = {name: are_arrays(values) for name, values in masks.items()}
    if len(set(kinds.values())) > 1:
        raise ValueError(f"masks are arrays for some classes and files for others ({kinds}); expected one of both")


def warn_of_pairs(source: ClassMaskFiles) -> None:
    """Warn of masks that look mispaired."""
    for warning in source.pairing_warnings():
        warn_user(warning)
