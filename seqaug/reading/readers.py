"""A user's own functions that read files, in the place of the built-in readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from seqaug.errors import ReadError
from seqaug.reading.nodata import plain_or_masked

Array = np.ndarray[Any, Any]
Reader = Callable[[str], Any]


class Readers(NamedTuple):
    """Functions from a path to an array.

    Attributes:
        image: reads images; None: the built-in reader.
        mask: reads masks; None: the built-in reader.
        name: identifies what they do, in this run and in later ones; None: unknown.
    """

    image: Reader | None = None
    mask: Reader | None = None
    name: str | None = None

    @property
    def fingerprint(self) -> str:
        """What tells cached samples of other readers apart; empty for the built-in ones."""
        if self.image is None and self.mask is None:
            return ""
        return f"read_image {self.image is not None} read_mask {self.mask is not None} {self.name!r}"


BUILT_IN = Readers()


def read_with(reader: Reader, path: str, argument: str) -> Array:
    """Read a file by a user's function.

    Args:
        reader: the function.
        path: the file, as it was given.
        argument: the argument that gave the function, for messages.

    Raises:
        ReadError: the function raises, or returns no array.
    """
    try:
        found = reader(path)
    except Exception as error:
        raise ReadError(path, f"{argument} raises {type(error).__name__}: {error}") from error
    pixels = plain_or_masked(found)
    if pixels.ndim < 2 or pixels.dtype.kind not in "biuf":
        raise ReadError(
            path,
            f"{argument} returns {type(found).__name__}, {pixels.dtype} of shape {pixels.shape}; expected numbers, "
            "(height, width) or (height, width, channels)",
        )
    return pixels
