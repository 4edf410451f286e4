import csv
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from script_modules import SCRIPTS, run_script

from seqaug import SegmentationSequence
from seqaug.demo.classes import CLASSES
from seqaug.demo.dataset import DemoDataset, make_demo_dataset

OUTPUTS = ["curves.png", "history.csv", "iou.csv", "model.keras", "predictions.png"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoDataset:
    return make_demo_dataset(tmp_path_factory.mktemp("demo"), train=10, val=3, size=(48, 64))


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / "train_segnet.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)


SHORT = ("--size", 32, 48, "--epochs", 1, "--batch-size", 5)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_trains_and_writes_all_results(demo: DemoDataset, tmp_path: Path) -> None:
    output = tmp_path / "out"
    data = ["--images", demo.train_images, "--masks", demo.train_masks, "--palette", demo.palette]
    done = run(*SHORT, *data, "--val-images", demo.val_images, "--val-masks", demo.val_masks, "--output", output)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in output.iterdir()) == OUTPUTS
    printed = done.stdout
    assert "10 training and 3 validation images, 8 classes: Sky, " in printed
    assert "2/2" in printed

    (epoch,) = rows(output / "history.csv")
    for name in ("loss", "accuracy", "mean_iou", "val_loss", "val_accuracy", "val_mean_iou"):
        assert np.isfinite(float(epoch[name])), name
    *classes, mean = rows(output / "iou.csv")
    assert [row["class"] for row in classes] == list(CLASSES)
    values = [float(row["iou"]) for row in classes if row["iou"]]
    assert all(0 <= value <= 1 for value in values)
    assert mean["class"] == "mean"
    assert float(mean["iou"]) == pytest.approx(np.mean(values), abs=1e-4)
    files = [float(row["files_iou"]) for row in classes if row["files_iou"]]
    assert float(mean["files_iou"]) == pytest.approx(np.mean(files), abs=1e-4)
    assert f"at the files' own {float(mean['files_iou']):.3f}, with boundary F1 0." in printed
    # Keras' metric counts the same pixels.
    assert float(mean["iou"]) == pytest.approx(float(epoch["val_mean_iou"]), abs=1e-3)
    assert sum(float(row["truth_percent"]) for row in classes) == pytest.approx(100, abs=0.01)
    for name in ("curves.png", "predictions.png"):
        assert cv2.imread(str(output / name)).std() > 10
    colors = cv2.imread(str(output / "predictions.png"))[..., ::-1].reshape(-1, 3)
    assert (colors == CLASSES["Road"]).all(-1).any()

    load = "import keras, segnet.model, sys; print(keras.saving.load_model(sys.argv[1]).output_shape)"
    loaded = subprocess.run(
        [sys.executable, "-c", load, output / "model.keras"], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "(None, 32, 48, 8)"


# Keras 3.15 saves weights in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_it_splits_and_oversamples(
    demo: DemoDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--images", demo.train_images, "--masks", demo.train_masks, "--palette", demo.palette]
    balance = ["--oversample", "class_uniform", "--class-weights", "none"]
    output = tmp_path / "out"
    run_script(monkeypatch, "train_segnet", *SHORT, *data, "--ignore", "Void", "Sign", *balance, "--output", output)
    assert sorted(path.name for path in output.iterdir()) == OUTPUTS
    printed = capsys.readouterr().out
    assert "8 training and 2 validation images, 7 classes" in printed
    assert re.search(r"^mean IoU of the rarest classes \(Pedestrian, \w+\): 0\.\d+$", printed, re.MULTILINE)
    assert "Sign" not in [row["class"] for row in rows(output / "iou.csv")]


@pytest.mark.parametrize("crop_classes", [False, True])
def test_class_crops(crop_classes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)
    import train_segnet

    transform = train_segnet.augmentation((32, 48), crop_classes=crop_classes)
    transform.set_random_seed(0)
    image, mask = np.zeros((96, 144, 3), np.uint8), np.zeros((96, 144), np.uint8)
    mask[:12, :12] = 1
    masks = [transform(image=image, mask=mask, **({"class_id": 1} if crop_classes else {}))["mask"] for _ in range(60)]
    assert {each.shape for each in masks} == {(32, 48)}
    found = np.mean([1 in each for each in masks])
    # Images are at most 1.5 times the crop in height and width, so many random crops include the corner too.
    assert found == 1 if crop_classes else 0.1 < found < 0.9


@pytest.mark.parametrize("mixed", [{"copy_paste": True}, {"mosaic": True}, {"copy_paste": True, "mosaic": True}])
def test_mixing_of_samples(mixed: dict[str, bool], demo: DemoDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)
    import train_segnet

    def labels(transform: object) -> np.ndarray:
        sequence = SegmentationSequence.from_directory(
            demo.train_images,
            demo.train_masks,
            palette=str(demo.palette),
            transform=transform,
            batch_size=10,
            workers=0,
        )
        assert sequence[0][0].shape == (10, 32, 48, 3)
        return sequence[0][1]

    plain = labels(train_segnet.augmentation((32, 48), crop_classes=False))
    assert not np.array_equal(labels(train_segnet.augmentation((32, 48), crop_classes=False, **mixed)), plain)


def test_balance_options_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)
    import train_segnet

    usual = train_segnet.make_parser().parse_args([])
    assert (usual.oversample, usual.class_weights) == (None, "enet")
    balanced = train_segnet.make_parser().parse_args(["--oversample", "--class-weights"])
    assert (balanced.oversample, balanced.class_weights) == ("class_uniform", "enet")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--images", "a"], "--masks, --palette missing with --images"),
        (["--val-images", "a"], "--images, --masks, --palette missing with --val-images"),
        (
            ["--images", "a", "--masks", "b", "--palette", "camvid", "--val-masks", "c"],
            "--val-masks without --val-images",
        ),
        (["--size", "100", "128"], "the size is 100x128; expected a height and a width divisible by 16"),
        (["--epochs", "0"], "--epochs is 0; expected at least 1"),
        (["--oversample", "all"], "--oversample: invalid choice: 'all'"),
        (["--class-weights", "rare"], "--class-weights: invalid choice: 'rare'"),
        (["--images", "nowhere", "--masks", "nowhere", "--palette", "camvid"], "'nowhere' is not a directory"),
        (["--images", "a", "--masks", "b", "--palette", "nowhere.csv"], "nowhere.csv: no such file"),
    ],
)
def test_wrong_use(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)
    monkeypatch.chdir(tmp_path)
    import train_segnet

    with pytest.raises(SystemExit) as ended:
        train_segnet.main(words)
    assert ended.value.code == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
