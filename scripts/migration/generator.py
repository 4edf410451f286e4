"""From your own generator function to a sequence.

python scripts/migration/generator.py
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
from common import HEIGHT, WIDTH, print_batches

from seqaug import Palette, SegmentationSequence
from seqaug.demo.dataset import DemoDataset, make_demo_dataset

BATCH = 5


def old(data: DemoDataset, transform: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Endless batches."""
    names = sorted(path.name for path in data.train_images.iterdir())
    colors = Palette.from_csv(data.palette, ignore=["Void"]).colors
    while True:
        random.shuffle(names)
        for start in range(0, len(names), BATCH):
            images, masks = [], []
            for name in names[start : start + BATCH]:
                image = cv2.cvtColor(cv2.imread(str(data.train_images / name)), cv2.COLOR_BGR2RGB)
                colored = cv2.cvtColor(cv2.imread(str(data.train_masks / name)), cv2.COLOR_BGR2RGB)
                ids = np.full(colored.shape[:2], 255, np.uint8)
                for class_id, color in enumerate(colors):
                    ids[(colored == color).all(axis=-1)] = class_id
                augmented = transform(image=image, mask=ids)
                images.append(augmented["image"])
                masks.append(augmented["mask"])
            yield np.stack(images).astype(np.float32) / 255, np.stack(masks)


def new(data: DemoDataset, transform: Any) -> SegmentationSequence:
    """The sequence for `fit`, which needs no `steps_per_epoch`."""
    return SegmentationSequence.from_directory(
        data.train_images,
        data.train_masks,
        palette=Palette.from_csv(data.palette, ignore=["Void"]),
        transform=transform,
        batch_size=BATCH,
        workers=2,
    )


def main() -> None:
    """Run the old and the new way on the demonstration set."""
    transform = A.Compose([A.RandomCrop(48, 48), A.HorizontalFlip(), A.RandomBrightnessContrast()])
    with tempfile.TemporaryDirectory() as folder:
        data = make_demo_dataset(Path(folder, "data"), train=12, val=1, size=(HEIGHT, WIDTH))
        with new(data, transform) as sequence:
            print_batches("a generator", list(islice(old(data, transform), len(sequence))))
            print_batches("a sequence", list(sequence))


if __name__ == "__main__":
    main()
