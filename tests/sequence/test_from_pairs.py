"""Constructors for pairs: arrays, suffixes and patterns; and saved pairs."""

import warnings
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pandas as pd
import pytest
from small_pairs import COLORS, Pairs

from seqaug import ClassWeights, Palette, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))


def test_from_arrays(pairs: Pairs) -> None:
    sequence = SegmentationSequence.from_arrays(pairs.pixels, pairs.ids, shuffle=False, num_classes=3, ignore_index=255)
    x, y = sequence[0]
    assert np.array_equal(x, pairs.pixels * np.float32(1 / 255))
    assert np.array_equal(y, pairs.ids)


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("stratify", [False, True])
def test_both_subsets_of_arrays(pairs: Pairs, stratify: bool, as_list: bool) -> None:
    arguments: Any = {"shuffle": False, "num_classes": 3, "ignore_index": 255, "seed": 4}
    x: Any = list(pairs.pixels) if as_list else pairs.pixels
    parts = {
        subset: SegmentationSequence.from_arrays(
            x, pairs.ids, validation_split=1 / 3, subset=subset, stratify=stratify, **arguments
        )
        for subset in ("training", "validation")
    }
    assert [len(part.samples) for part in parts.values()] == [4, 2]
    found = [sample.image for part in parts.values() for sample in part.samples]
    assert all(np.shares_memory(image, pairs.pixels) for image in found)
    assert {image.tobytes() for image in found} == {image.tobytes() for image in pairs.pixels}
    images, masks = parts["validation"][0]
    numbers = [
        [np.array_equal(sample.image, image) for image in pairs.pixels].index(True)
        for sample in parts["validation"].samples
    ]
    assert np.array_equal(masks, pairs.ids[numbers])
    assert np.array_equal(images, pairs.pixels[numbers] * np.float32(1 / 255))


def test_other_types_than_arrays(pairs: Pairs) -> None:
    with pytest.raises(
        TypeError, match=r"x is a list; expected an array .* for lists of paths, SegmentationSequence\("
    ):
        SegmentationSequence.from_arrays(pairs.images, pairs.ids)
    with pytest.raises(TypeError, match=r"y is a list; expected an array"):
        SegmentationSequence.from_arrays(pairs.pixels, pairs.masks)
    with pytest.raises(ValueError, match=r"6 images and 5 masks; expected one mask for each image"):
        SegmentationSequence.from_arrays(pairs.pixels, pairs.ids[:5], validation_split=0.5, subset="training")
    with pytest.raises(ValueError, match=r"stratify=True without validation_split"):
        SegmentationSequence.from_arrays(pairs.pixels, pairs.ids, stratify=True)


@pytest.mark.parametrize("target", ["uint8", "one_hot", "normalised"])
@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
def test_saved_samples_can_be_read_again(pairs: Pairs, tmp_path: Path, target: str) -> None:
    """Written with suffixes into one folder, and paired by them: the same pixels, and the same ids."""
    arguments: Any = {"palette": PALETTE, "shuffle": False, "seed": 7, "batch_size": 4}
    ways: dict[str, Any] = {
        "uint8": {"rescale": None, "transform": A.RandomCrop(16, 16)},
        "one_hot": {"mask_encoding": "one_hot", "transform": A.RandomCrop(16, 16)},
        "normalised": {"transform": A.Normalize()},
    }
    sequence = SegmentationSequence(pairs.images, pairs.masks, **arguments, **ways[target])
    written = sequence.save_augmented(tmp_path / "out" / "deep", 5)
    assert [path.name for path in written[:2]] == [
        "epoch000-position00000-sample00000_image.png",
        "epoch000-position00000-sample00000_mask.png",
    ]
    assert sorted(written) == sorted((tmp_path / "out" / "deep").iterdir())
    assert len(written) == 10
    assert sequence.epoch == 0
    folder = tmp_path / "out"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = SegmentationSequence.from_directory(
            folder, folder, image_suffix="_image", mask_suffix="_mask", **{**arguments, "rescale": None}
        )
    x, y = sequence[0]
    images, masks = again[0]
    if target == "one_hot":
        assert np.array_equal(images, np.rint(x * 255))
        y = np.where(y.any(-1), y.argmax(-1), 255)
    elif target == "uint8":
        assert np.array_equal(images, x)
    assert np.array_equal(masks, y)


def test_saving_more_than_there_is_and_other_epochs(pairs: Pairs, tmp_path: Path) -> None:
    sequence = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, batch_size=4, seed=3)
    assert len(sequence.save_augmented(tmp_path, 99, epoch=2)) == 12
    sequence.set_epoch(2)
    order = [int(path.name.split("sample")[1][:5]) for path in sorted(tmp_path.glob("epoch002*_mask.png"))]
    assert sorted(order) == list(range(6))
    shown = np.concatenate([y for _, y in sequence])
    assert np.array_equal(shown, pairs.ids[order])
    with pytest.raises(FileExistsError, match=r"already exists and is not overwritten"):
        sequence.save_augmented(tmp_path)
    with pytest.raises(ValueError, match=r"count=0; expected at least 1"):
        sequence.save_augmented(tmp_path, 0)


