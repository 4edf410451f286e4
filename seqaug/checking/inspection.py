"""Inspection of one sample, run by an engine: each file is read and decoded once."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np

from seqaug.checking.class_masks import inspect_planes
from seqaug.checking.masks import MaskCheck, MaskIssue
from seqaug.checking.near_duplicates import difference_hash
from seqaug.checking.samples import MASK_OF, Part
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import ReadError
from seqaug.palette.id_counts import IdCounts
from seqaug.pipeline.raw_rows import RawRows
from seqaug.reading.exif import exif_orientation
from seqaug.reading.file_bytes import is_jpeg, read_bytes
from seqaug.reading.images import decode_image
from seqaug.reading.masks import decode_mask, decode_mask_colors
from seqaug.reading.nodata import nodata_value
from seqaug.reading.photographs import is_photograph
from seqaug.reading.tiff_directory import is_tiff, page_offsets
from seqaug.sources.annotated import AnnotatedFiles
from seqaug.sources.class_masks import ClassMaskFiles
from seqaug.sources.files import FilePairs

Array = np.ndarray[Any, Any]
ReadT = TypeVar("ReadT")

# Rows of a batch have one length: a sample's result is JSON, padded with spaces.
_RESULT_BYTES = 16_384
_MAX_TEXT_LENGTH = 400
_MAX_IDS = 400  # of a mask; more are no class ids

_DIGEST_BYTES = 16
_FIRST_TRANSPOSED = 5  # EXIF orientations from here on swap height and width
_RGB_CHANNELS = 3


class SampleInspector(RawRows):
    """Inspects a sample, as a `SampleProcessor`; thread-safe.

    Args:
        parts: the parts of the data set; indices run through all of them.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._ends = list(accumulate(len(part.source) for part in parts))
        self._checks = [MaskCheck(part.labels) for part in parts]

    def locate(self, index: int) -> tuple[int, int]:
        """Return the part that a sample is in, and its index there."""
        part = bisect_right(self._ends, index)
        return part, index - (self._ends[part - 1] if part else 0)

    def describe(self, index: int) -> str:
        """Name the files of a sample."""
        part, place = self.locate(index)
        return self._parts[part].source.describe(place)

    def sample(self, request: SampleRequest) -> dict[str, Array]:
        """Inspect a sample.

        Returns:
            "json": the result for `parse_result`, (16384,), uint8.
        """
        part, index = self.locate(request.index)
        inspection = _Inspection(self._parts[part], self._checks[part], index)
        try:
            inspection.run()
        except Exception as error:  # one sample must not stop the check of the others
            inspection.failed("image", error)
        return {"json": np.frombuffer(_encoded(inspection.result), np.uint8)}


def parse_result(encoded: Array) -> dict[str, Any]:
    """Parse the "json" of `SampleInspector.sample`.

    Returns:
        "issues": list of (names of arrays; type; details). If the image is readable, "image": its digest, "look": its
        difference hash, unless it is flat, "size": (height, width), "channels": text, and for uint16 "max": its largest
        value. If the mask is readable, "mask": its digest, and if it holds ids, "ids": [the ids, the pixels of each,
        the number of distinct ids]. Of masks by class, "planes": see `seqaug.checking.class_masks.inspect_planes`.
        "additional": by name, channels as text.
    """
    result: dict[str, Any] = json.loads(encoded.tobytes())
    return result


def _encoded(result: dict[str, Any]) -> bytes:
    encoded = json.dumps(result).encode()
    while len(encoded) > _RESULT_BYTES:  # many files of one sample, each with an issue
        result["issues"].pop()
        encoded = json.dumps(result).encode()
    return encoded.ljust(_RESULT_BYTES)


