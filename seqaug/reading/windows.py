"""Windows of large files, read without the rest: .npy by memory mapping, TIFF by rasterio (extra `seqaug[geo]`).

Pixels equal those of the readers of whole files; kinds of files for which they might not are left to these.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import warnings
from collections import OrderedDict
from typing import Any

import numpy as np

from seqaug.core.forks import ForkLock
from seqaug.errors import ReadError
from seqaug.reading.images import to_color_mode
from seqaug.reading.raster import TIFF_SUFFIXES, is_raster
from seqaug.reading.tiff_directory import TiffPage, page_offsets
from seqaug.remote.urls import is_url

Array = np.ndarray[Any, Any]
Bounds = tuple[int, int, int, int]

_CACHE_MEGABYTES = 128  # of GDAL's blocks, which take a twentieth of the machine's memory otherwise
_MAX_OPEN = 8  # files that a thread keeps open

_COMPRESSION, _PHOTOMETRIC, _ORIENTATION = 259, 262, 274
_LOSSLESS = (1, 5, 8, 32_773, 32_946)  # none, LZW, deflate, PackBits
_GREY_OR_RGB = (1, 2)
_DTYPES = ("uint8", "uint16", "float32")
_BITS, _SAMPLE_FORMAT, _UNSIGNED, _FLOAT = 258, 339, 1, 3
_DEPTHS = ((8, _UNSIGNED), (16, _UNSIGNED), (32, _FLOAT))

_of_thread = threading.local()
_opening = ForkLock()


def read_image_window(path: str, bounds: Bounds, color_mode: str) -> Array | None:
    """Read a window of an image file, as `read_image` would.

    Args:
        path: a local path; windows of URLs are not read.
        bounds: top, left, bottom and right, which may lie beyond the image.
        color_mode: as for `read_image`.

    Returns:
        (H, W, C); None if only the whole file can be read.

    Raises:
        ReadError: the file is damaged, or cannot be converted to this colour mode.
    """
    pixels = _read(path, bounds)
    if pixels is None:
        return None
    pixels = to_color_mode(path, pixels, color_mode)
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def stores_windows(path: str) -> bool:
    """Whether a file is of a kind of which windows can be read, by its name and header, whatever is installed."""
    if is_url(path):
        return False
    suffix = os.path.splitext(path)[1].lower()
    return suffix == ".npy" or (suffix in TIFF_SUFFIXES and _is_plain(path))


def read_mask_window(path: str, bounds: Bounds) -> Array | None:
    """Read a window of a mask of class ids, (H, W), as `read_mask` would; None if only the whole file can be read."""
    pixels = _read(path, bounds)
    if pixels is None or pixels.ndim != 2 or pixels.dtype.kind not in "iu":
        return None
    return pixels


def _read(path: str, bounds: Bounds) -> Array | None:
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".npy":
        return _read_npy(path, bounds)
    return _read_tiff(path, bounds) if is_raster(path) else None


def _read_npy(path: str, bounds: Bounds) -> Array | None:
    top, left, bottom, right = bounds
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):  # reading it whole says what is wrong
        return None
    if mapped.dtype.kind not in "iuf" or mapped.ndim not in (2, 3) or (mapped.ndim == 3 and mapped.shape[2] > 16):
        return None
    pixels = np.array(mapped[top:bottom, left:right], mapped.dtype.newbyteorder("="), order="C")
    return pixels[..., 0] if pixels.shape[2:] == (1,) else pixels


def _read_tiff(path: str, bounds: Bounds) -> Array | None:
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    top, left, bottom, right = bounds
    with rasterio.Env(GDAL_CACHEMAX=_CACHE_MEGABYTES):
        dataset = _opened(path)
        if dataset is None:
            return None
        bottom, right = min(bottom, dataset.height), min(right, dataset.width)
        try:
            bands = dataset.read(window=Window(left, top, right - left, bottom - top))
        except RasterioError as error:
            raise ReadError(
                path,
                f"rows {top} to {bottom}, columns {left} to {right} cannot be read: the file is truncated or damaged "
                f"({error.__cause__ or error}); copy or export it again",
            ) from error
    return np.ascontiguousarray(bands[0] if len(bands) == 1 else np.moveaxis(bands, 0, -1))


def _opened(path: str) -> Any:
    """Return the data set of a file, which this thread keeps open; None if whole-file readers might read otherwise."""
    kept: OrderedDict[Any, Any] = _of_thread.__dict__.setdefault("kept", OrderedDict())
    try:
        state = os.stat(path)
    except OSError:
        return None
    key = (os.getpid(), os.path.abspath(path), state.st_size, state.st_mtime_ns)
    if key not in kept:
        kept[key] = _open(path)
        if len(kept) > _MAX_OPEN:
            _, oldest = kept.popitem(last=False)
            if oldest is not None:
                oldest.close()
    kept.move_to_end(key)
    return kept[key]


def _open(path: str) -> Any:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    if not _is_plain(path):
        return None
    try:
        with _opening:
            # It stays: `catch_warnings` would restore the filters of other threads in the middle of their work.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(path)
    except RasterioError:  # reading it whole says what is wrong
        return None
    if set(dataset.dtypes) - set(_DTYPES) or len(set(dataset.dtypes)) != 1:
        dataset.close()
        return None
    return dataset


def _is_plain(path: str) -> bool:
    """Whether a TIFF has one page, of grey or RGB as it is stored, compressed without loss, of one of `_DTYPES`."""
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            content: Any = data  # a map has what is used here of bytes
            page = TiffPage(content)
            return (
                len(page_offsets(content)) == 1
                and page.value(_COMPRESSION, 1) in _LOSSLESS
                and page.value(_PHOTOMETRIC, -1) in _GREY_OR_RGB
                and page.value(_ORIENTATION, 1) == 1
                and (page.value(_BITS, 1), page.value(_SAMPLE_FORMAT, _UNSIGNED)) in _DEPTHS
            )
    except (OSError, ValueError, struct.error):
        return False
