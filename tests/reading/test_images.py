"""Images of every format in every colour mode."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from seqaug import ReadError
from seqaug.reading.images import read_image

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
RGBA = RNG.integers(0, 256, (20, 30, 4), dtype=np.uint8)
GREY = RNG.integers(0, 256, (20, 30), dtype=np.uint8)
DEEP_GREY = RNG.integers(0, 65536, (20, 30), dtype=np.uint16)
DEEP_RGB = RNG.integers(0, 65536, (20, 30, 3), dtype=np.uint16)
STORED = {"rgb": RGB, "rgba": RGBA, "grey": GREY, "grey16": DEEP_GREY, "rgb16": DEEP_RGB}


def write(path: Path, pixels: np.ndarray) -> Path:
    """Write RGB(A) or grey pixels with OpenCV, which expects BGR(A)."""
    if pixels.ndim == 3:
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    lossless = [cv2.IMWRITE_WEBP_QUALITY, 101] if path.suffix == ".webp" else []
    assert cv2.imwrite(str(path), pixels, lossless)
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".webp"])
def test_rgb_pixels_equal_those_written(tmp_path: Path, suffix: str) -> None:
    assert np.array_equal(read_image(write(tmp_path / f"a{suffix}", RGB)), RGB)


def test_jpeg_pixels_are_close_to_those_written(tmp_path: Path) -> None:
    smooth = cv2.GaussianBlur(RGB, (0, 0), 5)
    read = read_image(write(tmp_path / "a.jpg", smooth))
    assert np.abs(read.astype(int) - smooth).mean() < 3


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize(
    "stored", [RGB, RGBA, GREY, DEEP_GREY, DEEP_RGB], ids=["rgb", "rgba", "grey", "grey16", "rgb16"]
)
def test_unchanged_pixels_equal_those_written(tmp_path: Path, stored: np.ndarray, suffix: str) -> None:
    read = read_image(write(tmp_path / f"a{suffix}", stored), "unchanged")
    assert read.dtype == stored.dtype
    assert np.array_equal(read, stored.reshape(20, 30, -1))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize(
    "stored", [RGB, RGBA, GREY, DEEP_GREY, DEEP_RGB], ids=["rgb", "rgba", "grey", "grey16", "rgb16"]
)
@pytest.mark.parametrize(("mode", "channels"), [("rgb", 3), ("grayscale", 1), ("rgba", 4)])
def test_modes_convert_to_8_bits(tmp_path: Path, mode: str, channels: int, stored: np.ndarray, suffix: str) -> None:
    read = read_image(write(tmp_path / f"a{suffix}", stored), mode)
    assert read.dtype == np.uint8
    assert read.shape == (20, 30, channels)
    eight = (stored >> 8).astype(np.uint8) if stored.dtype == np.uint16 else stored
    if mode == "grayscale" and eight.ndim == 3:
        expected = (eight[..., :3] @ [0.299, 0.587, 0.114])[..., np.newaxis]
        assert np.abs(read - expected).max() <= 2  # decoders round luminance weights
        return
    colors = np.dstack([eight] * 3) if eight.ndim == 2 else eight[..., :3]
    alpha = eight[..., 3] if eight.ndim == 3 and eight.shape[2] == 4 else np.full((20, 30), 255, np.uint8)
    expected = {"rgb": colors, "rgba": np.dstack([colors, alpha]), "grayscale": eight.reshape(20, 30, -1)}[mode]
    assert np.array_equal(read, expected)


def test_an_exif_orientation_is_ignored(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", RGB)
    plain = read_image(path)
    data = path.read_bytes()
    # A little-endian TIFF header with one tag: orientation (0x0112), one short, 6 = rotate by 90 degrees.
    tiff = b"II*\0\x08\0\0\0\x01\0" + bytes.fromhex("120103000100000006000000") + bytes(4)
    segment = b"Exif\0\0" + tiff
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:])
    assert cv2.imread(str(path)).shape == (30, 20, 3), "OpenCV itself must see the tag, else this test proves nothing"
    assert np.array_equal(read_image(path), plain)


@pytest.mark.parametrize("content", [b"hello, this is text", b"\x89PNG\r\n\x1a\nIEND"])
def test_files_that_are_not_images(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=r"a\.png: not an image that OpenCV can decode.*expected a complete file"):
        read_image(path)


def test_damage_inside_a_png_is_found(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", RGB)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(bytes(data))
    with pytest.raises(ReadError, match="not an image that OpenCV can decode"):
        read_image(path)


def test_float_pixels_are_read_unchanged_only(tmp_path: Path) -> None:
    stored = RNG.random((20, 30), dtype=np.float32)
    path = write(tmp_path / "a.tiff", stored)
    assert np.array_equal(read_image(path, "unchanged")[..., 0], stored)
    with pytest.raises(ReadError, match=r'float32 cannot be converted to 8-bit rgb.*color_mode="unchanged"'):
        read_image(path, "rgb")
