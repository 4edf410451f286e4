"""Draw the same samples of the demonstration set in several epochs, each with its mask.

python scripts/figures/augmented_batch.py docs/augmented_batch.png
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import albumentations as A  # noqa: N812
import cv2
import numpy as np

from seqaug import Palette, SegmentationSequence
from seqaug.demo.dataset import make_demo_dataset

SAMPLES = 4
EPOCHS = 3
GAP = 4


def draw_epochs(sequence: SegmentationSequence, palette: Palette) -> np.ndarray:
    """Draw a batch in several epochs: one row per epoch, image and mask side by side.

    Returns:
        RGB, (H, W, 3), uint8.
    """
    rows = []
    for epoch in range(EPOCHS):
        sequence.set_epoch(epoch)
        images, masks = sequence[0]
        colors = palette.decode(masks)
        cells = [cell for pair in zip(images, colors, strict=True) for cell in pair]
        rows.append(np.concatenate([framed(cell) for cell in cells], axis=1))
    return np.concatenate(rows)


def framed(cell: np.ndarray) -> np.ndarray:
    """Add a white border to a cell."""
    return cv2.copyMakeBorder(cell, GAP, GAP, GAP, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def save(drawn: np.ndarray, file: Path) -> None:
    """Write an RGB picture, and print its path and size."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), drawn[..., ::-1])
    print(f"{file}: {drawn.shape[1]}x{drawn.shape[0]} pixels")


def main() -> None:
    """Draw the picture into the file of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="PNG file to write")
    file = parser.parse_args().file
    transform = A.Compose(
        [
            A.RandomCrop(112, 112),
            A.HorizontalFlip(),
            A.Rotate(25, p=0.7),
            A.GridDistortion(p=0.5),
            A.RandomBrightnessContrast(p=0.8),
        ]
    )
    with tempfile.TemporaryDirectory() as folder:
        data = make_demo_dataset(folder, train=SAMPLES, val=1)
        palette = Palette.from_csv(data.palette, ignore=["Void"])
        sequence = SegmentationSequence.from_directory(
            data.train_images,
            data.train_masks,
            palette=palette,
            transform=transform,
            batch_size=SAMPLES,
            shuffle=False,
            rescale=None,
            workers=0,
        )
        drawn = draw_epochs(sequence, palette)
    save(drawn, file)


if __name__ == "__main__":
    main()