def test_ids_are_saved_where_there_is_no_palette(pairs: Pairs, tmp_path: Path) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids, shuffle=False)
    path = sequence.save_augmented(tmp_path, 1)[1]
    assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), pairs.ids[0])


# Splits


def names(sequence: SegmentationSequence) -> list[str]:
    return [Path(sample.image).name for sample in sequence.samples]


def test_groups_of_paths_stay_together(pairs: Pairs) -> None:
    for groups in (r"00(\d)\.png$", [*"aabbcc"], lambda path: int(Path(path).stem) // 2):
        train, val = SegmentationSequence.from_directory(
            Path(pairs.images[0]).parent,
            Path(pairs.masks[0]).parent,
            palette=PALETTE,
            groups=groups,
            validation_split=1 / 3,
            subset="both",
        )
        assert len(names(val)) == 2
        if not isinstance(groups, str):
            assert names(val)[0][:3] in ("000", "002", "004")
            assert int(names(val)[1][:3]) == int(names(val)[0][:3]) + 1
        assert sorted(names(train) + names(val)) == [f"{number:03}.png" for number in range(6)]


def test_a_column_holds_the_groups(pairs: Pairs, tmp_path: Path) -> None:
    patients = ["p1", "p2", "p1", "p2", "p3", "p3"]
    frame = pd.DataFrame({"image": pairs.images, "mask": pairs.masks, "patient": patients})
    frame.to_csv(tmp_path / "pairs.csv", index=False)
    arguments: Any = {"palette": PALETTE, "groups": "patient", "fold": (1, 3), "subset": "validation"}
    for part in (
        SegmentationSequence.from_dataframe(frame, **arguments),
        SegmentationSequence.from_csv(tmp_path / "pairs.csv", **arguments),
    ):
        assert len({patients[int(name[:3])] for name in names(part)}) == 1
        assert len(part.samples) == 2
    for make, table in (
        (SegmentationSequence.from_dataframe, frame),
        (SegmentationSequence.from_csv, tmp_path / "pairs.csv"),
    ):
        with pytest.raises(
            ValueError, match="has no column 'patients'; it has 'image', 'mask', 'patient'; expected groups="
        ):
            make(table, **{**arguments, "groups": "patients"})
    frame.loc[2, "patient"] = None
    frame.to_csv(tmp_path / "pairs.csv", index=False)
    with pytest.raises(ValueError, match=r"sample 2, .*002.png, has no group \(None\)"):
        SegmentationSequence.from_csv(tmp_path / "pairs.csv", **arguments)


def test_both_subsets_at_once(pairs: Pairs) -> None:
    arguments: Any = {"num_classes": 3, "ignore_index": 255, "validation_split": 1 / 3, "stratify": True, "seed": 2}
    train, val = SegmentationSequence.from_arrays(
        pairs.pixels,
        pairs.ids,
        subset="both",
        transform=A.HorizontalFlip(p=0.5),
        validation_transform=A.NoOp(),
        oversample="class_uniform",
        class_weights=ClassWeights("inverse", of="drawn", clip=10),
        samples_per_epoch=16,
        repeats=2,
        batch_size=2,
        drop_remainder=True,
        **arguments,
    )
    one = SegmentationSequence.from_arrays(pairs.pixels, pairs.ids, subset="validation", **arguments)
    assert [np.shares_memory(a.image, b.image) for a, b in zip(val.samples, one.samples, strict=True)] == [True, True]
    assert (len(train), len(val)) == (16, 1)
    x, y, weights = val[0]
    numbers = [[np.shares_memory(s.image, image) for image in pairs.pixels].index(True) for s in val.samples]
    assert np.array_equal(x, pairs.pixels[numbers] * np.float32(1 / 255))  # not flipped, in order
    _, y_train, weights_train = train[0]
    for label in np.intersect1d(y[y != 255], y_train):
        assert np.unique(weights[y == label]).tolist() == np.unique(weights_train[y_train == label]).tolist()
    with pytest.raises(ValueError, match="would also augment the validation samples; expected validation_transform="):
        SegmentationSequence.from_arrays(pairs.pixels, pairs.ids, subset="both", transform=A.D4(), **arguments)


def test_folds_cover_everything_once(pairs: Pairs) -> None:
    found = []
    for number in range(3):
        train, val = SegmentationSequence.from_arrays(
            pairs.pixels, pairs.ids, num_classes=3, ignore_index=255, fold=(number, 3), subset="both", stratify=True
        )
        assert (len(train.samples), len(val.samples)) == (4, 2)
        found += [sample.image.tobytes() for sample in val.samples]
    assert sorted(found) == sorted(image.tobytes() for image in pairs.pixels)
