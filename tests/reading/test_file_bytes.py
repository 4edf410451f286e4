"""Complete and truncated files."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from file_server import FileServer

from seqaug import ReadError
from seqaug.reading.file_bytes import read_bytes


def encoded(suffix: str, height: int = 60, width: int = 80) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.imencode(suffix, noise)[1].tobytes()


def with_thumbnail(jpeg: bytes) -> bytes:
    """Embed a small JPEG in an application segment, as cameras do."""
    thumbnail = b"Exif\0\0" + encoded(".jpg", 8, 8)
    return jpeg[:2] + b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail + jpeg[2:]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tiff", ".webp"])
def test_complete_files_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(encoded(suffix))
    assert read_bytes(path) == encoded(suffix)


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_truncated_files_are_found(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"a{suffix}"
    data = encoded(suffix)
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(ReadError, match=rf"a\{suffix}: the file is truncated after \d+ bytes; copy or export it again"):
        read_bytes(path)


def test_the_end_of_a_thumbnail_is_not_the_end_of_a_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    data = with_thumbnail(encoded(".jpg"))
    path.write_bytes(data)
    assert read_bytes(path) == data
    path.write_bytes(data[: len(data) * 3 // 4])
    with pytest.raises(ReadError, match="is truncated"):
        read_bytes(path)


def test_urls(tmp_path: Path, server: FileServer) -> None:
    data = encoded(".png")
    (tmp_path / "a.png").write_bytes(data)
    (tmp_path / "b.png").write_bytes(data[:-20])
    (tmp_path / "c.png").touch()
    assert read_bytes(f"{server.url}/a.png") == data
    with pytest.raises(ReadError, match=rf"^{server.url}/b\.png: the file is truncated after \d+ bytes"):
        read_bytes(f"{server.url}/b.png")
    with pytest.raises(ReadError, match=rf"^{server.url}/c\.png: the file is empty"):
        read_bytes(f"{server.url}/c.png")
    with pytest.raises(ReadError, match=rf"^{server.url}/d\.png: no such file"):
        read_bytes(f"{server.url}/d.png")
    with pytest.raises(ReadError, match=r"^s3:/b/a\.png: no such file.*pass 's3://b/a\.png' as a string"):
        read_bytes(Path("s3://b/a.png"))


def test_missing_empty_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"none\.png: no such file; relative paths start at"):
        read_bytes(tmp_path / "none.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(ReadError, match=r"empty\.png: the file is empty \(0 bytes\); copy or export it again"):
        read_bytes(tmp_path / "empty.png")
    with pytest.raises(ReadError, match=r"cannot be opened: Is a directory"):
        read_bytes(tmp_path)
    with pytest.raises(ReadError, match=r"cannot be opened: embedded null byte"):
        read_bytes("a\0.png")
