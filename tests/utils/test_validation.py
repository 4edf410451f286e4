"""Checks of arguments."""

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
    ("name", "said"),
    [
        ("a.xyz", r"ends in '\.xyz', which says of which kind the file is; expected \.png, \.jpg or \.svg"),
        ("a", r"has no suffix, which says of which kind the file is; expected \.png, \.jpg or \.svg"),
        (".png", "has no suffix"),
        ("none/a.png", "there is no folder '.*none'; make it first, or correct the path"),
        ("", "is a folder; expected a file in it, such as '.*name.png'"),
    ],
)
def test_others(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"--plot='.*'.* {said}"):
        output_file("--plot", tmp_path / name, [".png", ".jpg", ".svg"])


def test_folders_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match=r"--plot='.*a\.csv' may not be written; expected a file in a folder of your"):
        output_file("--plot", tmp_path / "a.csv", [".csv"])


def test_folders_that_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path, tmp_path / "a" / "b", Path("c")):
        assert output_folder("out", path) == path
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "a"):
        with pytest.raises(ValueError, match=r"out='.*': '.*file' is a file; expected a folder"):
            output_folder("out", path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ValueError, match="may not be written to; expected a folder of your own"):
        output_folder("out", tmp_path)
