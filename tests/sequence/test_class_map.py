"""Sequences of masks whose stored ids are not the class ids."""

from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from engine_settings import ENGINES
from small_pairs import Pairs, write_pairs

from seqaug import ClassCrop, SampleError, SegmentationSequence, SeqaugWarning

STORED = np.zeros(256, np.uint8)
STORED[[0, 1, 2, 255]] = 40, 7, 26, 0
MAP = {40: 0, 7: 1, 26: 2, 0: None}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    """Pairs whose masks hold other ids than the classes."""
    pairs = write_pairs(tmp_path_factory.mktemp("stored"))
    for path, ids in zip(pairs.masks, STORED[pairs.ids], strict=True):
        cv2.imwrite(path, ids)
    return pairs


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cache", [None, "memory"])
def test_batches_hold_class_ids(stored: Pairs, engine: str, cache: str | None) -> None:
    with SegmentationSequence(
        stored.images, stored.masks, class_map=MAP, shuffle=False, cache=cache, **ENGINES[engine]
    ) as sequence:
        for _ in range(2):
            assert np.array_equal(sequence[0][1], stored.ids)
        assert (sequence.num_classes, sequence.ignore_index) == (3, 255)


def test_arrays_and_loads_of_stored_ids(stored: Pairs) -> None:
    class Loads(SegmentationSequence):
        def load(self, index: int) -> dict[str, Any]:
            return {"image": stored.pixels[index], "mask": STORED[stored.ids[index]].astype(np.int64)}

    arrays = SegmentationSequence.from_arrays(stored.pixels, STORED[stored.ids], class_map=MAP, shuffle=False)
    loads = Loads(num_samples=6, class_map=MAP, shuffle=False)
    for sequence in (arrays, loads):
        assert np.array_equal(sequence[0][1], stored.ids)


def test_statistics_weights_and_oversampling_count_classes(stored: Pairs, tmp_path: Path) -> None:
    def make(**arguments: Any) -> SegmentationSequence:
        return SegmentationSequence(stored.images, stored.masks, workers=0, statistics_dir=tmp_path, **arguments)

    sequence = make(class_map=MAP, oversample="class_uniform", class_weights="uniform")
    expected = [(stored.ids == number).sum() for number in range(3)]
    assert sequence.class_statistics().pixels.tolist() == expected
    assert sequence.class_statistics().ignored_pixels == (stored.ids == 255).sum()
    _, y, weights = sequence[0]
    assert not weights[y == 255].any()
    # Counts on disk are those of this map alone.
    merged = make(class_map={**MAP, 26: 1}).class_statistics()
    assert merged.pixels.tolist() == [expected[0], expected[1] + expected[2]]


def test_a_cache_on_disk_is_that_of_its_map(stored: Pairs, tmp_path: Path) -> None:
    for class_map, lamp in ((MAP, 2), ({**MAP, 26: 1}, 1)):
        sequence = SegmentationSequence(
            stored.images, stored.masks, class_map=class_map, shuffle=False, cache=tmp_path, workers=0
        )
        assert np.array_equal(sequence[0][1] == lamp, (stored.ids == 2) | (stored.ids == lamp))


def test_crops_choose_by_class(stored: Pairs) -> None:
    crop = ClassCrop(8, 8, class_weights=[0, 0, 1], ignore_index=255)
    sequence = SegmentationSequence(
        stored.images, stored.masks, class_map=MAP, transform=crop, workers=0, shuffle=False
    )
    assert all((mask == 2).any() for mask, ids in zip(sequence[0][1], stored.ids, strict=True) if (ids == 2).any())


def test_a_built_in_map_brings_names_and_colours(stored: Pairs) -> None:
    sequence = SegmentationSequence.from_arrays(stored.pixels, STORED[stored.ids] % 34, class_map="cityscapes")
    assert sequence.class_names is not None
    assert sequence.class_names[13] == "car"
    assert sequence.palette is not None
    assert sequence.palette.colors[13].tolist() == [0, 0, 142]
    assert "19 classes: road, " in repr(sequence)


def test_unknown_ids_name_the_file(stored: Pairs) -> None:
    partial = {stored_id: label for stored_id, label in MAP.items() if stored_id != 26}
    sequence = SegmentationSequence(stored.images, stored.masks, class_map=partial, shuffle=False, workers=0)
    message = rf"mask {stored.masks[0]}.*the mask holds the id 26 in \d+ of 768 pixels, which class_map=.* add 26 to"
    with pytest.raises(SampleError, match=message):
        sequence[0]


def test_colours_are_no_ids(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path)
    sequence = SegmentationSequence(pairs.images, pairs.masks, class_map={0: 0, 1: 1}, workers=0)
    with pytest.raises(SampleError, match="channels, which are colours, and class_map= is for masks of ids"):
        sequence[0]


@pytest.mark.parametrize("white", [1, 255, 65_535])
def test_binary_masks_as_they_are_found(tmp_path: Path, white: int) -> None:
    pairs = write_pairs(tmp_path)
    for path, ids in zip(pairs.masks, pairs.ids, strict=True):
        cv2.imwrite(path, np.where(ids == 1, white, 0).astype(np.uint16 if white > 255 else np.uint8))
    for arguments in ({}, {"num_classes": 2}, {"class_map": {0: 0, white: 1}}):
        sequence = SegmentationSequence(
            pairs.images, pairs.masks, mask_encoding="binary", shuffle=False, workers=0, **arguments
        )
        assert np.array_equal(sequence[0][1][..., 0], pairs.ids == 1)
        assert sequence.class_statistics().pixels[1] == (pairs.ids == 1).sum()


def test_what_else_binary_masks_hold_is_an_error(stored: Pairs) -> None:
    def batch(masks: np.ndarray) -> Any:
        return SegmentationSequence(stored.pixels, masks, mask_encoding="binary", workers=0)[0]

    with pytest.raises(SampleError, match="1 and 255, and only one of them can be the foreground"):
        batch(np.where(stored.ids == 2, 255, stored.ids == 1).astype(np.uint8))
    with pytest.raises(
        SampleError, match=r"the id 128 .* say which value is the foreground: class_map=\{0: 0, 128: 1\}"
    ):
        batch(np.where(stored.ids == 1, 128, 0).astype(np.uint8))
    soft = np.array([cv2.GaussianBlur(np.where(ids == 1, 255, 0).astype(np.uint8), (5, 5), 0) for ids in stored.ids])
    with pytest.raises(SampleError, match="the id"):
        batch(soft)
    with pytest.warns(SeqaugWarning, match="the masks hold 1 and 255, and only one of them"):
        batch(np.array([np.where(ids == 1, 1 if at % 2 else 255, 0) for at, ids in enumerate(stored.ids)], np.uint8))


def test_a_preview_of_mapped_masks(stored: Pairs, tmp_path: Path) -> None:
    sequence = SegmentationSequence(
        stored.images, stored.masks, class_map=MAP, transform=A.HorizontalFlip(p=1), workers=0
    )
    assert sequence.preview(1).save(tmp_path / "preview.png")
