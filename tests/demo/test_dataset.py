"""The demonstration set on disk."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from seqaug import Palette
from seqaug.demo.classes import CLASSES
from seqaug.demo.dataset import DemoDataset, make_demo_dataset

SIZE = (32, 48)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_written_files(tmp_path: Path) -> None:
    root = tmp_path / "new" / "demo"
    paths = make_demo_dataset(root, train=3, val=2, size=SIZE)
    assert paths == DemoDataset(
        root / "train" / "images",
        root / "train" / "masks",
        root / "val" / "images",
        root / "val" / "masks",
        root / "palette.csv",
    )
    for images, masks, count in ((paths.train_images, paths.train_masks, 3), (paths.val_images, paths.val_masks, 2)):
        names = sorted(path.name for path in images.iterdir())
        assert names == sorted(path.name for path in masks.iterdir())
        assert len(names) == count
        for name in names:
            assert cv2.imread(str(images / name), cv2.IMREAD_UNCHANGED).shape == (*SIZE, 3)


def test_the_palette_decodes_every_mask(tmp_path: Path) -> None:
    paths = make_demo_dataset(tmp_path, train=2, val=1, size=SIZE)
    palette = Palette.from_csv(paths.palette, ignore=["Void"])
    assert list(palette.names) == list(CLASSES)
    assert paths.palette.read_text(encoding="utf-8").splitlines()[-1] == "Void,0,0,0"
    for path in paths.train_masks.iterdir():
        ids = palette.encode(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))
        assert (ids[0] == 255).all()
        assert len(np.unique(ids)) > 3


def test_files_depend_on_the_seed(tmp_path: Path) -> None:
    for name, arguments in {"one": {}, "same": {}, "more": {"train": 4}, "other": {"seed": 1}}.items():
        make_demo_dataset(tmp_path / name, **{"train": 2, "val": 1, "size": SIZE, **arguments})
    one, same, more, other = (bytes_of(tmp_path / name) for name in ("one", "same", "more", "other"))
    assert one == same
    assert one.items() <= more.items()
    assert len(more) == len(one) + 4
    assert all(one[name] != other[name] for name in one if name.endswith(".png"))
    scenes = [data for name, data in one.items() if "images" in name]
    assert len(set(scenes)) == len(scenes)


def test_a_directory_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"is not empty; expected an empty or new directory"):
        make_demo_dataset(tmp_path, train=1, val=1, size=SIZE)
    assert list(bytes_of(tmp_path)) == ["notes.txt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": 0}, "train=0; expected at least 1"),
        ({"val": -1}, "val=-1; expected at least 1"),
        ({"seed": -1}, "seed=-1; expected at least 0"),
        ({"size": (8, 48)}, "size=8x48; expected .* at least 16"),
        ({"size": 32}, "size=32; expected"),
    ],
)
def test_wrong_arguments_are_errors_and_write_nothing(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_demo_dataset(tmp_path / "demo", **{"train": 1, "val": 1, "size": SIZE, **arguments})
    assert not (tmp_path / "demo").exists()
