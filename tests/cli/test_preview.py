"""`seqaug preview`."""

from __future__ import annotations

import json
from pathlib import Path

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest

from seqaug.cli.main import main
from seqaug.demo.dataset import make_demo_dataset

pytest.importorskip("matplotlib")


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    data = make_demo_dataset(tmp_path / "data", train=3, val=1, size=(48, 64))
    return [
        *("preview", str(data.train_images), str(data.train_masks), "--palette", str(data.palette)),
        *("--ignore", "Void", "-o", str(tmp_path / "shown.png")),
    ]


def saved(folder: Path, *parts: A.BasicTransform) -> str:
    path = folder / "transform.json"
    A.save(A.Compose(list(parts)), path)
    return str(path)


def test_a_picture_is_written(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--transform", saved(tmp_path, A.RandomCrop(32, 32), A.Rotate(20)), "-n", "2"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'shown.png'}: 2 of 3 samples, before and after augmentation\n"
    assert (tmp_path / "shown.png").read_bytes().startswith(b"\x89PNG")


def test_samples_are_prepared(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [*words, "--prepare", saved(tmp_path, A.Resize(24, 40)), "--json", "-n", "1"]
    assert main(asked) == 0
    with pytest.raises(SystemExit):
        main([*words, "--prepare", saved(tmp_path, A.RandomCrop(16, 16))])
    assert "prepare: RandomCrop is random" in capsys.readouterr().err


def test_remarks_are_findings(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [*words, "--transform", saved(tmp_path, A.HorizontalFlip(p=0)), "--index", "2", "0", "--epoch", "3"]
    assert main([*asked, "--json"]) == 1
    parsed = json.loads(capsys.readouterr().out)
    assert parsed["advice"] == ["HorizontalFlip has p=0 and is never applied; leave it out"]
    assert [(sample["index"], sample["epoch"]) for sample in parsed["samples"]] == [(2, 3), (0, 3)]
    assert main(asked) == 1
    assert capsys.readouterr().out.endswith("- HorizontalFlip has p=0 and is never applied; leave it out\n")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--index", "3"], "index=3; expected 0 to 2"),
        (["-n", "0"], "n=0; expected at least 1"),
        (["--transform", "gone.json"], "'gone.json': no such file"),
        (["--ignore", "Fog"], "Fog"),
        (["--image-size", "0", "5"], "--image-size's height=0"),
        (["--width", "12"], "--width=12; expected at least 400"),
        (["-o", "shown.xyz"], "--output='shown.xyz' ends in '.xyz'"),
        (["-o", "none/shown.png"], "there is no folder 'none'"),
    ],
)
def test_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str], more: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, *more])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_other_suffixes_are_found_before_anything_is_read(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([words[0], "no", "such", *words[3:], "-o", "shown.xyz"])
    assert "ends in '.xyz'" in capsys.readouterr().err


def test_pages_are_files_with_numbers(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    asked = [*words, "--index", *["0", "1"] * 25, "--width", "400", "-o", str(folder / "a.jpg")]
    assert main([*asked, "--json"]) == 0
    parsed = json.loads(capsys.readouterr().out)
    assert parsed["files"] == [str(folder / "a-1.jpg"), str(folder / "a-2.jpg")]
    assert sorted(map(str, folder.iterdir())) == parsed["files"]


def test_camvid(camvid: Path, tmp_path: Path) -> None:
    folder = camvid / "val"
    words = ["preview", str(folder / "images"), str(folder / "masks"), "--palette", "camvid", "-n", "1"]
    assert main([*words, "-o", str(tmp_path / "shown.png")]) == 0


def test_images_are_read_as_asked(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One channel of 16 bits, which is drawn as it is stored, not cut to its upper 8 bits."""
    for path in Path(words[1]).iterdir():
        cv2.imwrite(str(path), np.arange(48 * 64, dtype=np.uint16).reshape(48, 64))
    pictures = []
    for mode in ("rgb", "unchanged"):
        assert main([*words, "--color-mode", mode, "-n", "1"]) == 0
        pictures.append((tmp_path / "shown.png").read_bytes())
    assert pictures[0] != pictures[1]
