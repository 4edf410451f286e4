"""Palettes inferred from masks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from file_server import FileServer

from seqaug.errors import ReadError
from seqaug.palette.palette import Palette


def write(path: Path, *colors: tuple[int, int, int]) -> Path:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.array(colors, np.uint8).reshape(1, -1, 3).repeat(3, 1)[..., ::-1])
    return path


def test_the_order_is_that_of_colours_not_of_files(tmp_path: Path) -> None:
    a = write(tmp_path / "a.png", (255, 0, 0), (0, 0, 9))
    b = write(tmp_path / "sub" / "b.png", (0, 8, 0), (0, 0, 0), (255, 0, 0))
    (tmp_path / "notes.txt").write_text("not a mask")
    (tmp_path / ".hidden.png").write_text("not a mask")
    palette = Palette.infer([a, str(b)])
    assert palette.names == ("class_0_0_0", "class_0_0_9", "class_0_8_0", "class_255_0_0")
    assert palette.colors.tolist() == [[0, 0, 0], [0, 0, 9], [0, 8, 0], [255, 0, 0]]
    for paths in (iter([b, a]), tmp_path, str(tmp_path)):
        assert Palette.infer(paths) == palette
    assert Palette.infer(tmp_path, ignore=("class_0_0_0",), unknown="nearest").has_ignored


def test_too_many_colours(tmp_path: Path) -> None:
    few = write(tmp_path / "few.png", (1, 1, 1))
    many = tmp_path / "many.png"
    cv2.imwrite(str(many), np.random.default_rng(0).integers(0, 256, (30, 30, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match=r"many\.png, which alone has 900; expected at most max_colors=256.*JPEG"):
        Palette.infer([few, many])
    assert len(Palette.infer([few, many], max_colors=901)) == 901


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no mask files"):
        Palette.infer([])
    with pytest.raises(ValueError, match="holds no image file"):
        Palette.infer(tmp_path)
    with pytest.raises(ValueError, match="is not a directory"):
        Palette.infer(write(tmp_path / "a.png", (1, 1, 1)))
    with pytest.raises(ReadError):
        Palette.infer([tmp_path / "missing.png"])


def test_urls(tmp_path: Path, server: FileServer) -> None:
    write(tmp_path / "a.png", (255, 0, 0), (0, 0, 9))
    write(tmp_path / "sub" / "b.png", (0, 8, 0))
    write(tmp_path / ".hidden.png", (1, 1, 1))
    for paths in (server.url, [f"{server.url}/a.png", tmp_path / "sub" / "b.png"]):
        assert Palette.infer(paths) == Palette.infer(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"/empty' holds no image file.*an index page"):
        Palette.infer(f"{server.url}/empty")
    with pytest.raises(ReadError, match=r"/none/: no such file or folder"):
        Palette.infer(f"{server.url}/none")


def test_camvid_masks_have_camvid_s_colours(camvid: Path) -> None:
    inferred = Palette.infer(sorted((camvid / "train" / "masks").iterdir())[::25])
    known = Palette.named("camvid")
    colors = {tuple(color) for color in known.colors.tolist()} | set(known.ignored.values())
    assert {tuple(color) for color in inferred.colors.tolist()} <= colors
