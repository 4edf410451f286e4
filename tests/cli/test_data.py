"""The data that commands take: masks by class, further files, and configs of sequences."""

from __future__ import annotations

import json
from pathlib import Path

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from small_pairs import write_pairs

from seqaug import SegmentationSequence
from seqaug.cli.main import main

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write images with masks by class that overlap, depth and a second camera, and work there."""
    pairs = write_pairs(tmp_path, 4)
    for name in ("organ", "lesion", "depth", "left"):
        (tmp_path / name).mkdir()
    for number in range(4):
        for name, rows in (("organ", slice(number, 12)), ("lesion", slice(10, 16))):
            mask = np.zeros((24, 32), np.uint8)
            mask[rows, 4:20] = 255
            if (name, number) != ("lesion", 1):
                cv2.imwrite(f"{tmp_path / name}/{number:03}.png", mask)
        np.save(tmp_path / "depth" / f"{number:03}.npy", np.full((24, 32), number, np.float32))
        cv2.imwrite(f"{tmp_path}/left/{number:03}.png", pairs.pixels[number])
    A.save(A.Compose([A.HorizontalFlip(p=1), A.RandomCrop(16, 16)]), tmp_path / "transform.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


CLASSES = ("--class-masks", "organ=organ", "lesion=lesion")
MULTI = (*CLASSES, "--mask-encoding", "multi_label")
FURTHER = ("--additional", "depth=depth", "left=left", "--additional-targets", "depth=value", "left=image")


def write_config(**arguments: object) -> SegmentationSequence:
    sequence = SegmentationSequence.from_directory(
        "images",
        {"organ": "organ", "lesion": "lesion"},
        mask_encoding="multi_label",
        additional={"depth": "depth"},
        additional_targets={"depth": "value"},
        **arguments,  # type: ignore[arg-type]
    )
    Path("config.json").write_text(json.dumps(sequence.get_config()))
    return sequence


def run(capsys: Printed, *words: str, status: int = 0) -> dict:
    assert main([*words, "--json"]) == status
    found: dict = json.loads(capsys.readouterr().out)
    return found


def test_check_of_masks_by_class_and_further_files(folder: Path, capsys: Printed) -> None:
    assert run(capsys, "check", "images", *MULTI, *FURTHER, "--workers", "0") == {
        "samples": 4,
        "issues": [],
        "hints": {},
    }
    (folder / "left" / "003.png").unlink()
    (folder / "depth" / "001.npy").write_bytes(b"\x93NUMPY")
    found = run(capsys, "check", "images", *CLASSES, *FURTHER, "--workers", "0", status=1)
    assert [(issue["type"], issue["paths"]) for issue in found["issues"] if issue["type"] != "overlapping_classes"] == [
        ("unpaired", ["images/003.png"]),
        ("unreadable", ["depth/001.npy"]),
    ]
    assert found["issues"][-1]["details"] == {"classes": ["organ", "lesion"], "pixels": 64, "samples": 2}


def test_check_of_images_alone_and_of_validation_images(folder: Path, capsys: Printed) -> None:
    assert main(["check", "images", "--workers", "0"]) == 0
    assert capsys.readouterr().out.endswith("No masks were checked: there are images alone.\n")
    found = run(capsys, "check", "images", *MULTI, "--val-images", "images", "--workers", "0", status=1)
    assert found["samples"] == 8
    assert [issue["type"] for issue in found["issues"]] == ["leakage"] * 4


def test_check_of_a_config(folder: Path, capsys: Printed) -> None:
    write_config(class_weights="uniform", oversample="rare_class", batch_size=2)
    Path("organ/002.png").write_bytes(b"not an image")  # which oversampling would stumble over
    found = run(capsys, "check", "--config", "config.json", "--workers", "0", status=1)
    assert [(issue["type"], issue["paths"]) for issue in found["issues"]] == [("unreadable", ["organ/002.png"])]
    both = run(capsys, "check", "--config", "config.json", "--val-config", "config.json", "--workers", "0", status=1)
    assert [issue["type"] for issue in both["issues"]].count("leakage") == 4


def test_check_of_annotations(folder: Path, capsys: Printed) -> None:
    Path("runs.csv").write_text("image,runs\n000.png,1 30\n001.png,\n002.png,1 9999\n")
    sequence = SegmentationSequence.from_csv("runs.csv", mask_col="runs", mask_format="rle", root="images")
    Path("config.json").write_text(json.dumps(sequence.get_config()))
    found = run(capsys, "check", "--config", "config.json", "--workers", "0", status=1)
    assert [(issue["type"], issue["paths"]) for issue in found["issues"]] == [
        ("unreadable", ["images/002.png"]),
        ("empty_masks", ["images/001.png"]),
    ]


@pytest.mark.parametrize("words", [("--images", "images", *MULTI), ("--config", "config.json")])
def test_stats_are_those_of_the_sequence(folder: Path, capsys: Printed, words: tuple[str, ...]) -> None:
    expected = write_config().class_statistics()
    found = run(capsys, "stats", *words, "--workers", "0")
    assert [entry["name"] for entry in found["classes"]] == ["organ", "lesion"]
    assert [entry["pixels"] for entry in found["classes"]] == expected.pixels.tolist()
    assert [entry["weights"] for entry in found["classes"]] == [
        {"pos_weight": weight} for weight in expected.pos_weight
    ]


def test_stats_of_a_config_leave_out_masks_that_are_broken(folder: Path, capsys: Printed) -> None:
    write_config()
    Path("organ/002.png").write_bytes(b"not an image")
    found = run(capsys, "stats", "--config", "config.json", "--workers", "0", status=1)
    assert found["images"] == 3
    assert "organ/002.png" in found["skipped"][0]["problem"]


def test_stats_of_bands(folder: Path, capsys: Printed) -> None:
    np.save("bands.npy", np.stack([np.ones((4, 5)), np.eye(4, 5)], axis=-1).astype(np.uint8))
    words = ("stats", "*.npy", "--mask-encoding", "multi_label", "--num-classes", "2", "--workers", "0")
    assert [entry["pixels"] for entry in run(capsys, *words)["classes"]] == [20, 4]


def test_previews_draw_everything(folder: Path, capsys: Printed) -> None:
    pytest.importorskip("matplotlib")
    sequence = write_config(transform=A.Compose([A.HorizontalFlip(p=1), A.RandomCrop(16, 16)]), oversample=[1, 0, 0, 0])
    for words in (("images", *MULTI, *FURTHER, "--transform", "transform.json"), ("--config", "config.json")):
        found = run(capsys, "preview", *words, "-n", "2", "-o", "shown.png")
        drawn = cv2.imread("shown.png")
    # In the order of the sequence, whose oversampling draws the first alone.
    assert [sample["index"] for sample in found["samples"]] == [0, 0]
    sequence.preview(n=2).save("expected.png")
    assert np.array_equal(drawn, cv2.imread("expected.png"))


def test_a_benchmark_of_everything(folder: Path, capsys: Printed) -> None:
    quick = ("--workers", "0", "--seconds", "0.05")
    words = ("images", *MULTI, *FURTHER, "--transform", "transform.json", "--batch-size", "2")
    found = run(capsys, "bench", *words, *quick)
    assert list(found["stages_ms"]) == ["load", "transform", "write row"]
    # Masks as bits, a number, and three and three channels.
    assert found["memory"]["cache"] == 4 * 24 * 32 * (1 + 4 + 3 + 3)
    write_config(batch_size=3)
    assert run(capsys, "bench", "--config", "config.json", *quick)["batch_size"] == 3


class Own(SegmentationSequence):
    """Reads other samples than its arguments say."""

    def __init__(self, folder: str) -> None:
        super().__init__(sorted(map(str, Path(folder).iterdir())))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check"], "expected IMAGES and MASKS, or --config FILE"),
        (["stats"], "expected MASKS, --class-masks or --config FILE"),
        (["check", "images", "--class-masks", "organ"], "'organ'; expected NAME=VALUE"),
        (["check", "images", "masks", *CLASSES], "MASKS=masks beside --class-masks"),
        (["preview", "images", "--class-masks", "a=organ", "a=lesion"], "--class-masks has 'a' twice"),
        (["check", "images", "masks", "--additional", "depth=depth"], "expected --additional-targets depth=KIND"),
        (
            ["check", "images", "masks", "--additional-targets", "depth=value"],
            "expected --additional depth=DIR as well",
        ),
        (["bench", "images", "masks", *FURTHER[:3], "--additional-targets", "depth=x", "left=image"], "'x'"),
        (["check", "images", *CLASSES, "--num-classes", "7"], "leave num_classes out"),
        (["check", "images", *CLASSES, "--val-masks", "masks"], "--val-masks without MASKS"),
        (["check", "images", "masks", "--val-config", "config.json"], "--val-config without --config"),
        (["stats", *CLASSES], "expected both --class-masks and --images"),
        (["preview", "images", "--config", "config.json"], "IMAGES beside --config"),
        (["bench", "--config", "config.json", "--color-mode", "rgba"], "--color-mode beside --config"),
        (["stats", "masks", "--config", "config.json"], "MASKS beside --config"),
        (["check", "--config", "none.json"], "none.json: No such file"),
        (["check", "--config", "transform.json"], "transform.json: from_config(): the config has no 'arguments'"),
        (["check", "--config", "images/000.png"], "images/000.png is not JSON"),
        (
            ["check", "--config", "own.json"],
            "test_data.Own; expected the config of a SegmentationSequence",
        ),
        (["check", "--config", "damaged.json"], "damaged.json is damaged"),
        (["check", "--config", "arrays.json"], "from_config(config) needs what the config cannot hold: images="),
    ],
)
def test_wrong_use(folder: Path, capsys: Printed, words: list[str], message: str) -> None:
    write_config()
    if "own.json" in words:
        Path("own.json").write_text(json.dumps(Own("images").get_config()))
    Path("damaged.json").write_text(json.dumps({"arguments": 3, "num_samples": 1, "order": "", "versions": {}}))
    if "arrays.json" in words:
        arrays = SegmentationSequence(np.zeros((2, 8, 8, 3), np.uint8))
        Path("arrays.json").write_text(json.dumps(arrays.get_config()))
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
