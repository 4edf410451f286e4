"""Samples of other libraries' data sets: anything with a length and `[i]` that gives a dict or a tuple."""

from __future__ import annotations

import copy
import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import cv2
import numpy as np

from seqaug.reading.file_bytes import read_bytes
from seqaug.reading.images import decode_image
from seqaug.reading.masks import decode_ids_or_colors, decode_mask_colors
from seqaug.reading.windows import Bounds
from seqaug.sources.base import CacheKey, ImageSample, Sample

Array = np.ndarray[Any, Any]
Key = str | int

IMAGE_KEY, MASK_KEY = "image", "annotation"
_CHANNELS = (1, 3, 4)
_PIL_MODES = {"rgb": "RGB", "grayscale": "L", "rgba": "RGBA"}


class ItemSource:
    """Images and masks in the items of a data set; the data set goes to the workers once.

    Args:
        items: anything with a length and `[i]` that gives a dict or a tuple.
        image: key of the image in a dict, or its place in a tuple.
        mask: likewise for the mask; None: images alone.

    Raises:
        TypeError: `items` has no length or no `[i]`, or gives neither dicts nor tuples.
        ValueError: there are no items, or the first has no such key.
    """

    def __init__(self, items: Any, image: Key = IMAGE_KEY, mask: Key | None = MASK_KEY) -> None:
        if isinstance(items, Mapping) or not hasattr(items, "__len__") or not hasattr(items, "__getitem__"):
            splits = f"; it has {', '.join(map(repr, items))}: choose one of them" if isinstance(items, Mapping) else ""
            raise TypeError(
                f"source is a {type(items).__name__}; expected anything with a length and [i], such as a data set of "
                f"Hugging Face or torch{splits}"
            )
        if not len(items):
            raise ValueError("source is empty; expected at least one item")
        self._items = items
        self._keys = {"image": image} if mask is None else {"image": image, "mask": mask}
        # Only Hugging Face's data sets know their content.
        self.has_cache_keys = isinstance(getattr(items, "_fingerprint", None), str)
        self._indices = np.arange(len(items))
        self._color_mode = "rgb"
        self._colored_masks = False
        self._value(items[0], "image")
        if mask is not None:
            self._value(items[0], "mask")

    def reading(self, color_mode: str, *, colored_masks: bool) -> ItemSource:
        """Return the same source, with the way in which encoded images and masks are decoded."""
        source = copy.copy(self)
        source._color_mode, source._colored_masks = color_mode, colored_masks
        return source

    def take(self, indices: Iterable[int]) -> ItemSource:
        """Return the source of some of the items."""
        source = copy.copy(self)
        source._indices = self._indices[np.asarray(list(indices), np.int64)]
        return source

    @property
    def fingerprint(self) -> str:
        """How items are decoded."""
        return f"items {self._keys} {self._color_mode} {self._colored_masks} OpenCV {cv2.__version__}"

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Sample | ImageSample:
        name = self.describe(index)
        return Sample(name, name) if "mask" in self._keys else ImageSample(name)

    def load(self, index: int) -> Mapping[str, Array]:
        """Take an item, and make arrays of its image and mask."""
        item = self._items[int(self._indices[index])]
        sample = {"image": self._image(self._value(item, "image"), self.describe(index))}
        if "mask" in self._keys:
            sample["mask"] = self._mask(self._value(item, "mask"), self.describe(index))
        return sample

    def load_mask(self, index: int) -> Array:
        """Take an item, and make an array of its mask."""
        return self._mask(self._value(self._items[int(self._indices[index])], "mask"), self.describe(index))

    @property
    def names(self) -> tuple[str, ...]:
        """Image, and mask if there is one."""
        return tuple(self._keys)

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, Array]:
        """Return nothing: items can only be taken whole."""
        return {}

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, Array]:
        """Take an item, and make arrays of the named parts."""
        if set(names) == {"mask"}:
            return {"mask": self.load_mask(index)}
        return {name: array for name, array in self.load(index).items() if name in names}

    def decodes_whole(self, index: int) -> bool:
        """Return True: an item is made of a whole image, whatever it is."""
        return True

    def describe(self, index: int) -> str:
        """Name the item."""
        return f"item {self._indices[index]} of {type(self._items).__name__}"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the data set's fingerprint and the item's number, if it has one."""
        if not self.has_cache_keys:
            return None
        return CacheKey(f"{type(self._items).__name__} {self._indices[index]}", self._items._fingerprint)

    def _value(self, item: Any, name: str) -> Any:
        key = self._keys[name]
        if isinstance(item, Mapping):
            if key in item:
                return item[key]
            known = ", ".join(map(repr, item))
            raise ValueError(f"an item has no {key!r}; it has {known}; expected {name}= to name one")
        if isinstance(item, tuple | list):
            place = {IMAGE_KEY: 0, MASK_KEY: 1}.get(key, key) if isinstance(key, str) else key
            if isinstance(place, int) and -len(item) <= place < len(item):
                return item[place]
            raise ValueError(
                f"an item is a {type(item).__name__} of {len(item)}, and {name}={key!r}; expected a place in it, from 0"
            )
        raise TypeError(f"an item is a {type(item).__name__}; expected a dict or a tuple")

    def _image(self, value: Any, name: str) -> Array:
        data = _encoded(value)
        if data is not None:
            return decode_image(name, data, self._color_mode)
        if _is_pil(value):
            return _pil_image(value, self._color_mode)
        return _array(value, "image")

    def _mask(self, value: Any, name: str) -> Array:
        data = _encoded(value)
        if data is not None:
            return decode_mask_colors(name, data) if self._colored_masks else decode_ids_or_colors(name, data)
        if not _is_pil(value):
            mask = _array(value, "mask")
            return mask[..., 0] if mask.ndim == 3 and mask.shape[2] == 1 else mask
        if self._colored_masks:
            return np.asarray(value.convert("RGB"))
        pixels = np.asarray(value)
        if pixels.ndim == 2:
            return pixels
        pixels = pixels[..., :3]
        is_grey = bool((pixels == pixels[..., :1]).all())
        return np.ascontiguousarray(pixels[..., 0] if is_grey else pixels)


def _encoded(value: Any) -> bytes | None:
    """Return the content of a file: given as bytes, by a path, or as Hugging Face does without decoding; else None."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, str | os.PathLike):
        return read_bytes(value)
    if isinstance(value, Mapping) and ("bytes" in value or "path" in value):
        content = value.get("bytes")
        return bytes(content) if content is not None else read_bytes(value["path"])
    return None


