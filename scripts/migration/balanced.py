"""From your own balanced Sequence to `oversample="class_uniform"`.

python scripts/migration/balanced.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from common import TILE, print_batches, write_tiles

from seqaug import ClassificationSequence, image_data_generator_transform

ImageDataGenerator = tf.keras.preprocessing.image.ImageDataGenerator

AUGMENTATION: dict[str, Any] = {"rotation_range": 10, "horizontal_flip": True}
BATCH = 32


class Balanced(keras.utils.Sequence):
    """Draws a class uniformly, then an image of the class."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.classes = sorted(path.name for path in folder.iterdir())
        self.files = [sorted((folder / name).iterdir()) for name in self.classes]
        self.generator = ImageDataGenerator(rescale=1 / 255, **AUGMENTATION)
        self.rng = np.random.default_rng(1)

    def __len__(self) -> int:
        return -(-sum(map(len, self.files)) // BATCH)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        y = self.rng.integers(len(self.classes), size=BATCH).astype(np.int32)
        x = np.zeros((BATCH, TILE, TILE, 3), np.float32)
        for row, label in enumerate(y):
            path = self.rng.choice(np.array(self.files[label], dtype=object))
            image = keras.utils.img_to_array(keras.utils.load_img(path))
            x[row] = self.generator.standardize(self.generator.random_transform(image))
        return x, y


def old(folder: Path) -> Balanced:
    """The sequence for `fit`."""
    return Balanced(folder)


def new(folder: Path) -> ClassificationSequence:
    """The sequence for `fit`."""
    return ClassificationSequence.from_directory(
        folder,
        oversample="class_uniform",
        transform=image_data_generator_transform(**AUGMENTATION),
        batch_size=BATCH,
        seed=1,
    )


def main() -> None:
    """Run the old and the new way."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = write_tiles(Path(temporary))
        for name, sequence in (("a sequence by hand", old(folder)), ("class_uniform", new(folder))):
            batches = [sequence[index] for index in range(len(sequence))]
            print_batches(name, batches)
            print(f"  samples per class: {np.bincount(np.concatenate([y for _, y in batches])).tolist()}")


if __name__ == "__main__":
    main()
