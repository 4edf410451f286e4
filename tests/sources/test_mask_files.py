"""Masks without images."""

from pathlib import Path

import numpy as np
from small_pairs import Pairs

from seqaug.reading.masks import read_mask_colors
from seqaug.sources.mask_files import MaskFiles


def test_masks_are_read_and_named(pairs: Pairs) -> None:
    files = MaskFiles(pairs.masks, colored=True)
    assert len(files) == 6
    assert np.array_equal(files.load_mask(2), read_mask_colors(pairs.masks[2]))
    assert files.describe(2) == pairs.masks[2]


def test_masks_of_ids(camvid: Path) -> None:
    path = str(next(camvid.glob("train/class_ids/*.png")))
    assert MaskFiles([path], colored=False).load_mask(0).shape == (360, 480)
