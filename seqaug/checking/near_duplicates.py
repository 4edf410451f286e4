"""Images that look nearly the same: copies at another size, quality or brightness, and neighbouring video frames.

An image's hash holds, for a grid of 16 rows and 17 columns of mean grey values, whether each value is larger than the
one to its left (difference hash, Krawetz 2013), 256 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, Any]

_ROWS, _COLUMNS = 16, 17
_BITS = _ROWS * (_COLUMNS - 1)
_LEAST_CONTRAST = 4.0  # grey levels: below, the hash is that of noise
_MOST_DIFFERENT = (
    32  # bits of 256; different frames of CamVid's drives differ in 77 or more, copies as JPEG in up to 17
)
_FINER = 4  # of a first, quick reduction
_BLOCK = 1024  # images compared with all others at a time


def difference_hash(image: Array) -> str | None:
    """Hash what an image, (H, W, C), looks like; None where it has too little contrast.

    Returns:
        64 hexadecimal digits.
    """
    finer = (_FINER * _COLUMNS, _FINER * _ROWS)
    small = image[..., :3]
    if image.shape[0] > finer[1] and image.shape[1] > finer[0]:
        small = cv2.resize(np.ascontiguousarray(small), finer, interpolation=cv2.INTER_AREA)
    grey = small.reshape(*small.shape[:2], -1).mean(axis=2, dtype=np.float32)
    grid = cv2.resize(grey, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)
    scale = 255 / np.iinfo(image.dtype).max if image.dtype.kind in "iu" else 255.0
    if not np.isfinite(grid).all() or grid.std() * scale < _LEAST_CONTRAST:
        return None
    return np.packbits(grid[:, 1:] > grid[:, :-1]).tobytes().hex()


def nearest_pairs(hashes: list[str], others: list[str]) -> Iterator[tuple[int, int, int]]:
    """Find for each hash the nearest of the others, if they differ in at most an eighth of the bits.

    Yields:
        The position in `hashes`, that in `others`, and the number of bits that differ.
    """
    if not hashes or not others:
        return
    signs = _signs(others)
    for first in range(0, len(hashes), _BLOCK):
        # Of vectors of 1 and -1, the product is the number of equal bits minus that of different ones.
        products = _signs(hashes[first : first + _BLOCK]) @ signs.T
        nearest = products.argmax(axis=1)
        different = (_BITS - products[np.arange(len(products)), nearest]) / 2
        for at in np.flatnonzero(different <= _MOST_DIFFERENT).tolist():
            yield first + at, int(nearest[at]), int(different[at])


def _signs(hashes: list[str]) -> Array:
    bits = np.unpackbits(np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8)).reshape(-1, _BITS)
    return bits.astype(np.float32) * 2 - 1
