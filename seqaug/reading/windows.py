"""Windows of large files, read without the rest: .npy by memory mapping, TIFF by rasterio (extra `seqaug[geo]`).

Of a TIFF behind a URL, only the blocks of the window are fetched.

Pixels equal those of the readers of whole files; kinds of files for which they might not are left to these.
"""

from __future__ import annotations

import atexit
import mmap
import os
import struct
import threading
import uuid
import warnings
import weakref
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.forks import ForkLock
from seqaug.errors import ReadError
from seqaug.reading.images import to_color_mode
from seqaug.reading.nodata import nodata_value, with_nodata
from seqaug.reading.raster import gdal_options, has_rasterio, is_raster
from seqaug.reading.tiff_directory import TIFF_SUFFIXES, TiffPage, is_tiff, page_offsets
from seqaug.remote.ranges import RangeFile, open_ranges
from seqaug.remote.urls import Url, is_url

Array = np.ndarray[Any, Any]
Bounds = tuple[int, int, int, int]

_MAX_OPEN = 8  # files that a thread keeps open

_COMPRESSION, _PHOTOMETRIC, _ORIENTATION = 259, 262, 274
_UNCOMPRESSED = 1
_WIDTH, _HEIGHT, _ROWS_PER_STRIP, _TILE_WIDTH = 256, 257, 278, 322
_LOSSLESS = (_UNCOMPRESSED, 5, 8, 32_773, 32_946)  # none, LZW, deflate, PackBits
_GREY_OR_RGB = (1, 2)
_NAME = "image.tif"  # of a file behind a URL, for GDAL
_DTYPES = ("uint8", "uint16", "float32")
_BITS, _SAMPLE_FORMAT, _UNSIGNED, _FLOAT = 258, 339, 1, 3
_DEPTHS = ((8, _UNSIGNED), (16, _UNSIGNED), (32, _FLOAT))


class _KeptFiles:
    """Open files of a thread.

    Attributes:
        files: by path and state, the one used last at the end; None for one that is read whole.
    """

    def __init__(self) -> None:
        self.files: OrderedDict[Any, _Opened | None] = OrderedDict()

    def close_remote(self) -> None:
        """Close those behind URLs."""
        for opened in self.files.values():
            if opened is not None and opened.remote is not None:
                opened.dataset.close()


_of_thread = threading.local()
_of_all_threads: weakref.WeakSet[_KeptFiles] = weakref.WeakSet()
_opening = ForkLock()


@atexit.register
def _close_remote() -> None:
    # GDAL would find no Python to read them by when it closes them.
    for kept in list(_of_all_threads):
        kept.close_remote()


def read_image_window(path: str, bounds: Bounds, color_mode: str) -> Array | None:
    """Read a window of an image file, as `read_image` would.

    Args:
        path: a local path, or the URL of a TIFF.
        bounds: top, left, bottom and right, which may lie beyond the image.
        color_mode: as for `read_image`.

    Returns:
        (H, W, C); None if only the whole file can be read.

    Raises:
        ReadError: the file is damaged, or cannot be converted to this colour mode.
    """
    pixels, _ = _read(path, bounds)
    if pixels is None:
        return None
    pixels = to_color_mode(path, pixels, color_mode)
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def stores_windows(path: str) -> bool:
    """Whether a file is of a kind of which windows can be read, by its name and header, whatever is installed."""
    if is_url(path):
        return _is_tiff_url(path)
    suffix = os.path.splitext(path)[1].lower()
    return suffix == ".npy" or (suffix in TIFF_SUFFIXES and _header(path)[0])


