"""Palettes as CSV files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from file_server import FileServer
from indexed import write_indexed

from seqaug.errors import ReadError
from seqaug.palette.color_files import color_csv, read_color_csv
from seqaug.palette.palette import Palette


@pytest.mark.parametrize(
    "text",
    [
        b"name,r,g,b\nsky,128,128,128\nvoid,0,0,0\n",
        b"\xef\xbb\xbfname,r,g,b\r\nsky,128,128,128\r\nvoid,0,0,0",
        b" Name , R,G ,B\n\n sky , 128 ,128, 128\n,,,\nvoid,0,0,0\n",
        b'b,id,g,name,r\n128,0,128,"sky",128\n0,1,0,void,0\n',
    ],
)
def test_a_table(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "p.csv").write_bytes(text)
    expected = Palette({"sky": (128, 128, 128), "void": (0, 0, 0)}, ("void",), "nearest")
    assert Palette.from_csv(tmp_path / "p.csv", ignore=["void"], unknown="nearest") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the file is empty"),
        (b"name,r,g,b\n", "no lines below the first"),
        (b"sky,1,2,3\nsea,4,5,6\n", "line 1: no column name, r, g, b; found sky, 1, 2, 3"),
        (b"name;r;g;b\nsky;1;2;3\n", "found name;r;g;b; .* with commas"),
        (b"name,r,g,b\nsky,1,2\n", "line 2: 3 values; expected 4"),
        (b"name,r,g,b\n\nsky,1,2,x\n", "line 3: r,g,b is 1,2,x; expected three integers from 0 to 255"),
        (b"name,r,g,b\nsky,1,2,256\n", "line 2: r,g,b is 1,2,256"),
        (b"name,r,g,b\nsky,1,2,3\nsky,1,2,3\n", r"line 3: the colour \(1, 2, 3\) is also in line 2"),
        (b"name,r,g,b\nsky,1,2,3\nsea,1,2,3\n", r"line 3: the colour \(1, 2, 3\) is also in line 2"),
        (b"name,r,g,b\n,1,2,3\n", "line 2: the name is empty"),
        (b"name,r,g,b\nsk\xff,1,2,3\n", "not CSV text in UTF-8"),
    ],
)
def test_no_table_in_csv_file(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "p.csv").write_bytes(text)
    with pytest.raises(ReadError, match=message) as caught:
        Palette.from_csv(tmp_path / "p.csv")
    assert "p.csv" in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        Palette.from_csv(tmp_path / "p.csv")
    with pytest.raises(ReadError, match="cannot be opened"):
        Palette.from_csv(tmp_path)


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    colors = {'a, "b"': (1, 2, 3), "grün": (255, 0, 9)}
    (tmp_path / "p.csv").write_text(color_csv(colors), encoding="utf-8")
    assert read_color_csv(tmp_path / "p.csv") == {name: (color,) for name, color in colors.items()}


def test_lines_of_one_name_are_one_class(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("name,r,g,b\ncar,1,2,3\nsky,4,5,6\ncar,7,8,9\n")
    assert Palette.from_csv(tmp_path / "p.csv") == Palette({"car": [(1, 2, 3), (7, 8, 9)], "sky": (4, 5, 6)})


def test_a_url_in_csv_file(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "p.csv").write_bytes(b"\xef\xbb\xbfname,r,g,b\r\nsky,1,2,3\r\n")
    (tmp_path / "q.csv").write_bytes(b"name,r,g,b\nsky,1,2,\xff\n")
    assert read_color_csv(f"{server.url}/p.csv") == {"sky": ((1, 2, 3),)}
    with pytest.raises(ReadError, match=rf"^{server.url}/q\.csv: not CSV text in UTF-8"):
        read_color_csv(f"{server.url}/q.csv")
    with pytest.raises(ReadError, match=rf"^{server.url}/none\.csv: no such file or folder"):
        read_color_csv(f"{server.url}/none.csv")
    with pytest.raises(ReadError, match=r"no such file; expected a CSV .*pass 's3://b/p\.csv' as a string"):
        read_color_csv(Path("s3://b/p.csv"))


def test_the_table_is_the_palette(tmp_path: Path) -> None:
    path = write_indexed(tmp_path / "m.png", [[0, 0, 0], [128, 0, 0], [9, 9, 9]])
    palette = Palette.from_png(path)
    assert palette == Palette({"class_0": (0, 0, 0), "class_1": (128, 0, 0), "class_2": (9, 9, 9)})
    assert Palette.from_png(path, ignore=("class_2",)).names == ("class_0", "class_1")


def test_padding_is_dropped(tmp_path: Path) -> None:
    table = [[7, 7, 7], [0, 0, 0], [1, 1, 1]] + [[0, 0, 0]] * 252 + [[7, 7, 7]]
    assert Palette.from_png(write_indexed(tmp_path / "m.png", table)).names == ("class_0", "class_1", "class_2")


def test_a_colour_twice(tmp_path: Path) -> None:
    path = write_indexed(tmp_path / "m.png", [[0, 0, 0], [5, 5, 5], [0, 0, 0], [6, 6, 6]])
    with pytest.raises(ReadError, match=r"m\.png: the entries 0 and 2 of the colour table are both \(0, 0, 0\)"):
        Palette.from_png(path)


def test_no_table(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "m.png"), np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(ReadError, match=r"m\.png: a PNG without a colour table"):
        Palette.from_png(tmp_path / "m.png")
    with pytest.raises(ReadError, match="no such file"):
        Palette.from_png(tmp_path / "n.png")


def test_a_url(tmp_path: Path, server: FileServer) -> None:
    path = write_indexed(tmp_path / "m.png", [[0, 0, 0], [128, 0, 0]])
    assert Palette.from_png(f"{server.url}/m.png") == Palette.from_png(path)
