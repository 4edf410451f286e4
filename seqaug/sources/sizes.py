"""Heights and widths of samples, from the headers of their files where these tell them."""

from __future__ import annotations

from collections.abc import Mapping

from seqaug.reading.sizes import Size
from seqaug.sources.additional import AdditionalSource
from seqaug.sources.annotated import AnnotatedFiles
from seqaug.sources.base import DataSource
from seqaug.sources.class_masks import ClassMaskFiles
from seqaug.sources.files import FilePairs, ImageFiles, size_of


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


def stored_sizes(source: DataSource, index: int) -> dict[str, Size]:
    """Return the heights and widths of all arrays of a sample."""
    if isinstance(source, AdditionalSource):
        return {**stored_sizes(source.source, index), **source.sizes(index)}
    if isinstance(source, FilePairs | ImageFiles | AnnotatedFiles | ClassMaskFiles):
        return source.sizes(index)
    return {name: size_of(pixels) for name, pixels in source.load(index).items()}
