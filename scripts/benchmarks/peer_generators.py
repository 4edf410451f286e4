"""Contender: two of Keras' ImageDataGenerators in lockstep, one for the images and one for the masks.

The work differs: it resizes whole images without a crop, in one thread (`zip` is a plain generator, whatever `workers`
says), Pillow decodes, and SciPy interpolates each channel separately.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from job import Job
from sample import ColorTable

SEED = 0


def batches(job: Job) -> Iterator[Any]:
    """Iterate endlessly."""
    table = ColorTable(job.colors)
    geometry = {"rotation_range": 20, "horizontal_flip": True, "fill_mode": "constant"}
    # Nearest neighbour for masks, and a brightness without effect: the generators must draw equally often, or they
    # rotate and flip masks unlike their images.
    of_images = _generator(brightness_range=(0.8, 1.2), rescale=1 / 255, **geometry)
    of_masks = _generator(brightness_range=(1, 1), interpolation_order=0, **geometry)
    images = _flow(of_images, job.image_folder, job, "bilinear")
    masks = _flow(of_masks, job.mask_folder, job, "nearest")
    for x, colors in zip(images, masks, strict=True):
        if len(x) == job.batch_size:  # an epoch's last batch may be smaller; the other contenders drop it
            yield x, table.encode(*np.moveaxis(colors.astype(np.uint8), -1, 0))


def _generator(**arguments: Any) -> Any:
    # Its only public name in Keras 3.
    return tf.keras.preprocessing.image.ImageDataGenerator(**arguments)


def _flow(generator: Any, folder: str, job: Job, interpolation: str) -> Iterator[np.ndarray]:
    path = Path(folder).resolve()
    return generator.flow_from_directory(
        str(path.parent),
        classes=[path.name],  # it reads class folders: the folder of the files is the only class
        class_mode=None,
        target_size=(job.crop, job.crop),
        batch_size=job.batch_size,
        interpolation=interpolation,
        seed=SEED,
    )
