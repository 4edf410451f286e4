"""EXIF orientations."""

import cv2
import numpy as np
import pytest
from exif import exif_block, jpeg_with_orientation, png_with_orientation, webp_with_orientation

from seqaug.reading.exif import exif_orientation

PIXELS = np.full((5, 7, 3), (200, 30, 60), np.uint8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "write",
    [
        jpeg_with_orientation,
        lambda pixels, orientation: jpeg_with_orientation(pixels, orientation, ">"),
        png_with_orientation,
        webp_with_orientation,
        lambda pixels, orientation: exif_block(orientation),  # a TIFF without pixels
    ],
)
def test_every_orientation_in_every_format(write, orientation: int) -> None:
    assert exif_orientation(write(PIXELS, orientation)) == orientation


def test_opencv_rotates_the_jpeg() -> None:
    data = np.frombuffer(jpeg_with_orientation(PIXELS, 6), np.uint8)
    assert cv2.imdecode(data, cv2.IMREAD_COLOR).shape == (7, 5, 3)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff", ".bmp"])
def test_files_without_a_tag_are_upright(suffix: str) -> None:
    assert exif_orientation(cv2.imencode(suffix, PIXELS)[1].tobytes()) == 1


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe1", b"RIFF????WEBP", b"II*\0", b"\x89PNG\r\n\x1a\n"])
def test_damaged_files_are_upright(data: bytes) -> None:
    assert exif_orientation(data) == 1


def test_an_undefined_orientation_is_upright() -> None:
    assert exif_orientation(jpeg_with_orientation(PIXELS, 77)) == 1
