"""Constructors warn of pairs that look wrong."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_pairs import COLORS, Pairs

import seqaug
from seqaug import Palette, SegmentationSequence

PALETTE = Palette(COLORS, ignore=["void"])
WARNING = "names of images and masks contradict their order"


class Table(dict[str, list[str]]):
    """The required part of a data frame's interface."""

    @property
    def columns(self) -> list[str]:
        return list(self)


@pytest.mark.parametrize("order", [[5, 4, 3, 2, 1, 0], [1, 0, 2, 3, 4, 5]])
def test_lists_in_different_orders(pairs: Pairs, order: list[int]) -> None:
    masks = [pairs.masks[index] for index in order]
    with pytest.warns(seqaug.SeqaugWarning, match=WARNING) as warned:
        SegmentationSequence(pairs.images, masks, palette=PALETTE)
    assert [warning.filename for warning in warned] == [__file__]
    with pytest.warns(seqaug.SeqaugWarning, match=WARNING):
        SegmentationSequence(map(Path, pairs.images), iter(masks), palette=PALETTE)
    with pytest.warns(seqaug.SeqaugWarning, match=f"{WARNING}.*; correct the data frame; if it is intended"):
        SegmentationSequence.from_dataframe(Table(image=pairs.images, mask=masks), palette=PALETTE)


def test_intended_pairs(pairs: Pairs, tmp_path: Path) -> None:
    masks = [str(Path(path).rename(tmp_path / f"{name}.png")) for path, name in zip(pairs.masks, "abcdef", strict=True)]
    with pytest.warns(seqaug.SeqaugWarning, match="nothing in common"):
        SegmentationSequence(pairs.images, masks, palette=PALETTE)
    sequence = SegmentationSequence.from_dataframe(
        Table(image=pairs.images, mask=masks), palette=PALETTE, shuffle=False
    )
    assert sequence.samples[5].mask == masks[5]
    split: dict[str, Any] = {"palette": PALETTE, "validation_split": 0.5, "subset": "training"}
    assert len(SegmentationSequence.from_dataframe(Table(image=pairs.images, mask=masks), **split).samples) == 3
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "names of images and masks", seqaug.SeqaugWarning)
        SegmentationSequence(pairs.images, masks, palette=PALETTE)
        SegmentationSequence(pairs.images, pairs.masks[::-1], palette=PALETTE)


def test_swapped_and_equal_folders(pairs: Pairs) -> None:
    images, masks = Path(pairs.images[0]).parent, Path(pairs.masks[0]).parent
    with pytest.warns(seqaug.SeqaugWarning, match=r"images and masks look swapped: the first image is .*masks.000.png"):
        SegmentationSequence.from_directory(masks, images, palette=PALETTE)
    with pytest.raises(ValueError, match=rf"images and masks are both {images}, so each file would be its own"):
        SegmentationSequence.from_directory(images, images)
    with pytest.raises(ValueError, match=r"images and masks are the same files, such as .*000.png"):
        SegmentationSequence(pairs.images, pairs.images)


def test_arrays_have_no_names(pairs: Pairs) -> None:
    SegmentationSequence(pairs.pixels, np.zeros_like(pairs.ids)[::-1])
