"""Labels, and the encoding of masks into class ids."""

from typing import Any

import numpy as np
import pytest

from seqaug import Palette, UnknownColorError
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.mask_subset import MaskSubset

COLORED = Palette({"sky": (0, 0, 0), "road": (9, 9, 9), "void": (255, 0, 0)}, ignore=("void",))
PLAIN = Palette({"sky": (0, 0, 0), "road": (9, 9, 9)})


@pytest.mark.parametrize(
    ("palette", "num_classes", "ignore_index", "resolved"),
    [
        (COLORED, None, None, (2, 255, np.uint8)),
        (COLORED, 2, 99, (2, 99, np.uint8)),
        (COLORED, None, 300, (2, 300, np.uint16)),
        (PLAIN, None, None, (2, None, np.uint8)),
        (PLAIN, None, 1, (2, 1, np.uint8)),
        (Palette({"a": (1, 2, 3)}, unknown="ignore"), None, None, (1, 255, np.uint8)),
        (None, None, None, (None, None, np.uint16)),
        (None, 21, 255, (21, 255, np.uint8)),
        (None, 256, None, (256, None, np.uint8)),
        (None, 257, None, (257, None, np.uint16)),
    ],
)
def test_arguments_are_resolved(palette: Any, num_classes: Any, ignore_index: Any, resolved: tuple[Any, ...]) -> None:
    labels = LabelSpec(palette, num_classes, ignore_index)
    assert (labels.num_classes, labels.ignore_index, labels.dtype) == resolved
    assert labels.class_names == (None if palette is None else list(palette.names))


def test_colours_become_ids() -> None:
    mask = np.array([[[0, 0, 0], [9, 9, 9]], [[255, 0, 0], [9, 9, 9]]], np.uint8)
    assert LabelSpec(COLORED, None, None).encode(mask).tolist() == [[0, 1], [255, 1]]
    assert LabelSpec(COLORED, None, 77).encode(mask).tolist() == [[0, 1], [77, 1]]
    wide = LabelSpec(COLORED, None, 999).encode(mask)
    assert wide.tolist() == [[0, 1], [999, 1]]
    assert wide.dtype == np.uint16


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1)])
def test_ids_stay_ids(dtype: type, shape: tuple[int, ...]) -> None:
    mask = np.array([0, 1, 1, 0, 0, 1]).astype(dtype).reshape(shape)
    encoded = LabelSpec(None, 2, None).encode(mask)
    assert encoded.dtype == np.uint8
    assert encoded.tolist() == [[0, 1, 1], [0, 0, 1]]


