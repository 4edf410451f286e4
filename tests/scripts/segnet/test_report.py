import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from script_modules import load_script


@pytest.fixture(scope="module")
def report() -> ModuleType:
    return load_script("segnet/report")


def test_the_confusion_matrix_counts_labelled_pixels(report: ModuleType) -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(np.array([0, 1, 2, 255], np.uint8), (3, 8, 9))
    predicted = rng.integers(0, 3, truth.shape)
    expected = [[((truth == i) & (predicted == j)).sum() for j in range(3)] for i in range(3)]
    assert np.array_equal(report.confusion_matrix(truth, predicted, 3), expected)


def test_iou_is_intersection_over_union_of_the_counted_pixels(report: ModuleType) -> None:
    truth = np.array([0, 0, 0, 1, 1, 255])
    predicted = np.array([0, 0, 1, 1, 3, 0])
    iou = report.intersection_over_union(report.confusion_matrix(truth, predicted, 4))
    # Class 2 never occurs; class 3 is predicted only, which counts as wrong, not absent.
    assert iou == pytest.approx([2 / 3, 1 / 3, math.nan, 0], nan_ok=True)


def test_the_table_leaves_absent_classes_out_of_the_mean(report: ModuleType, tmp_path: Path) -> None:
    confusion = np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    table = report.write_iou(tmp_path / "iou.csv", ["road", "car", "moon"], confusion)
    lines = (tmp_path / "iou.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [
        "class,iou,truth_percent",
        "road,0.7500,50.000",
        "car,0.8000,50.000",
        "moon,,0.000",
        "mean,0.7750,100.000",
    ]
    assert table.splitlines()[-1].split() == ["mean", "0.775", "100.00", "%"]


def test_the_rarest_classes_are_those_of_the_training_masks(report: ModuleType) -> None:
    names, confusion = ["road", "car", "sign", "moon"], np.diag([4, 3, 2, 0])
    confusion[2, 0] = 2
    # The moon has no training pixels, and so counts in no mean.
    line = report.rarest_iou(names, np.array([900, 50, 100, 0]), confusion)
    assert line == "mean IoU of the rarest classes (car, sign): 0.750"
    assert report.rarest_iou(names, np.array([900, 50, 100, 1]), confusion).endswith("(moon, car): 1.000")


def test_rarest_classes_absent_from_validation_have_no_iou(report: ModuleType) -> None:
    line = report.rarest_iou(["road", "moon"], np.array([5, 1]), np.diag([4, 0]), count=1)
    assert line == "mean IoU of the rarest classes (moon): nan"
