"""`seqaug stats`."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_pairs import write_pairs

from seqaug.cli.main import main
from seqaug.statistics.class_weights import WEIGHT_METHODS

PALETTE = "name,r,g,b\nground,10,20,30\nwall,200,100,0\nlamp,0,255,255\nvoid,0,0,0\n"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    write_pairs(tmp_path / "data")
    (tmp_path / "palette.csv").write_text(PALETTE)
    palette = ["--palette", str(tmp_path / "palette.csv"), "--ignore", "void"]
    return ["stats", str(tmp_path / "data/masks"), *palette, "--workers", "0"]


def test_the_table(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    head, *rows, summary = capsys.readouterr().out.splitlines()
    assert head.split() == ["class", "id", "pixels", "share", "images", *WEIGHT_METHODS]
    assert [row.split()[:2] for row in rows] == [["ground", "0"], ["wall", "1"], ["lamp", "2"]]
    assert summary.startswith("images: 6; ignored pixels: ")


def test_a_narrow_terminal_loses_nothing(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "frequency" in out
    assert "\u2026" not in out


def test_for_machines(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    ids = write_pairs(tmp_path / "same").ids
    assert main([*words, "--json"]) == 0
    parsed = json.loads(capsys.readouterr().out)
    assert parsed["images"] == 6
    assert parsed["ignored_pixels"] == (ids == 255).sum()
    for number, entry in enumerate(parsed["classes"]):
        assert entry["id"] == number
        assert entry["pixels"] == (ids == number).sum()
        assert entry["images"] == (ids == number).any(axis=(1, 2)).sum()
        assert set(entry["weights"]) == set(WEIGHT_METHODS)
    assert sum(entry["share"] for entry in parsed["classes"]) == pytest.approx(1)


def test_single_masks_of_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "ids.png")
    cv2.imwrite(path, np.array([[0, 1, 1, 9]], np.uint8))
    assert main(["stats", path, path, "--num-classes", "2", "--ignore-index", "9", "--workers", "0", "--json"]) == 0
    parsed = json.loads(capsys.readouterr().out)
    assert parsed["images"] == parsed["ignored_pixels"] == 2
    assert [entry["pixels"] for entry in parsed["classes"]] == [2, 4]


def test_masks_that_cannot_be_used_are_left_out_and_named(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "data/masks/001.png"
    bad.write_bytes(b"not an image")
    assert main(words) == 1
    printed = capsys.readouterr()
    assert "images: 5;" in printed.out
    assert printed.err.startswith(f"skipped: {bad}: ")


def test_the_chart(tmp_path: Path, words: list[str]) -> None:
    assert main([*words, "--plot", str(tmp_path / "classes.png")]) == 0
    picture = cv2.imread(str(tmp_path / "classes.png"))
    assert picture.shape[1] == 1080
    assert (picture == (0, 100, 200)).all(axis=-1).sum() > 1000  # bars in the colour of "wall"


def test_the_classes_must_be_known(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words[:2])
    assert stopped.value.code == 2
    assert "expected --palette, or --class-map or --num-classes" in capsys.readouterr().err


def test_a_pattern_of_masks(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    pattern = str(tmp_path / "data/masks/00[0-3].png")
    assert main(["stats", pattern, *words[2:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 4


@pytest.mark.parametrize(
    ("class_map", "pixels"),
    [
        ("cityscapes", {0: 2, 1: 1}),
        ("7:0,8:1,0:ignore", {0: 2, 1: 1}),
        ("7:1, default:0", {0: 2, 1: 2}),
    ],
)
def test_stored_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str], class_map: str, pixels: dict[int, int]) -> None:
    path = str(tmp_path / "ids.png")
    cv2.imwrite(path, np.array([[7, 7, 8, 0]], np.uint8))
    assert main(["stats", path, "--class-map", class_map, "--workers", "0", "--json"]) == 0
    classes = json.loads(capsys.readouterr().out)["classes"]
    assert {entry["id"]: entry["pixels"] for entry in classes if entry["pixels"]} == pixels


def test_a_class_map_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text, message in (
        ("7:road", "--class-map has '7:road'; expected a stored id, or the label of polygons, and a class id"),
        ("voc", "class_map='voc'; expected one of 'ade20k'"),
    ):
        with pytest.raises(SystemExit):
            main(["stats", str(tmp_path), "--class-map", text, "--workers", "0"])
        assert message in capsys.readouterr().err
