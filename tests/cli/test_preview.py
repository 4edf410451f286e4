"""`seqaug preview`."""

from __future__ import annotations

import json
from pathlib import Path

import albumentations as A  # noqa: N812
import pytest

from seqaug.cli import main
from seqaug.demo import make_demo_dataset

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


def test_remarks_are_findings(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [*words, "--transform", saved(tmp_path, A.HorizontalFlip(p=0)), "--index", "2", "0", "--epoch", "3"]
    assert main([*asked, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["advice"] == ["HorizontalFlip has p=0 and is never applied; leave it out"]
    assert [(sample["index"], sample["epoch"]) for sample in said["samples"]] == [(2, 3), (0, 3)]
    assert main(asked) == 1
    assert capsys.readouterr().out.endswith("- HorizontalFlip has p=0 and is never applied; leave it out\n")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--index", "3"], "index=3; expected 0 to 2"),
        (["-n", "0"], "n=0; expected at least 1"),
        (["--transform", "gone.json"], "'gone.json': no such file"),
        (["--ignore", "Fog"], "Fog"),
        (["--image-size", "0", "5"], "--image-size's height=0"),
    ],
)
def test_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str], more: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, *more])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_camvid(camvid: Path, tmp_path: Path) -> None:
    folder = camvid / "val"
    words = ["preview", str(folder / "images"), str(folder / "masks"), "--palette", "camvid", "-n", "1"]
    assert main([*words, "-o", str(tmp_path / "shown.png")]) == 0
