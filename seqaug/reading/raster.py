"""Rows of a TIFF, read as they are needed: with rasterio (extra `seqaug[geo]`), also of files larger than memory."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.images import to_color_mode
from seqaug.reading.tiff_directory import TIFF_SUFFIXES
from seqaug.remote.urls import is_url

Array = np.ndarray[Any, Any]

_CACHE_VARIABLE = "GDAL_CACHEMAX"
_CACHE_MEGABYTES = 128  # of GDAL's blocks, which take a twentieth of the machine's memory otherwise


class Georeference(NamedTuple):
    """Where on earth the pixels of a raster lie.

    Attributes:
        crs: coordinate reference system of rasterio, or None.
        transform: affine transform from pixels to coordinates.
        gcps: ground control points, where there is no transform.
    """

    crs: Any
    transform: Any
    gcps: Any


class RasterRows:
    """Rows of an open raster.

    Args:
        path: the file.
        dataset: opened by rasterio.
        color_mode: as for `read_image`.

    Attributes:
        height, width: of the image, in pixels.
        georeference: where it lies; None if the file does not say.
    """

    def __init__(self, path: str | os.PathLike[str], dataset: Any, color_mode: str) -> None:
        self._path = path
        self._dataset = dataset
        self._color_mode = color_mode
        self.height, self.width = int(dataset.height), int(dataset.width)
        self.georeference: Georeference | None = None
        gcps, gcps_crs = dataset.gcps
        if gcps:
            self.georeference = Georeference(gcps_crs, None, gcps)
        elif dataset.crs is not None or not dataset.transform.is_identity:
            self.georeference = Georeference(dataset.crs, dataset.transform, None)

    def read(self, start: int, stop: int) -> Array:
        """Read rows `start` to `stop`: (stop - start, width, C), as `read_image` returns them.

        Raises:
            ReadError: the file is damaged, or its bands cannot be converted to this colour mode.
        """
        from rasterio.errors import RasterioError
        from rasterio.windows import Window

        try:
            bands = self._dataset.read(window=Window(0, start, self.width, stop - start))
        except RasterioError as error:
            raise ReadError(
                self._path, f"rows {start} to {stop} cannot be read: {error}; copy or export it again"
            ) from error
        pixels = np.ascontiguousarray(np.moveaxis(bands, 0, -1))
        pixels = to_color_mode(self._path, pixels[..., 0] if pixels.shape[2] == 1 else pixels, self._color_mode)
        return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def is_raster(path: str | os.PathLike[str]) -> bool:
    """Return whether `open_raster` reads a file: a local TIFF, and rasterio is installed."""
    return not is_url(path) and os.fspath(path).lower().endswith(TIFF_SUFFIXES) and has_rasterio()


def has_rasterio() -> bool:
    """Return whether rasterio is installed."""
    try:
        import rasterio  # noqa: F401
    except ImportError:
        return False
    return True


def gdal_options() -> dict[str, int]:
    """Return the options of GDAL for reading: a limit of its cache, unless GDAL's own variable sets one."""
    return {} if _CACHE_VARIABLE in os.environ else {_CACHE_VARIABLE: _CACHE_MEGABYTES}


@contextmanager
def open_raster(path: str | os.PathLike[str], color_mode: str) -> Iterator[RasterRows]:
    """Open a TIFF, BigTIFF or GeoTIFF of any size.

    Args:
        path: a local path.
        color_mode: as for `read_image`.

    Raises:
        ReadError: the file is missing or damaged, or has several pages.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    with rasterio.Env(**gdal_options()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                dataset = rasterio.open(path)
        except RasterioError as error:
            raise ReadError(path, f"rasterio cannot open it: {error}; copy or export it again") from error
        with dataset:
            if dataset.subdatasets:
                raise ReadError(
                    path,
                    f"a TIFF of {len(dataset.subdatasets)} pages; expected an image of one page: save the right page "
                    "as a file of its own",
                )
            yield RasterRows(path, dataset, color_mode)
