"""Draw deformations, and mixtures of several samples, on a scene of the demonstration set and its mask.

python scripts/figures/gallery.py docs/gallery.png
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import albumentations as A  # noqa: N812
import cv2
import numpy as np
from augmented_batch import framed, save

from seqaug import ClassMix, CopyPaste, CutMix, Palette, SegmentationSequence, image_data_generator_transform
from seqaug.demo.dataset import make_demo_dataset

SEED = 5
CAPTION = 22
# Stronger than in training, to be visible.
TRANSFORMS = {
    "original": A.NoOp(),
    "GridDistortion": A.GridDistortion(num_steps=6, distort_limit=0.45, p=1),
    "ElasticTransform": A.ElasticTransform(alpha=220, sigma=9, p=1),
    "OpticalDistortion": A.OpticalDistortion(distort_limit=(-0.8, -0.8), p=1),
    "ImageDataGenerator's": image_data_generator_transform(
        rotation_range=20, zoom_range=0.2, shear_range=15, horizontal_flip=True, fill_mode="constant"
    ),
    "Mosaic": A.Mosaic(target_size=(192, 256), cell_shape=(192, 256), p=1),
    "CutMix": CutMix(area=0.3, p=1),
    "ClassMix": ClassMix(p=1),
    "CopyPaste": CopyPaste(objects=(3, 3), p=1),
    "CutMix, then GridDistortion": A.Compose(
        [CutMix(area=0.3, p=1), A.GridDistortion(num_steps=6, distort_limit=0.45, p=1)]
    ),
}
COLUMNS = 5


def column(name: str, image: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Stack a name, an image and its mask."""
    cells = np.concatenate([framed(image), framed(colors)])
    caption = np.full((CAPTION, cells.shape[1], 3), 255, np.uint8)
    cv2.putText(caption, name, (6, CAPTION - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return np.concatenate([caption, cells])


def main() -> None:
    """Draw the picture into the file of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="PNG file to write")
    file = parser.parse_args().file
    columns = []
    with tempfile.TemporaryDirectory() as folder:
        data = make_demo_dataset(folder, train=8, val=1)
        palette = Palette.from_csv(data.palette, ignore=["Void"])
        for name, transform in TRANSFORMS.items():
            sequence = SegmentationSequence.from_directory(
                data.train_images,
                data.train_masks,
                palette=palette,
                transform=transform,
                rescale=None,
                shuffle=False,
                batch_size=1,
                seed=SEED,
                workers=0,
            )
            images, masks = sequence[0]
            columns.append(column(name, images[0], palette.decode(masks[0])))
    rows = [np.concatenate(columns[first : first + COLUMNS], axis=1) for first in range(0, len(columns), COLUMNS)]
    save(np.concatenate(rows), file)


if __name__ == "__main__":
    main()
