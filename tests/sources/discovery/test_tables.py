"""Paths and labels from tables."""

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from file_server import FileServer

from seqaug import ReadError
from seqaug.sources.discovery.tables import read_csv_pairs, read_dataframe_labels, read_dataframe_pairs


def test_a_data_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": ["a.png", "/b.png"], "y": ["m/a.png", Path("m/b.png")]}, index=[7, 9])
    assert read_dataframe_pairs(frame, "x", "y", None)[:2] == (["a.png", "/b.png"], ["m/a.png", "m/b.png"])
    images, masks, _ = read_dataframe_pairs(frame, "x", "y", tmp_path)
    assert images == [str(tmp_path / "a.png"), "/b.png"]
    assert masks == [str(tmp_path / "m/a.png"), str(tmp_path / "m/b.png")]


def test_a_csv_file_is_its_own_root(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\ufeffmask,image,note\nm/a.png,a.png,hi\nm/b.png,b.png,\n", encoding="utf-8")
    images, masks, _ = read_csv_pairs(tmp_path / "t.csv", "image", "mask", None)
    assert images == [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    assert masks == [str(tmp_path / "m/a.png"), str(tmp_path / "m/b.png")]
    assert read_csv_pairs(tmp_path / "t.csv", "image", "mask", "/data")[0] == [
        os.path.join("/data", "a.png"),
        os.path.join("/data", "b.png"),
    ]


def test_a_missing_column(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"the data frame has no column 'mask'; it has 'image', 'label'; name the columns"
    ):
        read_dataframe_pairs(pd.DataFrame({"image": [], "label": []}), "image", "mask", None)
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"t\.csv has no column 'image' nor 'mask'; it has 'a', 'b'"):
        read_csv_pairs(tmp_path / "t.csv", "image", "mask", None)


def test_a_missing_path(tmp_path: Path) -> None:
    frame = pd.DataFrame({"image": ["a.png", None], "mask": ["a.png", "b.png"]})
    with pytest.raises(ValueError, match=r"data frame, row 1, column 'image': (None|nan); expected a path"):
        read_dataframe_pairs(frame, "image", "mask", None)
    (tmp_path / "t.csv").write_text("image,mask\na.png,a.png\nb.png,\n")
    with pytest.raises(ValueError, match=r"t\.csv, row 3, column 'mask': ''; expected a path"):
        read_csv_pairs(tmp_path / "t.csv", "image", "mask", None)


def test_a_missing_csv_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"t\.csv"):
        read_csv_pairs(tmp_path / "t.csv", "image", "mask", None)


def test_labels_of_a_data_frame() -> None:
    frame = pd.DataFrame({"file": ["a.png", "b.png"], "kind": ["x", "y"], "wet": [0, 1], "cold": [1, 1]})
    assert read_dataframe_labels(frame, "file", "kind", "data") == (["data/a.png", "data/b.png"], ["x", "y"])
    assert read_dataframe_labels(frame, "file", None, None) == (["a.png", "b.png"], None)
    _, table = read_dataframe_labels(frame, "file", ["wet", "cold"], None)
    assert table.tolist() == [[0, 1], [1, 1]]
    with pytest.raises(ValueError, match=r"no column 'label'; it has 'file', .* name the columns with .* label_col="):
        read_dataframe_labels(frame, "file", "label", None)
    with pytest.raises(ValueError, match=r"no column 'image' nor 'dry'"):
        read_dataframe_labels(frame, "image", ["wet", "dry"], None)


def test_urls_in_a_data_frame_and_as_root() -> None:
    frame = pd.DataFrame({"image": ["a.png", "gs://c/b.png"], "mask": ["../m/a.png", "/m/b.png"]})
    assert read_dataframe_pairs(frame, "image", "mask", "s3://b/d")[:2] == (
        ["s3://b/d/a.png", "gs://c/b.png"],
        ["s3://b/m/a.png", "/m/b.png"],
    )
    assert read_dataframe_pairs(frame, "image", "mask", "here")[0] == [os.path.join("here", "a.png"), "gs://c/b.png"]
    assert read_dataframe_labels(frame, "image", None, "s3://b")[0] == ["s3://b/a.png", "gs://c/b.png"]


def test_a_csv_file_at_a_url(tmp_path: Path, server: FileServer, memory: Any) -> None:
    text = "\ufeffimage,mask\r\nä/a.png,m/a.png\r\n".encode()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "t.csv").write_bytes(text)
    memory.pipe("/d/t.csv", text)
    for folder in (f"{server.url}/d", "memory://d"):
        assert read_csv_pairs(f"{folder}/t.csv", "image", "mask", None)[:2] == (
            [f"{folder}/ä/a.png"],
            [f"{folder}/m/a.png"],
        )
        assert read_csv_pairs(f"{folder}/t.csv", "image", "mask", "data")[1] == [os.path.join("data", "m/a.png")]
        with pytest.raises(ValueError, match=rf"{folder}/t\.csv has no column 'label'"):
            read_csv_pairs(f"{folder}/t.csv", "image", "label", None)
        with pytest.raises(ReadError, match=rf"{folder}/none\.csv: no such file"):
            read_csv_pairs(f"{folder}/none.csv", "image", "mask", None)
    with pytest.raises(ReadError, match=r"no such file; pathlib\.Path removes a slash from URLs: pass 's3://b/t\.csv'"):
        read_csv_pairs(Path("s3://b/t.csv"), "image", "mask", None)
