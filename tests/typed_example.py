"""What type checkers and editors see; mypy and pyright check it, and nothing runs it.

A comment that ignores an error is an error itself where there is none to ignore.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pandas as pd
from typing_extensions import Unpack, assert_type

import seqaug
from seqaug import ClassificationSequence, ClassUniform, Palette, SegmentationArguments, SegmentationSequence


class Mine(SegmentationSequence):
    """A sequence with an argument of its own, and those of its base."""

    def __init__(self, images: list[str], masks: list[str], *, gain: float, **arguments: Unpack[SegmentationArguments]):
        super().__init__(images, masks, **arguments)
        self.gain = gain

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        sample = dict(super().load(index))
        return {**sample, "image": sample["image"] * self.gain}


def sequences(paths: list[str], pixels: np.ndarray[Any, Any], table: pd.DataFrame, targets: list[Path]) -> None:
    transform = A.Compose([A.HorizontalFlip(), A.RandomCrop(64, 64)])
    train = SegmentationSequence(paths, targets, batch_size=4, palette="camvid", transform=transform, seed=1)
    assert_type(train, SegmentationSequence)
    SegmentationSequence(paths, paths, palette={"sky": (0, 0, 0)}, oversample=ClassUniform(), cache=Path("cache"))
    SegmentationSequence(pixels, list(pixels), oversample=[1, 2], class_weights={"sky": 2, 1: 0.5}, shuffle=None)
    SegmentationSequence(table["image"], table["mask"], transform=A.D4(), rescale=None, color_mode="unchanged")
    SegmentationSequence(paths, additional_targets={"depth": "value"}, value_fill=0, mirrored_classes=[("l", "r")])

    found = SegmentationSequence.from_directory(
        "images",
        Path("masks"),
        mask_suffix="_L",
        validation_split=0.2,
        subset="training",
        stratify=True,
        palette=Palette.named("voc"),
        mask_encoding="one_hot",
        workers=2,
    )
    assert_type(found, SegmentationSequence)
    assert_type(SegmentationSequence.from_csv("pairs.csv", root="data", on_error="skip"), SegmentationSequence)
    assert_type(SegmentationSequence.from_dataframe(table, mask_col=None, executor=None), SegmentationSequence)
    assert_type(SegmentationSequence.from_arrays(pixels, pixels, ignore_index=0), SegmentationSequence)
    assert_type(Mine.from_arrays(pixels), Mine)
    both = Mine.from_arrays(pixels, pixels, fold=(0, 5), subset="both", groups=list("aabbc"), class_map={0: 0, 255: 1})
    assert_type(both, tuple[Mine, Mine])
    assert_type(train.num_classes, int | None)
    assert_type(len(train), int)
    with Mine(paths, paths, gain=2, seed=3) as mine:
        assert_type(mine, Mine)
        assert_type(mine.gain, float)
        assert_type(mine.epoch, int)

    labelled = ClassificationSequence.from_directory(
        "photos", ["cat", "dog"], label_mode="categorical", image_size=(8, 8), class_weights="inverse"
    )
    assert_type(labelled, seqaug.ClassificationSequence)
    ClassificationSequence(pixels, ["cat", "dog"], oversample="rare_class")
    ClassificationSequence.from_dataframe(table, label_col=["cat", "dog"], label_mode="multi_label", subset=None)
    ClassificationSequence.from_arrays(pixels, [[0, 1], [2]], label_mode="multi_label", validation_split=0.1)


def mistakes(paths: list[str], pixels: np.ndarray[Any, Any]) -> None:
    pairs, labelled = SegmentationSequence, ClassificationSequence
    pairs(paths, mask_encoding="onehot")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    pairs(paths, batchsize=4)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    pairs(paths, transform=[])  # pyright: ignore[reportArgumentType]
    pairs.from_directory("a", "b", workers="2")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType]
    pairs.from_directory("a", "b", label_mode="int")  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    pairs.from_arrays(pixels, subset="test")  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]
    labelled.from_arrays(pixels, mask_encoding="x")  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    Mine(paths, paths)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    print(pairs(paths).num_clases)  # pyright: ignore[reportAttributeAccessIssue]