class _Inspection:
    """What is found in a sample."""

    def __init__(self, part: Part, check: MaskCheck, index: int) -> None:
        self._part = part
        self._check = check
        self._index = index
        self._issues: list[tuple[list[str], str, dict[str, Any]]] = []
        self.result: dict[str, Any] = {"issues": self._issues}

    def failed(self, array: str, error: Exception) -> None:
        """Note that an array cannot be read."""
        problem = error.problem if isinstance(error, ReadError) else f"{type(error).__name__}: {error}"
        self._issues.append(([array], "unreadable", {"problem": problem[:_MAX_TEXT_LENGTH]}))

    def run(self) -> None:
        part, index = self._part, self._index
        image: Array | None
        mask: Array | None = None
        data = mask_data = b""
        files = part.image_files
        if files is None:
            load = part.source.load if part.load is None else part.load
            found: dict[str, Array] | None = self._read("image", lambda: _arrays_of(load(index), part.kinds))
            arrays = found or {}
            image, mask = arrays.get("image"), arrays.get("mask")
        else:
            arrays = {}
            if files.readers.image is None:
                data, image = self._read_image(files[index].image, files.color_mode)
            else:
                image = self._read("image", lambda: np.asarray(files.load_image(index)))
            mask_data, mask = self._read_mask(None if image is None else image.shape[:2])
        if image is not None:
            image = image[..., np.newaxis] if image.ndim == 2 else image
            self._inspect_image(image, data, None if mask is None else mask.shape[:2])
        if mask is not None:
            self._inspect_mask(mask, mask_data)
        for name, kind in part.kinds.items():
            pixels = arrays.get(name) if files is None else self._read(name, partial(part.columns[name].load, index))
            if pixels is not None:
                self._inspect_additional(name, kind, pixels, image)

    def _read(self, array: str, read: Callable[[], ReadT]) -> ReadT | None:
        try:
            return read()
        except Exception as error:  # decoders raise all kinds on damaged files
            self.failed(array, error)
            return None

    def _read_image(self, path: str, color_mode: str) -> tuple[bytes, Array | None]:
        """Read an image file as stored, and note whether the colour mode refuses it."""
        data = self._read("image", lambda: read_bytes(path))
        if data is None:
            return b"", None
        image = self._read("image", partial(decode_image, path, data, "unchanged"))
        if image is None:
            return data, None
        pages = len(page_offsets(data)) if is_tiff(data) else 1
        is_rgb = image.shape[2] == _RGB_CHANNELS and image.dtype == np.uint8
        if color_mode != "unchanged" and pages > 1:
            self._issues.append((["image"], "multiple_pages", {"pages": pages}))
        elif color_mode != "unchanged" and not is_rgb:
            self._read("image", partial(decode_image, path, data, color_mode))
        return data, image

    def _read_mask(self, size: tuple[int, ...] | None) -> tuple[bytes, Array | None]:
        pairs, index, labels = self._part.pairs, self._index, self._part.labels
        if isinstance(pairs, ClassMaskFiles):
            return b"", self._read_planes(pairs, size)
        if isinstance(pairs, AnnotatedFiles):
            declared = pairs.annotations.size(pairs.annotations[index])
            if size is None:
                return b"", None
            height, width = declared or size
            return b"", self._read("mask", lambda: pairs.annotations.draw(pairs.annotations[index], height, width))
        if not isinstance(pairs, FilePairs):
            return b"", None
        if pairs.readers.mask is not None or pairs.polygons is not None or labels.overlapping is not None:
            return b"", self._read("mask", lambda: np.asarray(pairs.load_mask(index)))
        path = pairs[index].mask
        decode = decode_mask_colors if labels.colored_masks else decode_mask
        data = self._read("mask", lambda: read_bytes(path))
        mask = None if data is None else self._read("mask", lambda: decode(path, data))
        return data or b"", mask

    def _read_planes(self, pairs: ClassMaskFiles, size: tuple[int, ...] | None) -> Array | None:
        """Read the masks of the classes, and join those of the image's size, (H, W, K) bool."""
        found: dict[str, Array] = {}
        paths = {name: path for name, path in pairs[self._index].mask.items() if path is not None}
        for name, path in paths.items():
            stored = self._read(MASK_OF + name, partial(pairs.load_class_mask, path))
            if stored is None:
                continue
            size = size or stored.shape
            if stored.shape != size:
                self._mismatch(MASK_OF + name, size, stored.shape)
                continue
            found[name] = stored
            for issue in self._check.inspect_class_mask(stored):
                self._issues.append(([MASK_OF + name], *issue))
        if size is None or len(found) < len(paths):
            return None
        planes = np.zeros((*size, len(pairs.class_names)), bool)
        for number, name in enumerate(pairs.class_names):
            if name in found:
                planes[..., number] = found[name] != 0
        self.result["planes"] = inspect_planes(planes, [name in found for name in pairs.class_names])
        return planes

    def _inspect_image(self, image: Array, data: bytes, mask_size: tuple[int, ...] | None) -> None:
        size = image.shape[:2]
        self.result |= {"image": _digest(image), "size": size, "channels": _channels(image)}
        look = difference_hash(image)
        if look is not None:
            self.result["look"] = look
        if image.dtype == np.uint16:
            self.result["max"] = int(image.max())
        orientation = exif_orientation(data)
        fits = "unknown" if mask_size is None else _fits(size, mask_size, orientation)
        if orientation > 1:
            self._issues.append((["image"], "exif_orientation", {"orientation": orientation, "mask_fits": fits}))
        if mask_size is not None and mask_size != size and not (orientation > 1 and fits == "rotated"):
            self._mismatch("mask", size, mask_size)

    def _mismatch(self, array: str, size: tuple[int, ...], other: tuple[int, ...]) -> None:
        self._issues.append((["image", array], "size_mismatch", {"image": size, "array": array, "size": other}))

    def _inspect_mask(self, mask: Array, data: bytes) -> None:
        self.result["mask"] = _digest(mask)
        issues, counts = self._mask_issues(mask, data)
        self._issues += [(["mask"], *issue) for issue in issues]
        if counts is not None:
            listed = slice(_MAX_IDS)
            self.result["ids"] = [counts.ids[listed].tolist(), counts.pixels[listed].tolist(), counts.max_distinct]

    def _mask_issues(self, mask: Array, data: bytes) -> tuple[list[MaskIssue], IdCounts | None]:
        labels = self._part.labels
        if labels.overlapping is not None:
            return self._check.inspect_overlapping(mask), None
        if isinstance(self._part.pairs, ClassMaskFiles):
            has_any = any(self._part.pairs[self._index].mask.values())
            where = "outside of all classes" if has_any else "without a mask of any class"
            return ([] if mask.any() else [MaskIssue("empty_masks", {"label": where})]), None
        pairs = self._part.pairs
        if isinstance(pairs, AnnotatedFiles) or (isinstance(pairs, FilePairs) and pairs.polygons is not None):
            return self._check.inspect_drawn(mask)
        if not is_jpeg(data) or labels.colored_masks:
            ids = mask[..., 0] if mask.shape[2:] == (1,) else mask
            return self._check.inspect(ids, nodata_value(data))
        if is_photograph(mask):
            return [MaskIssue("photographs", {"problem": "a JPEG of a photograph"})], None
        problem = "a JPEG, whose compression changes the ids that were written"
        return [MaskIssue("unusable_masks", {"problem": problem})], None

    def _inspect_additional(self, name: str, kind: str, pixels: Array, image: Array | None) -> None:
        if image is not None and pixels.shape[:2] != image.shape[:2]:
            self._mismatch(name, image.shape[:2], pixels.shape[:2])
        # Numbers become float32, and labels one channel.
        depth = _channels(np.atleast_3d(pixels))
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        self.result.setdefault("additional", {})[name] = depth if kind == "image" else f"{channels} x {kind}"
        if kind == "value" and pixels.dtype.kind == "f":
            holes = int(pixels.size - np.count_nonzero(np.isfinite(pixels)))
            if holes:
                self._issues.append(([name], "holes", {"pixels": holes, "of": pixels.size}))


