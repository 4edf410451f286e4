"""From flow_from_dataframe to ClassificationSequence.from_dataframe.

python scripts/migration/dataframe.py
"""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf
from common import TILE, print_batches, write_tiles

from seqaug import ClassificationSequence, image_data_generator_transform

ImageDataGenerator = tf.keras.preprocessing.image.ImageDataGenerator

AUGMENTATION: dict[str, Any] = {"rotation_range": 10, "brightness_range": (0.8, 1.2), "horizontal_flip": True}


def old(
    table: pd.DataFrame, root: Path, augmentation: dict[str, Any], shuffle: bool = True
) -> tuple[list[tuple[np.ndarray, np.ndarray]], dict[str, int]]:
    """One epoch, and the class ids by name."""
    flow = ImageDataGenerator(rescale=1 / 255, **augmentation).flow_from_dataframe(
        table,
        directory=root,
        x_col="file",
        y_col="kind",
        class_mode="categorical",
        target_size=(TILE, TILE),
        batch_size=32,
        shuffle=shuffle,
        seed=1,
    )
    return list(islice(flow, len(flow))), flow.class_indices


def new(
    table: pd.DataFrame, root: Path, augmentation: dict[str, Any], shuffle: bool = True
) -> tuple[ClassificationSequence, dict[str, int]]:
    """The sequence for `fit`, and the class ids by name."""
    sequence = ClassificationSequence.from_dataframe(
        table,
        root=root,
        image_col="file",
        label_col="kind",
        label_mode="categorical",
        image_size=(TILE, TILE),
        transform=image_data_generator_transform(**augmentation),
        batch_size=32,
        shuffle=shuffle,
        seed=1,
    )
    return sequence, sequence.class_indices


def make_table(root: Path) -> pd.DataFrame:
    """Write tiles of scenes, and list their paths and classes."""
    paths = sorted(write_tiles(root).glob("*/*.png"))
    return pd.DataFrame(
        {"file": [str(path.relative_to(root)) for path in paths], "kind": [p.parent.name for p in paths]}
    )


def main() -> None:
    """Run the old and the new way."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        table = make_table(root)
        print_batches("flow_from_dataframe", old(table, root, AUGMENTATION)[0])
        print_batches("from_dataframe", list(new(table, root, AUGMENTATION)[0]))


if __name__ == "__main__":
    main()
