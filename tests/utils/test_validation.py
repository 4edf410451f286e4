"""Validation of arguments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqaug.utils.validation import output_file, output_folder


def test_files_that_can_be_written(tmp_path: Path) -> None:
    for name in ("a.png", "b.JPG"):
        assert output_file("--output", tmp_path / name, [".png", ".jpg"]) == tmp_path / name
    assert not list(tmp_path.iterdir())
    (tmp_path / "a.png").touch()
    assert output_file("--output", str(tmp_path / "a.png"), [".png"]) == tmp_path / "a.png"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.xyz", r"ends in '\.xyz', but the suffix sets the file format; expected \.png, \.jpg or \.svg"),
        ("a", r"has no suffix, but the suffix sets the file format; expected \.png, \.jpg or \.svg"),
        (".png", "has no suffix"),
        ("none/a.png", "there is no folder '.*none'; create it first, or correct the path"),
        ("", "is a folder; expected a file in it, such as '.*name.png'"),
    ],
)
def test_files_that_cannot_be_written(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"--plot='.*'.* {message}"):
        output_file("--plot", tmp_path / name, [".png", ".jpg", ".svg"])


def test_files_in_read_only_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match=r"--plot='.*a\.csv' is not writable; expected a file in a folder of your"):
        output_file("--plot", tmp_path / "a.csv", [".csv"])


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path, tmp_path / "a" / "b", Path("c")):
        assert output_folder("out", path) == path
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "a"):
        with pytest.raises(ValueError, match=r"out='.*': '.*file' is a file; expected a folder"):
            output_folder("out", path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match="is not writable; expected a folder of your own"):
        output_folder("out", tmp_path)
