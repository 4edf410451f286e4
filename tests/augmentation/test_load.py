"""Transforms by name."""

from __future__ import annotations

import sys
from pathlib import Path

import albumentations as A  # noqa: N812
import pytest

from seqaug.augmentation.class_crop import ClassCrop
from seqaug.augmentation.load import load_transform

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
    assert A.to_dict(load_transform(str(path))) == A.to_dict(TRANSFORM)


def test_names_in_modules_of_the_working_directory(here: Path) -> None:
    (here / "saved_for_a_test.py").write_text(
        "import albumentations as A\n"
        "flip = A.HorizontalFlip()\n"
        "def crop():\n    return A.RandomCrop(8, 8)\n"
        "number = 3\n"
    )
    assert isinstance(load_transform("saved_for_a_test:flip"), A.HorizontalFlip)
    assert isinstance(load_transform("saved_for_a_test:crop"), A.RandomCrop)
    with pytest.raises(ValueError, match=r"is a int; expected an Albumentations transform"):
        load_transform("saved_for_a_test:number")
    with pytest.raises(ValueError, match=r"no attribute 'flop'"):
        load_transform("saved_for_a_test:flop")


def test_what_cannot_be_loaded_is_said(here: Path) -> None:
    (here / "broken.json").write_text("{")
    with pytest.raises(ValueError, match=r"is not a saved transform \(JSONDecodeError: .*A\.save"):
        load_transform("broken.json")
    with pytest.raises(ValueError, match=r"'gone\.yaml': no such file"):
        load_transform("gone.yaml")
    with pytest.raises(ValueError, match=r"No module named 'gone_with_it'"):
        load_transform("gone_with_it:transform")
    with pytest.raises(ValueError, match=r"'transform'; expected a \.json or \.yaml file"):
        load_transform("transform")


def test_modules_that_raise_are_said_in_one_line(here: Path) -> None:
    (here / "raising_for_a_test.py").write_text("import sys\nnumbers = {}\nnumbers['lr']\n")
    (here / "leaving_for_a_test.py").write_text("import sys\nsys.exit(3)\n")
    (here / "making_for_a_test.py").write_text("def bad():\n    return 1 / 0\ndef asks(size):\n    return size\n")
    for name, message in (
        ("raising_for_a_test:transform", r"importing raising_for_a_test raised KeyError: 'lr' \(.*raising.*, line 3\)"),
        ("leaving_for_a_test:transform", r"importing leaving_for_a_test raised SystemExit: 3 \(.*line 2\); expected a"),
        ("making_for_a_test:bad", r"bad\(\) raised ZeroDivisionError: .*line 2\); expected a function that needs no"),
        ("making_for_a_test:asks", r"asks\(\) raised TypeError: .*missing 1 required"),
    ):
        with pytest.raises(ValueError, match=message) as raised:
            load_transform(name)
        assert "\n" not in str(raised.value)
