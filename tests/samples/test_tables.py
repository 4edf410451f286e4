"""Pairs listed in tables."""

import os
from pathlib import Path

import pandas as pd
import pytest

from seqaug.samples import read_csv_pairs, read_dataframe_labels, read_dataframe_pairs


def test_a_data_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": ["a.png", "/b.png"], "y": ["m/a.png", Path("m/b.png")]}, index=[7, 9])
    assert read_dataframe_pairs(frame, "x", "y", None) == (["a.png", "/b.png"], ["m/a.png", "m/b.png"])
    images, masks = read_dataframe_pairs(frame, "x", "y", tmp_path)
    assert images == [str(tmp_path / "a.png"), "/b.png"]
    assert masks == [str(tmp_path / "m/a.png"), str(tmp_path / "m/b.png")]


def test_a_csv_file_with_its_own_directory_as_root(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\ufeffmask,image,note\nm/a.png,a.png,hi\nm/b.png,b.png,\n", encoding="utf-8")
    images, masks = read_csv_pairs(tmp_path / "t.csv", "image", "mask", None)
    assert images == [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    assert masks == [str(tmp_path / "m/a.png"), str(tmp_path / "m/b.png")]
    assert read_csv_pairs(tmp_path / "t.csv", "image", "mask", "/data")[0] == [
        os.path.join("/data", "a.png"),
        os.path.join("/data", "b.png"),
    ]


def test_a_missing_column(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"the data frame has no column 'mask'; it has 'image', 'label'; say which"):
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


def test_no_csv_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"t\.csv"):
        read_csv_pairs(tmp_path / "t.csv", "image", "mask", None)


def test_labels_of_a_data_frame() -> None:
    frame = pd.DataFrame({"file": ["a.png", "b.png"], "kind": ["x", "y"], "wet": [0, 1], "cold": [1, 1]})
    assert read_dataframe_labels(frame, "file", "kind", "data") == (["data/a.png", "data/b.png"], ["x", "y"])
    assert read_dataframe_labels(frame, "file", None, None) == (["a.png", "b.png"], None)
    _, table = read_dataframe_labels(frame, "file", ["wet", "cold"], None)
    assert table.tolist() == [[0, 1], [1, 1]]
    with pytest.raises(ValueError, match=r"no column 'label'; it has 'file', .* say which with .* label_col="):
        read_dataframe_labels(frame, "file", "label", None)
    with pytest.raises(ValueError, match=r"no column 'image' nor 'dry'"):
        read_dataframe_labels(frame, "image", ["wet", "dry"], None)