def compressed_strips(path: str) -> tuple[int, int] | None:
    """Return the (height, width) of the strips of a local TIFF, as wide as the image, that are decoded as a whole.

    None where nothing is compressed, for files in tiles, for other files, and for those that are read whole.
    """
    if is_url(path) or not is_raster(path) or not stores_windows(path):
        return None
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        content: Any = data  # a map has what is used here of bytes
        page = TiffPage(content)
        if page.value(_COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED or page.value(_TILE_WIDTH, 0):
            return None
        height = page.value(_HEIGHT, 1)
        return min(page.value(_ROWS_PER_STRIP, height), height), page.value(_WIDTH, 1)


def read_mask_window(path: str, bounds: Bounds, *, colored: bool = False, marks_nodata: bool = False) -> Array | None:
    """Read a window of a mask, as `read_mask` or, of colours, `read_mask_colors` would.

    Returns:
        (H, W), or (H, W, 3); None if only the whole file can be read.

    Raises:
        ReadError: as for `read_image_window`.
    """
    if colored and path.lower().endswith(".npy"):
        return None
    pixels, nodata = _read(path, bounds)
    if pixels is None:
        return None
    if colored:
        pixels = to_color_mode(path, pixels, "rgb")
    elif pixels.ndim != 2 or pixels.dtype.kind not in "iu":
        return None
    return with_nodata(pixels, nodata) if marks_nodata else pixels


def _read(path: str, bounds: Bounds) -> tuple[Array | None, float | None]:
    """Read a window, and the value of pixels without data."""
    if is_url(path):
        return _read_tiff(path, bounds) if _is_tiff_url(path) and has_rasterio() else (None, None)
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".npy":
        return _read_npy(path, bounds), None
    return _read_tiff(path, bounds) if is_raster(path) else (None, None)


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


def _read_tiff(path: str, bounds: Bounds) -> tuple[Array | None, float | None]:
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    top, left, bottom, right = bounds
    with rasterio.Env(**gdal_options()):
        opened = _opened(path)
        if opened is None:
            return None, None
        dataset, nodata, remote = opened
        bottom, right = min(bottom, dataset.height), min(right, dataset.width)
        try:
            bands = dataset.read(window=Window(left, top, right - left, bottom - top))
        except RasterioError as error:
            if remote is not None and remote.error is not None:
                raise remote.error from error
            raise ReadError(
                path,
                f"rows {top} to {bottom}, columns {left} to {right} cannot be read: the file is truncated or damaged "
                f"({error.__cause__ or error}); copy or export it again",
            ) from error
    return np.ascontiguousarray(bands[0] if len(bands) == 1 else np.moveaxis(bands, 0, -1)), nodata


def url_size(url: str) -> tuple[int, int] | None:
    """Return the (height, width) of a TIFF behind a URL; None for what is fetched whole."""
    if not _is_tiff_url(url) or not has_rasterio():
        return None
    import rasterio

    with rasterio.Env(**gdal_options()):
        opened = _opened(url)
        return None if opened is None else (opened.dataset.height, opened.dataset.width)


class _Opened(NamedTuple):
    """An open file.

    Attributes:
        dataset: of rasterio.
        nodata: value of pixels without data.
        remote: the file behind a URL; None for a local one.
    """

    dataset: Any
    nodata: float | None
    remote: RangeFile | None


def _opened(path: str) -> _Opened | None:
    """Return a file, which this thread keeps open; None if whole-file readers might read otherwise."""
    of_thread: _KeptFiles = _of_thread.__dict__.setdefault("kept", _KeptFiles())
    _of_all_threads.add(of_thread)
    kept = of_thread.files
    if is_url(path):
        key: tuple[Any, ...] = (os.getpid(), path)
    else:
        try:
            state = os.stat(path)
        except OSError:
            return None
        key = (os.getpid(), os.path.abspath(path), state.st_size, state.st_mtime_ns)
    if key not in kept:
        kept[key] = _open_url(path) if is_url(path) else _open(path)
        if len(kept) > _MAX_OPEN:
            _, oldest = kept.popitem(last=False)
            if oldest is not None:
                oldest.dataset.close()
    kept.move_to_end(key)
    return kept[key]


def _open(path: str) -> _Opened | None:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    is_plain, nodata = _header(path)
    if not is_plain:
        return None
    try:
        with _opening:
            # It stays: `catch_warnings` would restore the filters of other threads in the middle of their work.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(path)
    except RasterioError:  # reading it whole says what is wrong
        return None
    if not _has_plain_pixels(dataset):
        dataset.close()
        return None
    return _Opened(dataset, nodata, None)


def _open_url(url: str) -> _Opened | None:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    remote = open_ranges(url)
    content: Any = remote  # it has what is used here of bytes
    try:
        if remote is None or not is_tiff(content[:4]) or not _is_plain(content):
            return None
    except struct.error:  # damaged: reading it whole says how
        return None

    def opened_by_name(name: str, mode: str = "rb") -> RangeFile:
        # GDAL looks for files beside it, too.
        if os.path.basename(name) != _NAME or not mode.startswith("r"):
            raise FileNotFoundError(name)
        return remote.copy()

    try:
        with _opening:
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # it stays, see above
            dataset = rasterio.open(f"/{uuid.uuid4().hex}/{_NAME}", opener=opened_by_name)
    except RasterioError as error:
        if remote.error is not None:
            raise remote.error from error
        return None
    if not _has_plain_pixels(dataset):
        dataset.close()
        return None
    return _Opened(dataset, nodata_value(content), remote)


def _has_plain_pixels(dataset: Any) -> bool:
    return len(set(dataset.dtypes)) == 1 and dataset.dtypes[0] in _DTYPES


def _is_tiff_url(url: str) -> bool:
    return Url.parse(url).path.lower().endswith(TIFF_SUFFIXES)


def _header(path: str) -> tuple[bool, float | None]:
    """Whether a local TIFF is plain, and its nodata value."""
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            content: Any = data  # a map has what is used here of bytes
            return _is_plain(content), nodata_value(content)
    except (OSError, ValueError, struct.error):
        return False, None


def _is_plain(data: bytes) -> bool:
    """Whether a TIFF has one page, of grey or RGB as it is stored, compressed without loss, of one of `_DTYPES`."""
    page = TiffPage(data)
    return (
        len(page_offsets(data)) == 1
        and page.value(_COMPRESSION, 1) in _LOSSLESS
        and page.value(_PHOTOMETRIC, -1) in _GREY_OR_RGB
        and page.value(_ORIENTATION, 1) == 1
        and (page.value(_BITS, 1), page.value(_SAMPLE_FORMAT, _UNSIGNED)) in _DEPTHS
    )
