"""Data sets of other libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import datasets
import numpy as np
import pytest
from engine_settings import ENGINES
from item_sources import Raising, TorchLike
from PIL import Image
from small_pairs import COLORS, Pairs

from seqaug import Palette, SampleError, SegmentationSequence

SETTINGS: dict[str, Any] = {"num_classes": 3, "ignore_index": 255, "shuffle": False}
PALETTE = Palette(COLORS, ignore=("void",))


def of_pairs(pairs: Pairs, form: str) -> Any:
    """Make a data set of the pairs, with ids as masks."""
    if form == "torch":
        return TorchLike(pairs.pixels, pairs.ids)
    png = [cv2.imencode(".png", ids)[1].tobytes() for ids in pairs.ids]
    if form == "Hugging Face":
        images = [Image.fromarray(pixels) for pixels in pairs.pixels]
        data = {"image": images, "annotation": [Image.fromarray(ids) for ids in pairs.ids]}
        features = datasets.Features({"image": datasets.Image(), "annotation": datasets.Image()})
        return datasets.Dataset.from_dict(data, features=features)
    if form == "Hugging Face, encoded":
        data = {"image": [{"path": path, "bytes": None} for path in pairs.images]}
        masks = [{"path": None, "bytes": content} for content in png]
        features = datasets.Features(
            {"image": datasets.Image(decode=False), "annotation": datasets.Image(decode=False)}
        )
        return datasets.Dataset.from_dict({**data, "annotation": masks}, features=features)
    values = {
        "arrays": zip(pairs.pixels, pairs.ids, strict=True),
        "bytes": zip([Path(path).read_bytes() for path in pairs.images], png, strict=True),
        "paths": zip(pairs.images, png, strict=True),
    }[form]
    return [{"image": image, "annotation": mask} for image, mask in values]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("form", ["torch", "Hugging Face", "Hugging Face, encoded", "arrays", "bytes", "paths"])
def test_all_forms_give_the_same_batches(pairs: Pairs, form: str, engine: str) -> None:
    with SegmentationSequence.from_source(of_pairs(pairs, form), **SETTINGS, **ENGINES[engine]) as sequence:
        x, y = sequence[0]
        assert np.array_equal(x, pairs.pixels * np.float32(1 / 255))
        assert np.array_equal(y, pairs.ids)
        assert sequence.class_statistics().pixels.tolist() == [(pairs.ids == label).sum() for label in range(3)]


def test_masks_in_colours(pairs: Pairs) -> None:
    as_pil = [(Image.open(image), Image.open(mask)) for image, mask in zip(pairs.images, pairs.masks, strict=True)]
    as_bytes = [[Path(path).read_bytes() for path in pair] for pair in zip(pairs.images, pairs.masks, strict=True)]
    for items in (as_pil, as_bytes):
        sequence = SegmentationSequence.from_source(items, palette=PALETTE, shuffle=False, workers=0)
        assert np.array_equal(sequence[0][1], pairs.ids)
        with pytest.raises(SampleError, match=r"item 0 of list.*3 channels, which are colours"):
            SegmentationSequence.from_source(items, workers=0, **SETTINGS)[0]


def test_modes_of_pictures() -> None:
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 3, (8, 9)).astype(np.uint8)
    indexed = Image.fromarray(ids)
    indexed.putpalette([9, 8, 7, 6, 5, 4, 3, 2, 1])
    deep = Image.fromarray(rng.integers(0, 65_536, (8, 9)).astype(np.uint16))
    items = [{"image": deep, "annotation": indexed}]

    def batch(color_mode: Any) -> Any:
        return SegmentationSequence.from_source(items, color_mode=color_mode, rescale=None, workers=0, **SETTINGS)[0]

    x, y = batch("unchanged")
    assert np.array_equal(x[0, ..., 0], np.asarray(deep))
    assert np.array_equal(y[0], ids)
    assert np.array_equal(batch("rgb")[0][0], np.stack([np.asarray(deep) >> 8] * 3, -1))
    assert batch("rgba")[0].shape == (1, 8, 9, 4)
    items[0]["image"] = Image.fromarray(ids * 100).convert("1")
    assert set(np.unique(batch("grayscale")[0])) <= {0, 255}


def test_splits_names_and_images_alone(pairs: Pairs) -> None:
    items = [
        {"photo": image, "label": ids, "patient": at // 2}
        for at, (image, ids) in enumerate(zip(pairs.pixels, pairs.ids, strict=True))
    ]
    train, val = SegmentationSequence.from_source(
        items,
        image="photo",
        mask="label",
        groups=[item["patient"] for item in items],
        validation_split=1 / 3,
        subset="both",
        stratify=True,
        **SETTINGS,
    )
    assert (len(train.samples), len(val.samples)) == (4, 2)
    numbers = [int(sample.image.split()[1]) for sample in val.samples]
    assert numbers[0] // 2 == numbers[1] // 2
    assert np.array_equal(val[0][1], pairs.ids[numbers])
    alone = SegmentationSequence.from_source(TorchLike(pairs.pixels, pairs.ids), mask=None)
    assert np.array_equal(alone[0], pairs.pixels * np.float32(1 / 255))


def test_a_cache_knows_the_content(pairs: Pairs, tmp_path: Path) -> None:
    source = of_pairs(pairs, "Hugging Face")
    for reversed_ids in (False, True):
        if reversed_ids:
            source = source.select(range(5, -1, -1))
        for _ in range(2):
            sequence = SegmentationSequence.from_source(source, cache=tmp_path / "cache", workers=0, **SETTINGS)
            assert np.array_equal(sequence[0][1], pairs.ids[:: -1 if reversed_ids else 1])


def test_an_item_that_raises_is_named(pairs: Pairs) -> None:
    sequence = SegmentationSequence.from_source(Raising(pairs.pixels, pairs.ids), workers=0, **SETTINGS)
    with pytest.raises(SampleError, match=r"item 3 of Raising.*the disk is gone"):
        sequence[0]


@pytest.mark.parametrize(
    ("source", "arguments", "error", "message"),
    [
        (iter([]), {}, TypeError, "source is a list_iterator; expected anything with a length and"),
        ({"train": [1], "test": [2]}, {}, TypeError, "it has 'train', 'test': choose one of them"),
        ([], {}, ValueError, "source is empty"),
        ([3], {}, TypeError, "an item is a int; expected a dict or a tuple"),
        (
            [{"image": 1, "mask": 2}],
            {},
            ValueError,
            "an item has no 'annotation'; it has 'image', 'mask'; expected mask=",
        ),
        ([(1,)], {}, ValueError, "an item is a tuple of 1, and mask='annotation'; expected a place in it"),
        ([(1, 2)], {"image": "photo"}, ValueError, "and image='photo'; expected a place in it"),
    ],
)
def test_what_is_no_source(source: Any, arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SegmentationSequence.from_source(source, **arguments)


def test_values_that_are_no_pictures() -> None:
    for value in (object(), np.zeros((2, 3, 3, 3)), [["a"]]):
        with pytest.raises(SampleError, match=r"item 0 of list.*expected a PIL image, an array of numbers"):
            SegmentationSequence.from_source([(value, np.zeros((2, 3), np.uint8))], workers=0)[0]
