"""Coercion of `palette=`."""

from __future__ import annotations

from pathlib import Path

import pytest
from file_server import FileServer

from seqaug import ReadError
from seqaug.palette.coercion import as_palette
from seqaug.palette.palette import Palette

COLORS = {"sky": (1, 2, 3), "sea": (4, 5, 6)}


def test_valid_palettes(tmp_path: Path) -> None:
    palette = Palette(COLORS)
    path = tmp_path / "colors.CSV"
    path.write_text("name,r,g,b\nsky,1,2,3\nsea,4,5,6\n")
    assert as_palette(palette) is palette
    assert as_palette(None) is None
    assert as_palette("voc") == Palette.named("voc")
    for spec in (COLORS, path, str(path)):
        assert as_palette(spec) == palette


def test_invalid_palettes(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"'camvit' is not a built-in palette, and there is no such file.*mean 'camvid'"
    ):
        as_palette("camvit")
    with pytest.raises(ValueError, match=r"missing\.csv' is not a built-in palette, and there is no such file"):
        as_palette(tmp_path / "missing.csv")
    with pytest.raises(ValueError, match=r"Palette\.from_png"):
        as_palette(str(tmp_path / "mask.png"))
    with pytest.raises(TypeError, match="a palette of int; expected a Palette"):
        as_palette(7)


def test_urls(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "colors.csv").write_text("name,r,g,b\nsky,1,2,3\nsea,4,5,6\n")
    for query in ("", "?key=1"):
        assert as_palette(f"{server.url}/colors.csv{query}") == Palette(COLORS)
    with pytest.raises(ReadError, match=rf"^{server.url}/none\.csv: no such file"):
        as_palette(f"{server.url}/none.csv")
    with pytest.raises(ValueError, match=r"colors\.txt' is a file, but not a \.csv"):
        as_palette(f"{server.url}/colors.txt")
    with pytest.raises(ValueError, match=r"no such file;.*pass 'https://h/c\.csv' as a string"):
        as_palette(Path("https://h/c.csv"))
