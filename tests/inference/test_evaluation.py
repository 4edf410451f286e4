"""`Evaluation`: its table, its frames and its chart."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from seqaug.inference.evaluation import ComparedImage, Evaluation, EvaluationSums

NAMES = ["sky", "road", "<b>car"]


def compared(name: str, truth: np.ndarray, predicted: np.ndarray, *cuts: int) -> ComparedImage:
    rows = zip(np.split(truth, cuts), np.split(predicted, cuts), strict=True)
    return ComparedImage(name, (truth.shape[0], truth.shape[1]), rows)


def example(tolerance: float | None = 0.1) -> Evaluation:
    sums = EvaluationSums(3, 255, tolerance)
    truth = np.array([[0, 0, 1, 1]] * 4, np.uint8)
    truth[0, 0] = 255
    sums.add(compared("a.png", truth, np.array([[0, 0, 0, 1]] * 4, np.uint8), 1, 3))
    sums.add(compared("b.png", np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8)))
    return sums.finish(NAMES, None)


def test_the_numbers() -> None:
    found = example()
    np.testing.assert_array_equal(found.confusion, [[7, 0, 0], [4, 4, 0], [0, 0, 0]])
    np.testing.assert_allclose(found.iou, [7 / 11, 0.5, np.nan])
    np.testing.assert_allclose(found.dice, [14 / 18, 8 / 12, np.nan])
    np.testing.assert_allclose(found.precision, [7 / 11, 1, np.nan])
    np.testing.assert_allclose(found.recall, [1, 0.5, np.nan])
    assert found.mean_iou == pytest.approx((7 / 11 + 0.5) / 2)
    assert found.pixel_accuracy == pytest.approx(11 / 15)
    assert found.ignored_pixels == 5
    first, second = found.images
    assert (first.name, first.pixels, first.mean_iou) == ("a.png", 15, found.mean_iou)
    assert second.pixels == 0
    assert all(map(math.isnan, second[2:]))
    assert found.mean_boundary_f1 == first.boundary_f1 == pytest.approx(np.nanmean(found.boundary_f1))


def test_it_prints_as_a_table() -> None:
    head, sky, _, car, mean, summary = str(example()).splitlines()
    assert head.split("  ")[0] == "class"
    assert [word for word in head.split("  ") if word.strip()][1:] == [
        " IoU",
        " Dice",
        "precision",
        "recall",
        "boundary F1",
        "share of pixels",
    ] or "boundary F1" in head
    assert sky.split() == ["sky", "0.636", "0.778", "0.636", "1.000", sky.split()[5], "46.667%"]
    assert car.split() == ["<b>car", *["-"] * 5, "0.000%"]
    assert mean.split()[:2] == ["mean", "0.568"]
    assert summary == (
        "pixel accuracy: 0.733; images: 2; ignored pixels: 5 of 20 (25.000%); boundary F1 within 10 % of the image's "
        "diagonal"
    )
    assert "&lt;b&gt;car" in example()._repr_html_()
    assert repr(example()) == "<Evaluation of 3 classes in 2 images: mean IoU 0.568, pixel accuracy 0.733>"


def test_without_boundary_f1() -> None:
    found = example(None)
    assert "boundary" not in str(found)
    assert np.isnan(found.boundary_f1).all()


def test_an_ignored_class_is_nan() -> None:
    sums = EvaluationSums(2, 0, None)
    sums.add(compared("a", np.array([[0, 1, 1]], np.uint8), np.array([[1, 0, 1]], np.uint8)))
    found = sums.finish(None, None)
    np.testing.assert_array_equal(found.confusion, [[0, 0], [1, 1]])
    np.testing.assert_array_equal(found.iou, [np.nan, 0.5])
    assert found.images[0].mean_iou == found.mean_iou == 0.5
    assert found.names == ["class 0", "class 1"]


def test_frames() -> None:
    found = example()
    frame = found.to_dataframe()
    assert list(frame.index) == NAMES
    assert list(frame.columns) == ["iou", "dice", "precision", "recall", "boundary_f1", "pixels"]
    assert frame["pixels"].tolist() == [7, 8, 0]
    images = found.to_dataframe("image")
    assert list(images.index) == ["a.png", "b.png"]
    assert images.loc["a.png", "mean_dice"] == found.images[0].mean_dice
    with pytest.raises(ValueError, match='per=\'classes\'; expected "class" or "image"'):
        found.to_dataframe("classes")


def test_the_chart(tmp_path: Path) -> None:
    example().plot(tmp_path / "chart.png")
    assert cv2.imread(str(tmp_path / "chart.png")).std() > 10
    figure = Evaluation(np.zeros((40, 40), np.int64)).plot()
    assert figure.axes[1].get_title() == "IoU, no class occurs"
    with pytest.raises(ValueError, match=r"ends in '\.txt'"):
        example().plot(tmp_path / "chart.txt")