def _arrays_of(loaded: Any, kinds: Mapping[str, str]) -> dict[str, Array]:
    """Return the arrays of a sample of no files.

    Raises:
        ValueError: they are no dict, or one is missing or has too few axes.
    """
    names = {"image", *kinds}
    if not isinstance(loaded, Mapping) or not names <= loaded.keys():
        found = ", ".join(map(repr, loaded)) if isinstance(loaded, Mapping) else type(loaded).__name__
        raise ValueError(f"loading gives {found}; expected a dict with {', '.join(map(repr, sorted(names)))}")
    arrays = {name: np.asarray(pixels) for name, pixels in loaded.items()}
    for name, pixels in arrays.items():
        if pixels.ndim < 2 or pixels.dtype.kind not in "biuf":
            raise ValueError(
                f"{name!r} is {pixels.dtype} of shape {pixels.shape}; expected numbers, (height, width, ...)"
            )
    return arrays


def _channels(pixels: Array) -> str:
    return f"{pixels.shape[2]} x {pixels.dtype}"


def _digest(pixels: Array) -> str:
    hashed = hashlib.blake2b(f"{pixels.shape} {pixels.dtype}".encode(), digest_size=_DIGEST_BYTES)
    hashed.update(np.ascontiguousarray(pixels).data)
    return hashed.hexdigest()


def _fits(image: tuple[int, ...], mask: tuple[int, ...], orientation: int) -> str:
    as_stored = mask == image
    rotated = mask == (image[::-1] if orientation >= _FIRST_TRANSPOSED else image)
    if as_stored and rotated:
        return "either"
    return "stored" if as_stored else "rotated" if rotated else "neither"