def test_ids_are_checked() -> None:
    labels = LabelSpec(None, 5, 255)
    assert labels.encode(np.array([[0, 4, 255]], np.uint8)).tolist() == [[0, 4, 255]]
    message = r"the mask holds the id 9 in 2 of 4 pixels; expected ids below num_classes=5 or ignore_index=255; .*"
    for dtype in (np.uint8, np.uint16, np.int32):
        with pytest.raises(ValueError, match=message + r"it holds 0 \(25.0%\), 9 \(50.0%\), 255 .*set num_classes=10$"):
            labels.encode(np.array([[0, 9], [9, 255]], dtype))
    with pytest.raises(ValueError, match=r"the id -1 in 1 of 2 pixels.*mark such pixels with a label from 0"):
        labels.encode(np.array([[0, -1]]))
    with pytest.raises(ValueError, match=r"the id 70000 .* below num_classes=65536"):
        LabelSpec(None, None, None).encode(np.array([[70000]]))


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((2, 3)), r"the mask is float64 of shape \(2, 3\); expected integer class ids"),
        (np.zeros((2, 3, 2), np.uint8), r"the mask is uint8 of shape \(2, 3, 2\); expected"),
        (np.zeros((2, 3, 3), np.uint8), r"3 channels, which are colours; map them .* with palette="),
    ],
)
def test_arrays_that_are_not_masks(mask: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LabelSpec(None, 5, None).encode(mask)


def test_colours_of_another_kind_and_unknown_ones() -> None:
    with pytest.raises(ValueError, match=r"the mask's colours are float32; expected uint8"):
        LabelSpec(COLORED, None, None).encode(np.zeros((2, 3, 3), np.float32))
    with pytest.raises(UnknownColorError, match=r"\(1, 2, 3\)"):
        LabelSpec(COLORED, None, None).encode(np.array([[[1, 2, 3]]], np.uint8))


def test_the_pixels_of_each_class_and_the_ignored_ones() -> None:
    mask = np.array([[4, 1, 9], [1, 4, 1]])
    for dtype in (np.uint8, np.uint16):
        for columns in (slice(None), slice(None, None, -1)):
            counts = LabelSpec(None, 6, 9).count(mask.astype(dtype)[:, columns])
            assert counts.dtype == np.uint32
            assert counts.tolist() == [0, 3, 0, 0, 2, 0, 1]
    # The ignored label may be one of the classes' own, or stand far above them.
    assert LabelSpec(None, 10, 1).count(mask.astype(np.uint8)).tolist() == [0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 3]
    wide = LabelSpec(None, 6, 65_535)
    assert wide.count(np.where(mask == 9, 65_535, mask).astype(np.uint16)).tolist() == [0, 3, 0, 0, 2, 0, 1]
    assert wide.count(np.zeros((0, 3), np.uint16)).tolist() == [0] * 7
    assert LabelSpec(None, 300, None).count(np.full((2, 2), 299, np.uint16)).tolist() == [0] * 299 + [4, 0]


def test_counts_are_exact_beyond_single_precision() -> None:
    mask = np.zeros((2**12 + 1, 2**12), np.uint8)
    mask[0, :5] = 1
    assert LabelSpec(None, 2, None).count(mask).tolist() == [2**24 + 2**12 - 5, 5, 0]


@pytest.mark.parametrize(
    ("palette", "num_classes", "ignore_index", "message"),
    [
        (COLORED, 3, None, r"num_classes=3 and a palette of 2 classes \(ignored colours not counted\)"),
        (COLORED, None, 1, r"ignore_index=1 is the id of the class 'road'.*expected 2 or more, such as 255"),
        (None, 0, None, r"num_classes=0; expected 1 to 65536"),
        (None, 5, -1, r"ignore_index=-1; expected 0 to 65535, such as 255, and the same ignore_class in the loss"),
        (None, 5, 65536, r"ignore_index=65536; expected 0 to 65535"),
    ],
)
def test_contradicting_arguments(palette: Any, num_classes: Any, ignore_index: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LabelSpec(palette, num_classes, ignore_index)


def test_hints_consider_several_masks() -> None:
    labels = LabelSpec(None, 2, None)
    masks = [np.array([[0, 0, 1], [0, 255, 255]], np.uint8), np.array([[0, 0, 0, 255]], np.uint8)]
    with pytest.raises(ValueError, match=r"num_classes=2; it holds 0 .* 255 .* and nothing else, .*: give class_map="):
        labels.encode(masks[1])
    labels.set_mask_subset(MaskSubset(lambda index: masks[index], 2))
    with pytest.raises(ValueError, match=r"the 2 masks checked hold 0 .*: if losses should skip 255, set ignore_"):
        labels.encode(masks[1])
    with pytest.raises(ValueError, match=r"holds the id 7 in 1 of 2 pixels; .*the 3 masks checked hold 0 .*, 7 "):
        labels.encode(np.array([[0, 7]], np.uint8))


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (
            np.array([[[0, 0, 0], [128, 64, 128]]], np.uint8),
            "its 2 colours are all in the built-in palettes 'camvid', '",
        ),
        (np.array([[[1, 2, 3], [3, 2, 1]]], np.uint8), r"it has 2 colours, and Palette\.infer\(folder\) lists those"),
        (
            np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8),
            "it looks like a photograph: are images and",
        ),
        (np.zeros((2, 2, 3), np.uint16), "colours are uint8"),
    ],
)
def test_colors_without_a_palette(mask: np.ndarray, message: str) -> None:
    with pytest.raises(
        ValueError, match=rf"3 channels, which are colours; map them to classes with palette=; .*{message}"
    ):
        LabelSpec(None, None, None).encode(mask)


def test_whole_numbers_that_are_floats() -> None:
    with pytest.raises(
        ValueError, match=r"float64 .*its numbers are whole, so convert it with \.astype\(numpy\.uint8\)"
    ):
        LabelSpec(None, 2, None).encode(np.zeros((2, 3)))


def test_a_palette_that_is_not_the_masks_is_refused() -> None:
    nearest = Palette({"sky": (0, 0, 0), "road": (9, 9, 9)}, unknown="nearest")
    photograph = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    with pytest.raises(
        UnknownColorError, match=r'\(unknown="nearest" would turn them into arbitrary classes\).* a photograph'
    ):
        LabelSpec(nearest, None, None).encode(photograph)
    assert nearest.encode(photograph).shape == (60, 60)  # which is no data set's mask
    half = np.zeros((2, 10, 3), np.uint8)
    half[0] = 14, 5, 0
    half[0, :9] = 200, 0, 0
    assert LabelSpec(nearest, None, None).encode(half).max() == 1
    half[0] = half[1, 0] = 200, 0, 0
    with pytest.raises(UnknownColorError, match=r"^11 of 20 pixels \(55\.00%\) .* that is most of the mask"):
        LabelSpec(nearest, None, None).encode(half)
