"""get_config() and from_config(): a sequence of a JSON text makes the same batches."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pytest

from seqaug import (
    ClassCrop,
    ClassificationSequence,
    ClassUniform,
    ClassWeights,
    Palette,
    RareClass,
    SegmentationSequence,
    Tiles,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name, shape, most in (("images", (24, 20, 3), 255), ("masks", (24, 20), 3)):
        (tmp_path / name).mkdir()
        for number in range(6):
            cv2.imwrite(str(tmp_path / name / f"{number}.png"), rng.integers(0, most, shape, np.uint8))
    return tmp_path


def _made(folder: Path, **arguments: Any) -> SegmentationSequence:
    plain = {"batch_size": 2, "num_classes": 3, **arguments}
    return SegmentationSequence.from_directory(folder / "images", folder / "masks", **plain)


def _bytes(sequence: Any) -> list[Any]:
    with sequence:
        return [[(str(part.dtype), part.shape, part.tobytes()) for part in batch] for batch in sequence]


def _again(sequence: Any, **overrides: Any) -> Any:
    return type(sequence).from_config(json.loads(json.dumps(sequence.get_config())), **overrides)


_COMPOSITION = A.Compose([A.RandomCrop(16, 16), A.RandomBrightnessContrast(p=0.5), A.HorizontalFlip()])


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"transform": _COMPOSITION, "seed": 3, "workers": 0},
        {"transform": A.Compose([ClassCrop(16, 16), A.OneOf([A.Blur(), A.GaussNoise()])]), "workers": 2},
        {"prepare": A.Resize(16, 16), "transform": A.VerticalFlip(), "use_multiprocessing": True},
        {"oversample": RareClass(), "class_weights": ClassWeights("inverse", clip=3), "image_size": (12, 12)},
        {"oversample": [1, 2, 3, 4, 5, 6], "class_weights": np.array([1, 2, 3.5]), "dtype": "float16"},
        {"class_map": {0: 0, 1: 1, 2: None}, "num_classes": None, "ignore_index": 255, "oversample": ClassUniform()},
        {"tiles": Tiles(16, (8, 16), edge="pad"), "ignore_index": 255},
        {"validation_split": 0.3, "subset": "training", "seed": 5, "mask_encoding": "one_hot"},
    ],
    ids=lambda arguments: "-".join(arguments) or "plain",
)
def test_a_round_trip_gives_the_same_batches(folder: Path, arguments: dict[str, Any]) -> None:
    sequence = _made(folder, **arguments)
    again = _again(sequence)
    assert again.get_config() == sequence.get_config()
    assert _bytes(again) == _bytes(sequence)


def test_palettes_keep_several_colours_and_ignored_ones(tmp_path: Path) -> None:
    palette = Palette({"void": (9, 9, 9), "car": [(0, 0, 1), (0, 0, 2)], "road": (1, 0, 0)}, ["void"], "nearest")
    colors = np.array([[(9, 9, 9), (0, 0, 1), (0, 0, 2), (1, 0, 0)]] * 2, np.uint8)
    files = [tmp_path / f"{part}_{name}.png" for part in ("image", "mask") for name in "ab"]
    for file in files:
        cv2.imwrite(str(file), colors[..., ::-1])
    sequence = SegmentationSequence(files[:2], files[2:], palette=palette, ignore_index=255, batch_size=1)
    again = _again(sequence)
    assert again.class_names == ["car", "road"]
    assert _bytes(again) == _bytes(sequence)


def test_annotations_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["image,runs,kind", "0.png,1 5 30 2,tree", "0.png,8 4,car", "1.png,,car"]
    (folder / "runs.csv").write_text("\n".join(lines))
    columns = {"mask_col": "runs", "class_col": "kind", "mask_format": "rle", "root": folder / "images"}
    polygon = [[1, 1, 9, 1, 9, 9]]
    objects = [{"id": 1, "image_id": 7, "category_id": 4, "iscrowd": 1, "segmentation": polygon}]
    coco = {
        "images": [{"id": 7, "file_name": "2.png", "height": 24, "width": 20}],
        "annotations": [*objects, {**objects[0], "id": 2, "iscrowd": 0, "segmentation": [[5, 5, 18, 5, 18, 20]]}],
        "categories": [{"id": 4, "name": "boat"}],
    }
    for sequence in (
        SegmentationSequence.from_csv(folder / "runs.csv", **columns, batch_size=1),  # type: ignore[arg-type]
        SegmentationSequence.from_coco(coco, folder / "images", batch_size=1),
        SegmentationSequence.from_coco(
            coco, folder / "images", batch_size=1, mask_encoding="multi_label", class_weights="uniform"
        ),
    ):
        again = _again(sequence)
        assert again.class_names == sequence.class_names
        assert _bytes(again) == _bytes(sequence)
    monkeypatch.setattr("seqaug.sequence.config._MAX_CHARACTERS", 10)
    with pytest.raises(ValueError, match=r"masks= \(annotations of 1 images, \d+ characters\)"):
        _again(sequence)


def test_pairs_of_a_table_are_not_doubted(folder: Path) -> None:
    """Names that have nothing in common would be a warning, but a table has paired them."""
    for number, name in enumerate("abcdef"):
        (folder / "masks" / f"{number}.png").rename(folder / "masks" / f"{name}.png")
    rows = [f"images/{number}.png,masks/{name}.png" for number, name in enumerate("abcdef")]
    (folder / "pairs.csv").write_text("\n".join(["image,mask", *rows]))
    sequence = SegmentationSequence.from_csv(folder / "pairs.csv", num_classes=3, batch_size=2)
    assert _bytes(_again(sequence)) == _bytes(sequence)


def test_another_process_knows_the_transforms_of_this_package(folder: Path) -> None:
    sequence = _made(folder, transform=ClassCrop(16, 16))
    (folder / "config.json").write_text(json.dumps(sequence.get_config()))
    code = (
        "import json, hashlib; from seqaug import SegmentationSequence as S\n"
        f"with S.from_config(json.load(open({str(folder / 'config.json')!r}))) as s: x = s[0][0]\n"
        "print(hashlib.sha256(x.tobytes()).hexdigest())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    import hashlib

    with sequence:
        assert found.stdout.strip() == hashlib.sha256(sequence[0][0].tobytes()).hexdigest()


def test_arrays_are_asked_for_again() -> None:
    images = np.random.default_rng(0).integers(0, 255, (4, 8, 8, 3), np.uint8)
    masks = images[..., 0] // 128
    sequence = SegmentationSequence(images, masks, num_classes=2, batch_size=2)
    config = json.loads(json.dumps(sequence.get_config()))
    with pytest.raises(ValueError, match=r"images= \(an array of uint8 \(4, 8, 8, 3\)\), masks= "):
        SegmentationSequence.from_config(config)
    assert _bytes(SegmentationSequence.from_config(config, images=images, masks=masks)) == _bytes(sequence)
    with pytest.warns(UserWarning, match="images= are not the arrays of the config"):
        SegmentationSequence.from_config(config, images=images + 1, masks=masks)


def test_what_json_cannot_hold_is_asked_for_by_name(folder: Path) -> None:
    def read(path: Any) -> Any:
        return cv2.imread(str(path))

    def same(image: Any, **_: Any) -> Any:
        return image

    sequence = _made(folder, transform=A.Lambda(image=same), read_image=read, reader_name="mine")
    with pytest.raises(ValueError, match=r"transform= \(.*Lambda.*read_image="):
        _again(sequence)
    assert "workers" not in _again(sequence, transform=None, read_image=read).get_config()["arguments"]


def test_credentials_are_left_out() -> None:
    urls = [
        f"https://user:hunter2@host/{part}/{number}.png?X-Amz-Signature=abcdef" for part in "im" for number in range(2)
    ]
    sequence = SegmentationSequence(urls[:2], urls[2:], num_classes=2, batch_size=1)
    text = json.dumps(sequence.get_config())
    assert "hunter2" not in text
    assert "abcdef" not in text
    with pytest.raises(ValueError, match=r"images= \(URLs with credentials"):
        SegmentationSequence.from_config(json.loads(text))


def test_other_versions_and_other_data_warn(folder: Path) -> None:
    config = _made(folder).get_config()
    with pytest.warns(UserWarning, match=r"opencv 1\.0 then"):
        SegmentationSequence.from_config({**config, "versions": {**config["versions"], "opencv": "1.0"}})
    with pytest.warns(UserWarning, match="the order of samples differs"):
        SegmentationSequence.from_config(config, seed=9)
    files = [config["arguments"][name]["config"][:4] for name in ("images", "masks")]
    with pytest.warns(UserWarning, match="6 samples, and these are 4"):
        SegmentationSequence.from_config(config, images=files[0], masks=files[1])


@pytest.mark.parametrize(("config", "error"), [("text", TypeError), ({}, ValueError)])
def test_other_dicts_are_refused(config: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"expected the dict that get_config\(\) gave"):
        SegmentationSequence.from_config(config)


def test_labelled_sequences_copies_and_keras(folder: Path) -> None:
    files = sorted((folder / "images").iterdir())
    sequence = ClassificationSequence(files, [0, 1, 2] * 2, batch_size=2, transform=_COMPOSITION)
    keras_config = keras.saving.serialize_keras_object(sequence)["config"]
    again = ClassificationSequence.from_config(json.loads(json.dumps(keras_config)))
    assert _bytes(again) == _bytes(sequence)
    import copy
    import pickle

    for twin in (copy.copy(sequence), copy.deepcopy(sequence), pickle.loads(pickle.dumps(sequence))):
        assert twin.get_config() == sequence.get_config()


def test_subclasses_keep_arguments_of_their_own(folder: Path) -> None:
    class Mine(SegmentationSequence):
        def __init__(self, root: Path, *, part: str = "all", **arguments: Any) -> None:
            self.part = part
            files = [sorted((root / name).iterdir()) for name in ("images", "masks")]
            super().__init__(*files, **arguments)

    sequence = Mine(folder, part="some", num_classes=3, batch_size=3)
    again = _again(sequence)
    assert again.part == "some"
    assert _bytes(again) == _bytes(sequence)
