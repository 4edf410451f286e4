"""Transforms by name."""

from __future__ import annotations

import sys
from pathlib import Path

import albumentations as A  # noqa: N812
import pytest

from seqaug.augmentation import ClassCrop, named_transform

TRANSFORM = A.Compose([ClassCrop(16, 16), A.HorizontalFlip(p=0.25)])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


@pytest.mark.parametrize("data_format", ["json", "yaml"])
def test_files_that_were_saved(tmp_path: Path, data_format: str) -> None:
    path = tmp_path / f"transform.{data_format}"
    A.save(TRANSFORM, path, data_format=data_format)
    assert A.to_dict(named_transform(str(path))) == A.to_dict(TRANSFORM)


def test_names_in_modules_of_the_working_directory(here: Path) -> None:
    (here / "saved_for_a_test.py").write_text(
        "import albumentations as A\n"
        "flip = A.HorizontalFlip()\n"
        "def crop():\n    return A.RandomCrop(8, 8)\n"
        "number = 3\n"
    )
    assert isinstance(named_transform("saved_for_a_test:flip"), A.HorizontalFlip)
    assert isinstance(named_transform("saved_for_a_test:crop"), A.RandomCrop)
    with pytest.raises(ValueError, match=r"is a int; expected an Albumentations transform"):
        named_transform("saved_for_a_test:number")
    with pytest.raises(ValueError, match=r"no attribute 'flop'"):
        named_transform("saved_for_a_test:flop")


def test_what_cannot_be_loaded_is_said(here: Path) -> None:
    (here / "broken.json").write_text("{")
    with pytest.raises(ValueError, match=r"is no saved transform \(JSONDecodeError: .*A\.save"):
        named_transform("broken.json")
    with pytest.raises(ValueError, match=r"'gone\.yaml': no such file"):
        named_transform("gone.yaml")
    with pytest.raises(ValueError, match=r"No module named 'gone_with_it'"):
        named_transform("gone_with_it:transform")
    with pytest.raises(ValueError, match=r"'transform'; expected a \.json or \.yaml file"):
        named_transform("transform")
