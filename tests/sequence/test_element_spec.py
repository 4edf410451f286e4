"""Shapes and dtypes of batches, found from one sample."""

import copy
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import ClassificationSequence, Palette, SegmentationSequence
from seqaug.sequence.element_spec import ArraySpec, map_arrays

PALETTE = Palette(COLORS, ignore=("void",))


class Counting(SegmentationSequence):
    """Counts its reads."""

    reads = 0

    def load(self, index: int) -> Any:
        type(self).reads += 1
        return super().load(index)


class Several(SegmentationSequence):
    """Other inputs and targets: names, a list, pieces of samples, half the size, one number per sample."""

    def assemble(self, batch: dict[str, np.ndarray]) -> Any:
        images = batch["image"]
        rows, height, width, channels = images.shape
        inputs = {"image": images, "pieces": images.reshape(2 * rows, height // 2, width, channels)}
        return inputs, [batch["mask"][:, ::2, ::2], images.mean((1, 2, 3))], np.float64(1)


def fits(spec: ArraySpec, array: Any) -> bool:
    array = np.asarray(array)
    return (
        isinstance(spec, ArraySpec)
        and spec.dtype == array.dtype
        and len(spec.shape) == array.ndim
        and all(known in (None, length) for known, length in zip(spec.shape, array.shape, strict=True))
    )


@pytest.mark.parametrize("size", [None, (8, 12)])
@pytest.mark.parametrize("batch_size", [1, 3, 4])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"mask_encoding": "one_hot", "class_weights": "uniform", "rescale": None},
        {"transform": A.Compose([A.RandomCrop(16, 20), A.Normalize()])},
    ],
)
def test_it_fits_every_batch(pairs: Pairs, arguments: dict[str, Any], batch_size: int, size: Any) -> None:
    for kind in (SegmentationSequence, Several):
        sequence = kind(
            pairs.images, pairs.masks, palette=PALETTE, batch_size=batch_size, image_size=size, workers=0, **arguments
        )
        for batch in sequence:
            matched = map_arrays(fits, sequence.element_spec, batch)
            assert str(matched).count("False") == 0, (sequence.element_spec, map_arrays(np.shape, batch))


def test_dimensions_that_differ_are_none(pairs: Pairs) -> None:
    def spec_of(kind: Any = SegmentationSequence, **arguments: Any) -> Any:
        return kind(pairs.images, pairs.masks, palette=PALETTE, **arguments).element_spec

    x, y = spec_of(batch_size=4)
    assert (x, y) == (ArraySpec((None, 24, 32, 3), np.dtype("f4")), ArraySpec((None, 24, 32), np.dtype("u1")))
    assert repr(y) == "ArraySpec((None, 24, 32), uint8)"
    assert spec_of(batch_size=3)[0].shape == (3, 24, 32, 3)
    assert spec_of(batch_size=4, drop_remainder=True)[0].shape == (4, 24, 32, 3)
    assert spec_of(batch_size=1)[1].shape == (1, None, None)
    assert spec_of(batch_size=1, image_size=(8, 9))[1].shape == (1, 8, 9)
    inputs, targets, number = spec_of(Several, batch_size=3)
    assert (inputs["pieces"].shape, targets[0].shape, targets[1].shape) == ((6, 12, 32, 3), (3, 12, 16), (3,))
    assert number == ArraySpec((), np.dtype("f8"))
    inputs, targets, _ = spec_of(Several, batch_size=1)
    assert (inputs["pieces"].shape, targets[0].shape, targets[1].shape) == ((2, None, None, 3), (1, None, None), (1,))
    assert spec_of(Several, batch_size=4)[0]["pieces"].shape == (None, 12, 32, 3)


@pytest.mark.parametrize("mode", ["int", "categorical", "binary", "multi_label", None])
def test_of_labels(pairs: Pairs, mode: Any) -> None:
    sequence = ClassificationSequence(pairs.images, list("ababab"), label_mode=mode, batch_size=4, workers=0)
    for batch in sequence:
        assert "False" not in str(map_arrays(fits, sequence.element_spec, batch))


def test_it_reads_one_sample_once_and_changes_nothing(pairs: Pairs) -> None:
    transform = A.Compose([A.RandomCrop(16, 16)])
    sequence = Counting(pairs.images, pairs.masks, palette=PALETTE, transform=transform, batch_size=4, workers=0)
    plain = Counting(pairs.images, pairs.masks, palette=PALETTE, transform=transform, batch_size=4, workers=0)
    Counting.reads = 0
    for _ in range(3):
        assert sequence.element_spec[0].shape == (None, 16, 16, 3)
        assert copy.copy(sequence).element_spec == sequence.element_spec
    assert Counting.reads == 1
    assert sequence.state_dict() == plain.state_dict()
    assert np.array_equal(sequence[0][0], plain[0][0])
    with pytest.raises(AttributeError, match=r"element_spec of a sequence cannot be set"):
        sequence.element_spec = ()


def test_samples_that_cannot_be_used(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path, 3)
    Path(pairs.images[0]).write_bytes(b"none")
    arguments: Any = {"palette": PALETTE, "shuffle": False, "workers": 0}
    with pytest.raises(Exception, match=r"000\.png"):
        _ = SegmentationSequence(pairs.images, pairs.masks, **arguments).element_spec
    skipping = SegmentationSequence(pairs.images, pairs.masks, on_error="skip", **arguments)
    with pytest.warns(UserWarning, match=r"000\.png"):
        assert skipping.element_spec[0].shape == (None, 24, 32, 3)
    assert list(skipping.skipped) == [0]
    for image in pairs.images:
        cv2.imwrite(image, np.zeros((2, 2), np.uint8))
    nothing = SegmentationSequence(pairs.images, pairs.masks, on_error="skip", **arguments)
    with (
        pytest.warns(UserWarning, match=r"000\.png"),
        pytest.raises(ValueError, match=r"none of the epoch's can be used"),
    ):
        _ = nothing.element_spec
