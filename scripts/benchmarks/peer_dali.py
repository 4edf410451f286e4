"""Contender: NVIDIA DALI's pipeline on the CPU, with its own decoder and operators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from job import Job
from nvidia.dali import fn, pipeline_def, types
from sample import IGNORED

# `lookup_table` takes keys of 16 bits: colours are told apart by their upper 5, 6 and 5 bits.
_BITS = (5, 6, 5)


def color_keys(colors: np.ndarray) -> np.ndarray:
    """Pack colours, (N, 3) uint8, into 16 bits.

    Raises:
        ValueError: two of them get the same key.
    """
    red, green, blue = (colors[:, band].astype(np.int32) >> (8 - bits) for band, bits in enumerate(_BITS))
    keys = (red << 11) | (green << 5) | blue
    if len(np.unique(keys)) < len(keys):
        raise ValueError("colours of the palette agree in their upper bits; expected a palette for DALI's table")
    return keys


@pipeline_def
def samples(job: Job) -> Any:
    """Define the pipeline: read, decode, look up, crop, flip, rotate, brightness and contrast."""
    # The same seed: both readers shuffle alike.
    reader = {"random_shuffle": True, "initial_fill": len(job.images), "seed": 0, "file_root": ""}
    images, _ = fn.readers.file(files=job.images, name="images", **reader)
    masks, _ = fn.readers.file(files=job.masks, **reader)
    image = fn.decoders.image(images, output_type=types.RGB)
    colors = fn.cast(fn.decoders.image(masks, output_type=types.RGB), dtype=types.INT32)
    red, green, blue = colors[:, :, 0:1], colors[:, :, 1:2], colors[:, :, 2:3]
    keys = (red // 8) * 2048 + (green // 4) * 32 + blue // 8
    mask = fn.cast(
        fn.lookup_table(
            keys,
            keys=color_keys(np.array(job.colors, np.uint8)).tolist(),
            values=list(range(len(job.colors))),
            default_value=IGNORED,
        ),
        dtype=types.UINT8,
    )
    x, y = fn.random.uniform(range=[0, 1]), fn.random.uniform(range=[0, 1])
    flips = fn.random.coin_flip()
    angle = fn.random.uniform(range=[-20, 20]) * fn.random.coin_flip()
    changes = fn.random.coin_flip()
    brightness = 1 + fn.random.uniform(range=[-0.2, 0.2]) * changes
    contrast = 1 + fn.random.uniform(range=[-0.2, 0.2]) * changes

    def moved(pixels: Any, interpolation: Any, fill: int) -> Any:
        cropped = fn.crop(pixels, crop=(job.crop, job.crop), crop_pos_x=x, crop_pos_y=y)
        flipped = fn.flip(cropped, horizontal=flips)
        return fn.rotate(flipped, angle=angle, keep_size=True, interp_type=interpolation, fill_value=fill)

    image = moved(image, types.INTERP_LINEAR, 0)
    image = fn.brightness_contrast(image, brightness=brightness, contrast=contrast, dtype=types.FLOAT)
    return image * (1 / 255), moved(mask, types.INTERP_NN, IGNORED)


def batches(job: Job) -> Iterator[Any]:
    """Iterate endlessly."""
    pipeline = samples(
        job, batch_size=job.batch_size, num_threads=job.workers, device_id=None, seed=0, prefetch_queue_depth=2
    )
    pipeline.build()
    while True:
        image, mask = pipeline.run()
        yield np.asarray(image.as_tensor()), np.asarray(mask.as_tensor())[..., 0]
