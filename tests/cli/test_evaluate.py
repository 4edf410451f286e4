"""`seqaug evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pytest
from saved_models import predicted, save_pixel_model
from small_pairs import Pairs

from seqaug.cli.main import main

# Keras 3.15 saves weights in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PALETTE = "name,r,g,b\nground,10,20,30\nwall,200,100,0\nlamp,0,255,255\nvoid,0,0,0\n"
Printed = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, keras.Model]:
    path = tmp_path_factory.mktemp("model") / "model.keras"
    return path, save_pixel_model(path)


@pytest.fixture
def words(tmp_path: Path, pairs: Pairs, model: tuple[Path, keras.Model]) -> list[str]:
    (tmp_path / "palette.csv").write_text(PALETTE)
    folders = [str(Path(paths[0]).parent) for paths in (pairs.images, pairs.masks)]
    return ["evaluate", str(model[0]), *folders, "--palette", str(tmp_path / "palette.csv"), "--ignore", "void"]


def confusion(model: keras.Model, pairs: Pairs) -> np.ndarray:
    counts = np.zeros((3, 3), int)
    for pixels, ids in zip(pairs.pixels, pairs.ids, strict=True):
        known = ids < 3
        np.add.at(counts, (ids[known], predicted(model, pixels)[known]), 1)
    return counts


@pytest.mark.parametrize("more", [[], ["--tile", "13x17", "--tta", "flips", "--workers", "0"]])
def test_for_machines(
    words: list[str], more: list[str], pairs: Pairs, model: tuple[Path, keras.Model], capsys: Printed
) -> None:
    assert main([*words, *more, "--json"]) == 0
    parsed = json.loads(capsys.readouterr().out)
    truth = confusion(model[1], pairs)
    assert parsed["confusion"] == truth.tolist()
    hits = np.diag(truth)
    iou = hits / (truth.sum(0) + truth.sum(1) - hits)
    assert [entry["iou"] for entry in parsed["classes"]] == pytest.approx(iou)
    assert parsed["mean_iou"] == pytest.approx(iou.mean())
    assert [image["name"] for image in parsed["images"]] == pairs.images
    assert parsed["boundary_tolerance"] == 0.0075


def test_the_table_and_the_chart(words: list[str], tmp_path: Path, capsys: Printed) -> None:
    assert main([*words, "--no-boundary", "--plot", str(tmp_path / "chart.png")]) == 0
    head, *rows, mean, summary = capsys.readouterr().out.splitlines()
    assert head.split() == ["class", "IoU", "Dice", "precision", "recall", "share", "of", "pixels"]
    assert [row.split()[0] for row in rows] == ["ground", "wall", "lamp"]
    assert mean.startswith("mean")
    assert summary.startswith("pixel accuracy: 0.")
    assert cv2.imread(str(tmp_path / "chart.png")) is not None


def test_ids_and_a_transform(
    tmp_path: Path, words: list[str], pairs: Pairs, model: tuple[Path, keras.Model], capsys: Printed
) -> None:
    (tmp_path / "ids").mkdir()
    for number, ids in enumerate(pairs.ids):
        cv2.imwrite(str(tmp_path / "ids" / f"{number:03}.png"), np.where(ids == 255, 0, ids + 5).astype(np.uint8))
    A.save(A.InvertImg(p=1), tmp_path / "transform.json")
    inverted = pairs._replace(pixels=255 - pairs.pixels)
    labels = ["--class-map", "0:ignore,5:0,6:1,7:2", "--transform", str(tmp_path / "transform.json"), "--json"]
    for more in ([], ["--tile", "16"]):
        assert main([*words[:3], str(tmp_path / "ids"), *labels, *more]) == 0
        assert json.loads(capsys.readouterr().out)["confusion"] == confusion(model[1], inverted).tolist()


def test_wrong_use(words: list[str], tmp_path: Path, capsys: Printed) -> None:
    save_pixel_model(tmp_path / "fixed.keras", size=(12, 16))
    cases: list[tuple[list[str], str]] = [
        (words[:4], "the classes are unknown; expected --palette, or --class-map or --num-classes"),
        ([*words[:4], "--palette", "camvid"], "the palette looks like another data set's"),
        ([*words[:4], "--palette", words[5]], "output has 3 channels, and the palette has 4 classes"),
        ([words[0], str(tmp_path / "fixed.keras"), *words[2:]], "expected --tile 12x16, to cut images into tiles"),
        ([*words, "--plot", "a.xyz"], "--plot='a.xyz' ends in '.xyz'"),
        ([*words, "--tile", "8", "--from-logits"], "last layer ends with a softmax"),
    ]
    for given, message in cases:
        with pytest.raises(SystemExit) as stopped:
            main(given)
        assert stopped.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()[-1:]
        assert line.startswith("seqaug evaluate: error: ")
        assert message in line
