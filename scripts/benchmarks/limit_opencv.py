"""The limit for samples in memory: processes that call the same OpenCV functions in a loop, without any library around.

Decoded samples are shared by forking, random numbers are drawn ahead, and each worker writes rows straight into memory
that it shares with the main process. There are no seeds by sample, no order, no checks, and nothing survives an error.
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
import signal
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from job import Job
from sample import IGNORED, DecodedSamples

SLOTS = 3  # batches per worker in flight
DRAWS = 10_000


def work(job: Job, samples: DecodedSamples, number: int, slots: list[tuple[np.ndarray, np.ndarray]], pipe: Any) -> None:
    """Write batches into slots for ever: wait until a slot is free, fill it, report it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rng = np.random.default_rng(number)
    crop, row = job.crop, 0
    indices = rng.integers(len(samples), size=DRAWS).tolist()
    places = rng.random((DRAWS, 2)).tolist()
    choices = (rng.random((DRAWS, 3)) < 0.5).tolist()
    values = rng.uniform(-1, 1, (DRAWS, 3)).tolist()
    levels = np.arange(256, dtype=np.float32)
    middle = (crop - 1) / 2
    while True:
        images, masks = slots[pipe.recv()]
        for image_row, mask_row in zip(images, masks, strict=True):
            image, mask = samples.decoded(indices[row])
            top = int(places[row][0] * (image.shape[0] - crop + 1))
            left = int(places[row][1] * (image.shape[1] - crop + 1))
            image, mask = image[top : top + crop, left : left + crop], mask[top : top + crop, left : left + crop]
            flips, rotates, brightens = choices[row]
            angle, brightness, contrast = values[row]
            if flips:
                image, mask = cv2.flip(image, 1), cv2.flip(mask, 1)
            if rotates:
                matrix = cv2.getRotationMatrix2D((middle, middle), 20 * angle, 1)
                image = cv2.warpAffine(image, matrix, (crop, crop), flags=cv2.INTER_LINEAR)
                mask = cv2.warpAffine(mask, matrix, (crop, crop), flags=cv2.INTER_NEAREST, borderValue=IGNORED)
            if brightens:
                table = np.clip(levels * (1 + 0.2 * contrast) + 51 * brightness, 0, 255).astype(np.uint8)
                image = cv2.LUT(image, table)
            np.multiply(image, 1 / 255, out=image_row, dtype=np.float32)
            mask_row[...] = mask
            row = (row + 1) % DRAWS
        pipe.send(None)


def shared_array(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Create an array in anonymous memory that forked processes share."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap.mmap(-1, size), dtype).reshape(shape)


def batches(job: Job) -> Iterator[Any]:
    """Iterate endlessly, over the workers in turn."""
    samples = DecodedSamples(job)
    cv2.setNumThreads(0)
    context = multiprocessing.get_context("fork")
    shape = (job.batch_size, job.crop, job.crop)
    workers = []
    for number in range(job.workers):
        slots = [(shared_array((*shape, 3), np.float32), shared_array(shape, np.uint8)) for _ in range(SLOTS)]
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(job, samples, number, slots, theirs), daemon=True)
        process.start()
        for slot in range(SLOTS):
            ours.send(slot)
        workers.append((process, slots, ours))
    try:
        while True:
            for slot in range(SLOTS):
                for _, slots, pipe in workers:
                    pipe.recv()
                    yield slots[slot]
                    pipe.send(slot)
    finally:
        for process, _, _ in workers:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