def _is_pil(value: Any) -> bool:
    return hasattr(value, "convert") and hasattr(value, "getbands")


def _pil_image(value: Any, color_mode: str) -> Array:
    """Make an array of a PIL image, (H, W, C); 16 bits become 8 by 1/256, as those of files."""
    pixels = np.asarray(value)
    if value.mode.startswith("I") or pixels.dtype == np.uint16:
        deep = pixels.astype(np.uint16)
        if (deep != pixels).any():
            raise ValueError(f"the image holds numbers from {pixels.min()} to {pixels.max()}; expected 0 to 65535")
        if color_mode == "unchanged":
            return deep[..., np.newaxis]
        grey = (deep >> 8).astype(np.uint8)[..., np.newaxis]
        if color_mode == "grayscale":
            return grey
        alpha = [np.full_like(grey, 255)] if color_mode == "rgba" else []
        return np.concatenate([grey] * 3 + alpha, axis=2)
    if value.mode == "F":
        return pixels[..., np.newaxis]
    is_known = value.mode in ("L", "RGB", "RGBA")
    mode = _PIL_MODES.get(color_mode) or (value.mode if is_known else "RGB")
    pixels = np.asarray(value if value.mode == mode else value.convert(mode))
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]


def _array(value: Any, name: str) -> Array:
    """Make an array of an array or a tensor; tensors with channels first are turned."""
    is_torch = hasattr(value, "detach")
    if is_torch:
        value = value.detach().cpu()
    pixels = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    if pixels.dtype.kind not in "biuf" or pixels.ndim not in (2, 3):
        raise ValueError(
            f"the {name} is {type(value).__name__} of shape {pixels.shape}, {pixels.dtype}; expected a PIL image, an "
            "array of numbers, (H, W) or (H, W, C), or the bytes of a file"
        )
    if is_torch and pixels.ndim == 3 and pixels.shape[0] in _CHANNELS:
        pixels = np.ascontiguousarray(np.moveaxis(pixels, 0, -1))
    return pixels
