"""Heights and widths of all samples, from the headers of their files where these tell them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from seqaug.errors import SampleError
from seqaug.reading.sizes import Size
from seqaug.sources.additional import AdditionalSource
from seqaug.sources.annotated import AnnotatedFiles
from seqaug.sources.base import DataSource
from seqaug.sources.class_masks import ClassMaskFiles
from seqaug.sources.files import FilePairs, ImageFiles, size_of

Array = np.ndarray[Any, Any]

_THREADS = 16


def image_sizes(source: DataSource) -> Array:
    """Return the height and width of every image, (N, 2) int64; files are read in parallel.

    Raises:
        SampleError: a sample cannot be read, or a mask or a further array has another size than its image.
    """

    def size(index: int) -> Size:
        try:
            sizes = _sizes(source, index)
            check_sizes(sizes)
        except Exception as error:
            raise SampleError.of(index, source.describe(index), error) from error
        return sizes["image"]

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="seqaug-sizes") as pool:
        return np.array(list(pool.map(size, range(len(source)))), np.int64).reshape(-1, 2)


def check_sizes(sizes: Mapping[str, Size]) -> None:
    """Check that all arrays of a sample have the height and width of "image".

    Raises:
        ValueError: one has another size; the message says what may have happened.
    """
    height, width = sizes["image"]
    for name, size in sizes.items():
        if size == (height, width):
            continue
        raise ValueError(
            f"{name!r} is {size[0]}x{size[1]} and the image {height}x{width} (height x width); expected the same size"
            + (
                ": one looks turned by 90 degrees; pixels are read as stored, so an EXIF orientation tag is "
                f"ignored: store the image turned, or the {name} as the image is stored"
                if size == (width, height)
                else f": check that the pair belongs together, or scale the {name} to its image"
                + (" (nearest neighbour)" if name == "mask" else "")
            )
        )


def _sizes(source: DataSource, index: int) -> dict[str, Size]:
    if isinstance(source, AdditionalSource):
        return {**_sizes(source.source, index), **source.sizes(index)}
    if isinstance(source, FilePairs | ImageFiles | AnnotatedFiles | ClassMaskFiles):
        return source.sizes(index)
    return {name: size_of(pixels) for name, pixels in source.load(index).items()}
