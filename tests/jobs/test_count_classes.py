"""Counting as a sample processor."""

import pickle
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest
from small_pairs import COLORS, write_pairs

from seqaug import Palette, ReadError, SampleError
from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.inline import InlineEngine
from seqaug.engines.threads import ThreadEngine
from seqaug.jobs.count_classes import ClassCounter, PreparedClassCounter
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.reading.masks import read_mask_colors
from seqaug.sources.files import FilePairs
from seqaug.statistics.class_statistics import ClassStatistics
from seqaug.statistics.partial import PartialCounts

MASK = np.array([[0, 2, 2], [255, 2, 0]], np.uint8)


def counter(mask: Any = MASK, labels: LabelSpec | None = None) -> ClassCounter:
    def load_mask(index: int) -> np.ndarray:
        if isinstance(mask, Exception):
            raise mask
        return mask

    return ClassCounter(
        load_mask=load_mask, describe=lambda index: f"file {index}", labels=labels or LabelSpec(None, 3, 255)
    )


def test_a_sample_counts_the_pixels_of_each_class_and_ignored_ones() -> None:
    sample = counter().sample(SampleRequest(0, 0, 0))
    assert sample["pixels"].dtype == np.uint32
    assert sample["pixels"].tolist() == [2, 0, 3, 1]
    assert counter(MASK.tolist()).sample(SampleRequest(0, 0, 0))["pixels"].tolist() == [2, 0, 3, 1]


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (RuntimeError("no disk"), r"sample 4 \(file 4\): RuntimeError: no disk"),
        (ReadError("a.png", "no such file"), r"sample 4 \(file 4\): a.png: no such file"),
        (MASK * 0 + 7, r"sample 4 \(file 4\): the mask holds the id 7 "),
        (MASK / 2, r"sample 4 \(file 4\): the mask is float64 of shape \(2, 3\)"),
    ],
)
def test_a_mask_that_cannot_be_used(mask: Any, message: str) -> None:
    with pytest.raises(SampleError, match=message) as raised:
        counter(mask).sample(SampleRequest(4, 0, 0))
    assert (raised.value.index, raised.value.where) == (4, "file 4")


def test_prepared_masks_are_counted(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path, 2)
    labels = LabelSpec(Palette(COLORS, ignore=("void",)), None, None)
    source = FilePairs(pairs.images, pairs.masks, color_mode="rgb", colored_masks=True)
    pipeline = PipelineBuilder(labels=labels, prepare=A.CenterCrop(8, 8)).pipeline(source)
    counted = PreparedClassCounter(pipeline, labels).sample(SampleRequest(1, 0, 1))["pixels"]
    crop = pairs.ids[1, 8:16, 12:20]
    assert counted.tolist() == [np.count_nonzero(crop == label) for label in (0, 1, 2, 255)]
    assert counted.dtype == np.uint32


def test_the_number_of_classes_must_be_known() -> None:
    with pytest.raises(ValueError, match=r"needs num_classes= \(or a palette\)"):
        counter(labels=LabelSpec(None, None, None))


@pytest.mark.parametrize("make_engine", [InlineEngine, lambda: ThreadEngine(2)])
def test_engines_run_it(make_engine: Any) -> None:
    masks = np.random.default_rng(0).integers(0, 3, (5, 4, 6), dtype=np.uint8)
    counting = ClassCounter(load_mask=masks.__getitem__, describe=str, labels=LabelSpec(None, 3, None))
    engine, batch = make_engine(), Batch(5)
    assert engine.submit(counting, {row: SampleRequest(row, 0, row) for row in range(5)}, batch).result() == []
    engine.close()
    expected = [[*np.bincount(mask.ravel(), minlength=3), 0] for mask in masks]
    assert np.array_equal(batch.arrays["pixels"], expected)


def test_it_can_be_pickled() -> None:
    source = FilePairs(["a.png"], ["b.png"], color_mode="rgb", colored_masks=True)
    counting = ClassCounter(load_mask=source.load_mask, describe=source.describe, labels=LabelSpec(None, 3, None))
    with pytest.raises(SampleError, match=r"image a.png, mask b.png\): b.png: no such file"):
        pickle.loads(pickle.dumps(counting)).sample(SampleRequest(0, 0, 0))


def test_camvid_equals_a_direct_computation(camvid: Path) -> None:
    images, paths = (sorted(map(str, camvid.glob(f"train/{kind}/*.png"))) for kind in ("images", "masks"))
    palette = Palette.named("camvid")
    source = FilePairs(images, paths, color_mode="rgb", colored_masks=True)
    counting = ClassCounter(load_mask=source.load_mask, describe=source.describe, labels=LabelSpec(palette, None, None))
    partial = PartialCounts(len(paths), 11)
    for index in range(len(paths)):
        partial.add(np.array([index]), counting.sample(SampleRequest(index, 0, 0))["pixels"][np.newaxis])
    statistics = ClassStatistics(partial.finish(), palette.names)

    # Once more, in whole numbers and Python's own arithmetic.
    found = []
    for path in paths:
        ids, numbers = np.unique(palette.encode(read_mask_colors(path)), return_counts=True)
        found.append(Counter(dict(zip(ids.tolist(), numbers.tolist(), strict=True))))
    ignored = [image.pop(255, 0) for image in found]
    pixels = [sum(image[number] for image in found) for number in range(11)]
    beside = [sum(image.total() for image in found if image[number]) for number in range(11)]
    images = [sum(image[number] > 0 for image in found) for number in range(11)]
    assert len(paths) == 120
    assert statistics.pixels.tolist() == pixels
    assert statistics.images.tolist() == images
    assert statistics.share.tolist() == [number / sum(pixels) for number in pixels]
    assert statistics.ignored_pixels == sum(ignored) > 0

    frequency = [number / others for number, others in zip(pixels, beside, strict=True)]
    assert statistics.compute_class_weights("median_frequency").tolist() == [
        median(frequency) / share for share in frequency
    ]
    assert statistics.compute_class_weights("inverse").tolist() == [
        1 / (11 * (number / sum(pixels))) for number in pixels
    ]
    shares = np.array(pixels) / sum(pixels)
    assert statistics.compute_class_weights("enet").tolist() == (1 / np.log(1.02 + shares)).tolist()
    effective = np.array([(1 - 0.999) / (1 - 0.999**number) for number in images])
    assert statistics.compute_class_weights("effective_number") == pytest.approx(
        effective * 11 / effective.sum(), rel=1e-12
    )
