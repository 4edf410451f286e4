"""Where on earth the pixels of a GeoTIFF lie: its coordinate reference system and geotransform, from its header."""

from __future__ import annotations

import os
import warnings
from typing import Any, NamedTuple

import numpy as np

from seqaug.reading.raster import is_raster

Transform = tuple[float, float, float, float, float, float]

_TOLERANCE = 0.5  # pixels: half of one is the difference between corners and middles of pixels


class StoredGeoreference(NamedTuple):
    """Where a raster lies.

    Attributes:
        crs: coordinate reference system, such as "EPSG:32632", or as WKT; None if the file does not say.
        transform: (a, b, c, d, e, f) of `affine.Affine`: x = a * column + b * row + c, y = d * column + e * row + f.
            None if the file does not say.
    """

    crs: str | None
    transform: Transform | None


def stored_georeference(path: str | os.PathLike[str]) -> StoredGeoreference | None:
    """Return where a local TIFF lies; None if it does not say, for other files, and without rasterio."""
    if not is_raster(path):
        return None
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    # Without a listing of its directory for each file.
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="TRUE"):
        try:
            # It stays: `catch_warnings` would restore the filters of other threads in the middle of their work.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as dataset:
                crs = None if dataset.crs is None else dataset.crs.to_string()
                transform = None if dataset.transform.is_identity else tuple(dataset.transform)[:6]
        except RasterioError:  # reading it says what is wrong
            return None
    return None if crs is None and transform is None else StoredGeoreference(crs, transform)


def check_aligned(image: StoredGeoreference | None, mask: StoredGeoreference | None, size: tuple[int, int]) -> None:
    """Check that a mask lies where its image lies, as far as both say.

    Args:
        image: where it lies, or None.
        mask: likewise.
        size: height and width of both.

    Raises:
        ValueError: their reference systems differ, or a corner is half a pixel of the image or more away.
    """
    if image is None or mask is None:
        return
    remedy = "; expected the mask of this image: check the pairing, or warp the mask to the image's grid (gdalwarp)"
    if image.crs is not None and mask.crs is not None and not _is_same(image.crs, mask.crs):
        raise ValueError(f"the mask's coordinates are {_short(mask.crs)}, and the image's {_short(image.crs)}{remedy}")
    if image.transform is None or mask.transform is None:
        return
    to_image = np.linalg.solve(_matrix(image.transform), _matrix(mask.transform))
    height, width = size
    for name, column, row in (("top left", 0, 0), ("bottom right", width, height), ("top right", width, 0)):
        right, down, _ = (to_image @ (column, row, 1) - (column, row, 1)).tolist()
        if max(abs(right), abs(down)) >= _TOLERANCE:
            raise ValueError(
                f"the mask lies elsewhere on earth than its image: its {name} corner is {right:+.1f} columns and "
                f"{down:+.1f} rows away from the image's, by their geotransforms {_listed(mask.transform)} and "
                f"{_listed(image.transform)}{remedy}"
            )


def _matrix(transform: Transform) -> np.ndarray[Any, Any]:
    return np.array([*transform, 0, 0, 1]).reshape(3, 3)


def _is_same(one: str, other: str) -> bool:
    if one == other:
        return True
    from rasterio.crs import CRS

    first, second = CRS.from_string(one), CRS.from_string(other)
    if first == second:
        return True
    codes: Any = first.to_epsg(), second.to_epsg()
    return codes[0] is not None and codes[0] == codes[1]


def _short(crs: str) -> str:
    return crs if len(crs) < 40 else f"{crs[:40]}..."


def _listed(transform: Transform) -> str:
    return f"({', '.join(f'{number:.10g}' for number in transform)})"
