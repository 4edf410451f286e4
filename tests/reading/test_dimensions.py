"""Images too large to decode, detected by their headers."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from damage import encode_tiff, intact_files

from seqaug import ReadError
from seqaug.reading.dimensions import count_pixels
from seqaug.reading.images import read_image
from seqaug.reading.masks import read_class_ids, read_mask_colors

FILES = intact_files()
LARGE = 16_000  # 2^27 pixels are 11,586 x 11,586


def _png(color_type: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", LARGE, LARGE, 8, color_type, 0, 0, 0)
    intact = FILES["indexed.png" if color_type == 3 else "plain.png"]
    return intact[:12] + head + struct.pack(">I", zlib.crc32(head)) + intact[33:]


def _long_chunk() -> bytes:
    intact = FILES["plain.png"]
    return intact[:33] + struct.pack(">I", 2**31 - 16) + intact[37:]


def _jpeg() -> bytes:
    data = FILES["exif.jpg"]
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", LARGE, LARGE) + data[at + 4 :]


def _tiff(data: bytes) -> bytes:
    size = struct.pack("<HHII", 256, 4, 1, 32), struct.pack("<HHII", 257, 4, 1, 24)
    for old, tag in zip(size, (256, 257), strict=True):
        assert old in data
        data = data.replace(old, struct.pack("<HHII", tag, 4, 1, LARGE))
    return data


def _bmp() -> bytes:
    data = FILES["plain.bmp"]
    return data[:18] + struct.pack("<ii", LARGE, -LARGE) + data[26:]


def _webp(name: str) -> bytes:
    data = bytearray(FILES[name])
    if name == "exif.webp":  # OpenCV's image, behind a canvas header
        data[12:12] = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (LARGE - 1).to_bytes(3, "little") * 2
    elif name == "lossless.webp":
        data[21:25] = struct.pack("<I", (LARGE - 1) | (LARGE - 1) << 14)
    else:
        data[26:30] = struct.pack("<HH", LARGE, LARGE)
    return bytes(data)


BOMBS: dict[str, Callable[[], bytes]] = {
    "plain.png": lambda: _png(2),
    "indexed.png": lambda: _png(3),
    "exif.jpg": _jpeg,
    "plain.bmp": _bmp,
    "lossy.webp": lambda: _webp("lossy.webp"),
    "lossless.webp": lambda: _webp("lossless.webp"),
    "extended.webp": lambda: _webp("exif.webp"),
    "plain.tif": lambda: _tiff(FILES["plain.tif"]),
    "bands.tif": lambda: _tiff(FILES["bands.tiff"]),
}


@pytest.fixture
def decoders(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the decoders that are called."""
    called: list[str] = []
    monkeypatch.setattr(cv2, "imdecode", lambda *_: called.append("OpenCV"))
    monkeypatch.setattr(tifffile, "TiffFile", lambda *_: called.append("tifffile"))
    return called


@pytest.mark.parametrize("name", BOMBS)
def test_large_images_are_refused_before_decoding(tmp_path: Path, decoders: list[str], name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name]())
    message = (
        r"declares (256000000|512000000) pixels, more than the limit of 134217728.*raise the variable "
        "SEQAUG_MAX_IMAGE_PIXELS"
    )
    readers: list[Callable[[Path], Any]] = [read_image, lambda path: read_image(path, "unchanged"), read_mask_colors]
    for read in readers if name == "exif.jpg" else [*readers, read_class_ids]:
        with pytest.raises(ReadError, match=message):
            read(path)
    assert decoders == []


@pytest.mark.parametrize("name", FILES)
def test_headers_are_parsed(name: str) -> None:
    expected = {"exif_alone.tif": 0, "bands.tiff": 2 * 24 * 32}  # six channels count twice
    assert count_pixels(FILES[name]) == expected.get(name, 24 * 32)


@pytest.mark.parametrize("suffix", [".gif", ".jp2", ".avif"])
def test_other_formats_that_opencv_decodes(suffix: str) -> None:
    try:
        encoded, data = cv2.imencode(suffix, np.full((96, 128, 3), 7, np.uint8))
    except cv2.error:
        encoded, data = False, None
    if not encoded or data is None:
        pytest.skip(f"this OpenCV writes no {suffix}")
    assert count_pixels(data.tobytes()) == 96 * 128
    assert count_pixels(data.tobytes()[:20]) == 0 or suffix == ".gif"


def test_jpeg_2000_without_boxes() -> None:
    assert count_pixels(b"\xff\x4f\xff\x51\0\x2f\0\0" + struct.pack(">II", 128, 96)) == 96 * 128


def test_a_jpeg_header_between_other_segments() -> None:
    data = FILES["plain.jpg"]
    assert count_pixels(data[:2] + b"\xff\xfe\0\4ab" + b"junk" + b"\xff\xff" + data[3:]) == 24 * 32
    assert count_pixels(data[:10]) == 0


def test_pages_and_tiles_count(tmp_path: Path, decoders: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQAUG_MAX_IMAGE_PIXELS", "2000")
    path = tmp_path / "a.tif"
    path.write_bytes(encode_tiff(np.zeros((9, 24, 32), np.uint8), photometric="minisblack"))
    with pytest.raises(ReadError, match="declares 2304 pixels, more than the limit of 2000"):
        read_image(path, "unchanged")
    path.write_bytes(encode_tiff(np.zeros((24, 32), np.uint8), photometric="minisblack", tile=(64, 64)))
    with pytest.raises(ReadError, match="declares 4096 pixels, more than the limit of 2000"):
        read_image(path)
    assert decoders == []


def test_the_limit_is_an_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(FILES["plain.png"])
    monkeypatch.setenv("SEQAUG_MAX_IMAGE_PIXELS", "768")
    assert read_image(path).shape == (24, 32, 3)
    monkeypatch.setenv("SEQAUG_MAX_IMAGE_PIXELS", "767")
    with pytest.raises(ReadError, match="declares 768 pixels, more than the limit of 767"):
        read_image(path)
    for wrong in ("much", "0", "-5"):
        monkeypatch.setenv("SEQAUG_MAX_IMAGE_PIXELS", wrong)
        with pytest.raises(ReadError, match=rf"SEQAUG_MAX_IMAGE_PIXELS is '{wrong}'; expected a number"):
            read_image(path)


def test_a_chunk_longer_than_the_file(tmp_path: Path, decoders: list[str]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_long_chunk())
    for mode in ("rgb", "unchanged"):
        with pytest.raises(ReadError, match=r"the chunk at byte 33 of \d+ declares 2147483632 bytes; copy or"):
            read_image(path, mode)
    assert decoders == []


def test_bytes_after_the_end_of_a_png_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(FILES["plain.png"] + b"\x7f" * 100)
    assert read_image(tmp_path / "a.png").shape == (24, 32, 3)


@pytest.mark.parametrize("make", [lambda: _png(2), lambda: _long_chunk()], ids=["large", "long"])
def test_no_memory_is_allocated(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(make())
    code = f"""
import resource
from seqaug import ReadError
from seqaug.reading.images import read_image
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_image({str(path)!r})
except ReadError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) * (1 if sys.platform == "darwin" else 1024) < 50_000_000 < 3 * LARGE**2
