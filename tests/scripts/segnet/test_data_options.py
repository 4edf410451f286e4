import argparse
from pathlib import Path
from types import ModuleType

import pytest
from script_modules import SCRIPTS


@pytest.fixture
def data_options(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS / "segnet")
    import data_options

    return data_options


@pytest.fixture
def csv(tmp_path: Path) -> str:
    path = tmp_path / "palette.csv"
    path.write_text("name,r,g,b\nroad,1,2,3\nsign,4,5,6\nVoid,0,0,0\n", encoding="utf-8")
    return str(path)


def parse(data_options: ModuleType, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    data_options.add_data_options(parser).add_argument("--val-images", type=Path)
    return parser.parse_args(words)


def test_void_is_ignored_unless_other_names_are_given(data_options: ModuleType, csv: str) -> None:
    assert data_options.read_palette(csv, None).names == ("road", "sign")
    assert data_options.read_palette(csv, ["sign"]).names == ("road", "Void")


def test_a_built_in_palette_has_its_own_ignored_names(data_options: ModuleType) -> None:
    assert len(data_options.read_palette("camvid", None)) == 11
    with pytest.raises(ValueError, match="--ignore with the built-in palette 'camvid'"):
        data_options.read_palette("camvid", ["Sky"])


def test_all_or_none_of_images_masks_and_palette(data_options: ModuleType) -> None:
    data = ("--images", "a", "--masks", "b", "--palette", "c")
    for words in ((), data, (*data, "--ignore", "x", "--val-images", "d")):
        data_options.check_data_options(parse(data_options, *words), ["--val-images"])
    with pytest.raises(ValueError, match=r"^--palette missing with --images, --masks; "):
        data_options.check_data_options(parse(data_options, *data[:4]))
    with pytest.raises(ValueError, match=r"^--images, --masks, --palette missing with --val-images; "):
        data_options.check_data_options(parse(data_options, "--val-images", "d"), ["--val-images"])
