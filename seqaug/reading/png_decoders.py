"""PNG decoders that are faster than OpenCV's, where they are installed, for files that they decode to the same pixels.

OpenCV decodes everything else, and whatever they refuse: which files are accepted, and the messages for the others, do
not depend on what is installed. One exception: neither package verifies the Adler-32 checksum inside the compressed
data, and kornia-rs accepts a few invalid codes there. OpenCV refuses such a file and they decode it where all chunks
have right checksums, which damage does not leave behind: only the program that wrote the file can.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np

from seqaug.core.parallel_threads import is_parallel_thread
from seqaug.reading.file_bytes import PNG_SIGNATURE
from seqaug.reading.png_header import GREY, INDEXED, RGB, RGBA, PngHeader, common_png_header

Array = np.ndarray[Any, Any]

_CHANNELS = {GREY: 1, RGB: 3, RGBA: 4}
_TO_RGB = {1: cv2.COLOR_GRAY2RGB, 4: cv2.COLOR_RGBA2RGB}
# What lowers OpenCV's own limits: whoever has set it wants it to hold.
_LIMITS = ("OPENCV_IO_MAX_IMAGE_WIDTH", "OPENCV_IO_MAX_IMAGE_HEIGHT", "OPENCV_IO_MAX_IMAGE_PIXELS")
_MODES = {GREY: "mono", RGB: "rgb", INDEXED: "mono", RGBA: "rgba"}  # kornia-rs' words
_LEAST_KORNIA_RS = (0, 2)


class PngDecoder(NamedTuple):
    """A decoder of another package than OpenCV.

    Attributes:
        name: name and version of the package.
        kinds: which kinds it decodes to the same pixels, see `PngHeader.kind`.
        decode: takes the bytes of a file and their header, and gives the stored channels in the order red, green,
            blue, alpha, shape (H, W) or (H, W, C), colours for indices; raises whatever it likes.
    """

    name: str
    kinds: frozenset[tuple[int, int, bool]]
    decode: Callable[[bytes, PngHeader], Array]


def decode_png(data: bytes, mode: str) -> Array | None:
    """Decode a PNG with the fastest decoder that is installed and proven for its kind.

    Args:
        data: the bytes of a file.
        mode: "rgb", "grayscale" or "unchanged", as for `seqaug.reading.decoding.decode`.

    Returns:
        What OpenCV makes of it, colours in the order red, green, blue; None for other files, and where OpenCV is to
        be asked.
    """
    if not data.startswith(PNG_SIGNATURE):
        return None
    decoder = png_decoder(is_parallel=is_parallel_thread())
    header = None if decoder is None else common_png_header(data)
    if decoder is None or header is None or header.kind not in decoder.kinds:
        return None
    if mode == "grayscale" and header.color_type != GREY:  # libpng has its own way of weighting colours
        return None
    pixels = attempt(decoder, data, header)
    if pixels is None or mode == "unchanged":
        return pixels
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    return cv2.cvtColor(pixels, _TO_RGB[channels]) if mode == "rgb" and channels in _TO_RGB else pixels


@cache
def png_decoder(*, is_parallel: bool) -> PngDecoder | None:
    """Choose the decoder of this process, and import it.

    kornia-rs is the fastest, and holds Python's lock. Threads that work side by side are faster with imagecodecs,
    which does not, and without it with OpenCV.

    Args:
        is_parallel: for such threads.

    Returns:
        None where OpenCV does the work: no other is installed, one disagrees with OpenCV, or a limit of OpenCV's own
        is set in the environment.
    """
    if any(os.environ.get(name) for name in _LIMITS):
        return None
    for name in ("imagecodecs",) if is_parallel else ("kornia-rs", "imagecodecs"):
        try:
            decoder = LOADERS[name]()
        except Exception:  # not installed, or not as expected
            continue
        if _agrees_with_opencv(decoder):
            return decoder
    return None


def png_decoder_name(*, is_parallel: bool) -> str:
    """Name the decoder of PNG files, with its version."""
    decoder = png_decoder(is_parallel=is_parallel)
    return f"OpenCV {cv2.__version__}" if decoder is None else decoder.name


def attempt(decoder: PngDecoder, data: bytes, header: PngHeader) -> Array | None:
    """Decode a file whose kind a decoder knows; None where it fails."""
    try:
        return decoder.decode(data, header)
    except Exception:
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a panic in Rust becomes, which is no Exception
            raise
        return None


def _kornia_rs() -> PngDecoder:
    import kornia_rs
    from kornia_rs.io import decode_image_png_u8, decode_image_png_u16

    if tuple(int(number) for number in kornia_rs.__version__.split(".")[:2]) < _LEAST_KORNIA_RS:
        raise ImportError(f"kornia-rs {kornia_rs.__version__}")

    def decode(data: bytes, header: PngHeader) -> Array:
        function = decode_image_png_u16 if header.depth == 16 else decode_image_png_u8
        pixels: Array = function(data, (header.height, header.width), _MODES[header.color_type])
        if pixels.shape[2] == 1:
            pixels = pixels[..., 0]
        return pixels if header.color_type != INDEXED else _colors(pixels, header.color_table)

    kinds = [(GREY, 8), (GREY, 16), (RGB, 8), (RGB, 16), (INDEXED, 8), (RGBA, 8), (RGBA, 16)]
    return PngDecoder(
        f"kornia-rs {kornia_rs.__version__}",
        frozenset((*kind, is_interlaced) for kind in kinds for is_interlaced in (False, True)),
        decode,
    )


def _colors(indices: Array, table: bytes) -> Array:
    colors = np.zeros((256, 1, 3), np.uint8)
    colors[: len(table) // 3, 0] = np.frombuffer(table, np.uint8).reshape(-1, 3)
    if len(table) < 768 and int(indices.max()) >= len(table) // 3:
        raise ValueError("indices without a colour")
    return cv2.applyColorMap(indices, colors)


def _imagecodecs() -> PngDecoder:
    import imagecodecs

    spng_decode = imagecodecs.spng_decode  # png_decode corrupts Python's reference counts on invalid data

    def decode(data: bytes, header: PngHeader) -> Array:
        pixels: Array = spng_decode(data)
        return pixels

    return PngDecoder(
        f"imagecodecs {imagecodecs.__version__}",
        frozenset((color_type, 8, False) for color_type in (GREY, RGB, RGBA)),
        decode,
    )


# Imports a decoder, by the name of its package; ImportError where it is missing.
LOADERS: dict[str, Callable[[], PngDecoder]] = {"kornia-rs": _kornia_rs, "imagecodecs": _imagecodecs}


def _agrees_with_opencv(decoder: PngDecoder) -> bool:
    """See that a version that the tests may not have met gives OpenCV's pixels, for a small file of each kind."""
    rng = np.random.default_rng(0)
    for color_type, depth, is_interlaced in decoder.kinds:
        if is_interlaced or color_type not in _CHANNELS:  # which OpenCV cannot write
            continue
        dtype = np.uint16 if depth == 16 else np.uint8
        pixels = rng.integers(0, 2**depth, (5, 7, _CHANNELS[color_type]), dtype=dtype)
        data = cv2.imencode(".png", pixels)[1].tobytes()
        expected = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]] if color_type != GREY else pixels[..., 0]
        header = common_png_header(data)
        decoded = None if header is None else attempt(decoder, data, header)
        if decoded is None or decoded.dtype != dtype or not np.array_equal(decoded, expected):
            return False
    return True
