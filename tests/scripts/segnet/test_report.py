from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from script_modules import load_script

from seqaug import Evaluation


@pytest.fixture(scope="module")
def report() -> ModuleType:
    return load_script("segnet/report")


def test_the_table_leaves_absent_classes_out_of_the_mean(report: ModuleType, tmp_path: Path) -> None:
    names = ["road", "car", "moon"]
    at_model_size = Evaluation(np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]]), names)
    at_file_size = Evaluation(np.array([[1, 1, 0], [0, 6, 0], [0, 0, 0]]), names)
    table = report.write_iou(tmp_path / "iou.csv", at_model_size, at_file_size)
    lines = (tmp_path / "iou.csv").read_text(encoding="utf-8").splitlines()
    assert lines == [
        "class,iou,files_iou,truth_percent",
        "road,0.7500,0.5000,25.000",
        "car,0.8000,0.8571,75.000",
        "moon,,,0.000",
        "mean,0.7750,0.6786,100.000",
    ]
    assert table.splitlines()[-1].split() == ["mean", "0.775", "0.679", "100.00", "%"]


def test_the_rarest_classes_are_those_of_the_training_masks(report: ModuleType) -> None:
    names, iou = ["road", "car", "sign", "moon"], np.array([0.9, 1, 0.5, np.nan])
    # The moon has no training pixels, and so counts in no mean.
    line = report.rarest_iou(names, np.array([900, 50, 100, 0]), iou)
    assert line == "mean IoU of the rarest classes (car, sign): 0.750"
    assert report.rarest_iou(names, np.array([900, 50, 100, 1]), iou).endswith("(moon, car): 1.000")


def test_rarest_classes_absent_from_validation_have_no_iou(report: ModuleType) -> None:
    line = report.rarest_iou(["road", "moon"], np.array([5, 1]), np.array([1, np.nan]), count=1)
    assert line == "mean IoU of the rarest classes (moon): nan"
