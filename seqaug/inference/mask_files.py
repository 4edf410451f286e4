"""Files of predicted class ids, written a few rows at a time and complete or missing: PNG, and TIFF with its place."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from seqaug.reading.file_bytes import PNG_SIGNATURE
from seqaug.reading.raster import Georeference
from seqaug.reading.tiff_directory import TIFF_SUFFIXES
from seqaug.utils.validation import output_file

Array = np.ndarray[Any, Any]

MASK_SUFFIXES = (".png", *TIFF_SUFFIXES)
_GREY, _INDEXED = 0, 3
_BLOCK = 256  # rows and columns of a TIFF's tiles
_COMPRESSION = 6


class RowWriter(Protocol):
    """Writes rows of a mask, from top to bottom."""

    def write(self, rows: Array) -> None:
        """Write rows, (n, width), of the mask's dtype."""


def mask_file(name: str, path: str | os.PathLike[str]) -> Path:
    """Validate the path of a mask to be written, before any work is done.

    Args:
        name: the argument's name, for messages.
        path: the file, .png, .tif or .tiff.

    Raises:
        ImportError: rasterio, which writes TIFF, is not installed.
        ValueError: another suffix, or a path that cannot be written.
    """
    file = output_file(name, path, MASK_SUFFIXES)
    if file.suffix.lower() in TIFF_SUFFIXES:
        try:
            import rasterio  # noqa: F401
        except ImportError as error:
            raise ImportError(
                f"{name}={os.fspath(path)!r}: TIFF is written by rasterio, which is missing: "
                'pip install "seqaug[geo]", or expected .png'
            ) from error
    return file


@contextmanager
def open_mask(
    file: Path,
    size: tuple[int, int],
    dtype: np.dtype[Any],
    *,
    colors: Array | None = None,
    georeference: Georeference | None = None,
) -> Iterator[RowWriter]:
    """Create a mask; it takes its name when all of it is written.

    Args:
        file: as `mask_file` returns it.
        size: (height, width).
        dtype: uint8 or uint16.
        colors: RGB of each class, (K, 3), uint8: the colour table of a mask of uint8, whose pixels stay ids; or None.
        georeference: where the mask lies; only a TIFF can say so.
    """
    unfinished = file.with_name(f".{file.stem}.{os.getpid()}.part{file.suffix}")
    colors = colors if dtype == np.uint8 else None
    try:
        if file.suffix.lower() in TIFF_SUFFIXES:
            with _open_tiff(unfinished, size, dtype, colors, georeference) as writer:
                yield writer
        else:
            with unfinished.open("wb") as output:
                png = _PngWriter(output, size, dtype, colors)
                yield png
                png.finish()
        os.replace(unfinished, file)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


class _PngWriter:
    """Writes a PNG (ISO/IEC 15948) of one channel: indices of a colour table, or grey."""

    def __init__(self, output: BinaryIO, size: tuple[int, int], dtype: np.dtype[Any], colors: Array | None) -> None:
        self._output = output
        self._dtype = dtype.newbyteorder(">")
        self._compressor = zlib.compressobj(_COMPRESSION)
        output.write(PNG_SIGNATURE)
        kind = _GREY if colors is None else _INDEXED
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", size[1], size[0], 8 * dtype.itemsize, kind, 0, 0, 0))
        if colors is not None:
            self._chunk(b"PLTE", colors.astype(np.uint8).tobytes())

    def write(self, rows: Array) -> None:
        """Write rows."""
        pixels = np.ascontiguousarray(rows.astype(self._dtype, copy=False)).view(np.uint8)
        # Each row begins with its filter, 0: none, which suits areas of one id.
        filtered = np.zeros((len(pixels), pixels.shape[1] + 1), np.uint8)
        filtered[:, 1:] = pixels
        self._chunk(b"IDAT", self._compressor.compress(filtered.data))

    def finish(self) -> None:
        """Write the end."""
        self._chunk(b"IDAT", self._compressor.flush())
        self._chunk(b"IEND", b"")

    def _chunk(self, kind: bytes, data: bytes) -> None:
        if data or kind == b"IEND":
            self._output.write(struct.pack(">I", len(data)) + kind + data)
            self._output.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


class _TiffWriter:
    """Writes whole rows of a TIFF's tiles: a tile that is written twice is compressed twice."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._waiting: list[Array] = []
        self._top = 0

    def write(self, rows: Array) -> None:
        """Write rows, but for those of unfinished tiles, which wait for more."""
        self._waiting.append(rows.copy())
        count = sum(map(len, self._waiting))
        whole = count if self._top + count == self._dataset.height else count - count % _BLOCK
        if not whole:
            return
        from rasterio.windows import Window

        pixels = np.concatenate(self._waiting)
        self._dataset.write(pixels[:whole], 1, window=Window(0, self._top, pixels.shape[1], whole))
        self._top += whole
        self._waiting = [pixels[whole:]]


@contextmanager
def _open_tiff(
    path: Path, size: tuple[int, int], dtype: np.dtype[Any], colors: Array | None, georeference: Georeference | None
) -> Iterator[RowWriter]:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": size[0],
        "width": size[1],
        "count": 1,
        "dtype": dtype.name,
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "compress": "deflate",
        "bigtiff": "if_safer",
    }
    if georeference is not None:
        profile |= {name: value for name, value in georeference._asdict().items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        dataset = rasterio.open(path, "w", **profile)
    with dataset:
        if colors is not None:
            dataset.write_colormap(1, {number: (*color, 255) for number, color in enumerate(colors.tolist())})
        yield _TiffWriter(dataset)
