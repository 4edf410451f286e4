"""`mirrored_classes`: the same labels in every engine, and a warning where names ask for it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from engine_settings import ENGINES

from seqaug import Palette, SegmentationSequence, SeqaugWarning, image_data_generator_transform

PALETTE = Palette({"body": (0, 0, 0), "left lung": (255, 0, 0), "right lung": (0, 0, 255), "heart": (0, 255, 0)})
TRANSFORM = A.Compose(
    [A.OneOf([A.HorizontalFlip(p=1), A.RandomRotate90(p=1)], p=1), A.Affine(rotate=(-20, 20), p=0.5), A.D4(p=0.5)]
)
COUNT = 8


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """Images whose red channel says left, and blue right: what a mirrored sample looks like is in its image."""
    folder = tmp_path_factory.mktemp("lungs")
    images, masks = [], []
    for number in range(COUNT):
        ids = np.random.default_rng(number).integers(0, 4, (6, 6), np.uint8).repeat(8, 0).repeat(8, 1)
        for kind, paths in (("image", images), ("mask", masks)):
            paths.append(str(folder / f"{kind}{number}.png"))
            cv2.imwrite(paths[-1], PALETTE.colors[ids][..., ::-1])
    return images, masks


def make(pairs: tuple[list[str], list[str]], **arguments: Any) -> SegmentationSequence:
    given = {"palette": PALETTE, "transform": TRANSFORM, "batch_size": 4, "ignore_index": 255, **arguments}
    return SegmentationSequence(*pairs, **given)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_batches_are_the_same_in_every_engine(pairs: Any, engine: dict[str, Any]) -> None:
    swapped = np.arange(256)
    swapped[[1, 2]] = 2, 1
    plain = make(pairs, mirrored_classes=[], workers=0)
    with make(pairs, mirrored_classes=[("left lung", "right lung")], **engine) as seq:
        states = set()
        for (x, y), (plain_x, plain_y) in zip(seq, plain, strict=True):
            assert np.array_equal(x, plain_x)
            for mask, plain_mask in zip(y, plain_y, strict=True):
                is_mirrored = not np.array_equal(mask, plain_mask)
                states.add(is_mirrored)
                assert np.array_equal(mask, swapped[plain_mask] if is_mirrored else plain_mask)
        assert states == {False, True}


def test_ids_do_where_there_is_no_palette() -> None:
    mask = np.arange(4, dtype=np.uint8).repeat(8).reshape(1, 1, 32).repeat(32, 1)
    image = mask[..., np.newaxis].repeat(3, 3)
    seq = SegmentationSequence(
        image, mask, mirrored_classes=[(1, 3)], transform=A.VerticalFlip(p=1), rescale=None, workers=0, num_classes=4
    )
    ((x, y),) = seq
    assert np.array_equal(y, np.array([0, 3, 2, 1], np.uint8)[x[..., 0]])


def test_names_of_two_sides_beside_a_mirror_are_warned_of(pairs: Any) -> None:
    with pytest.warns(SeqaugWarning) as caught:
        make(pairs, transform=A.Compose([A.OneOf([A.Rotate(), A.Transpose(p=0.1)])]))
    (warning,) = caught
    assert warning.filename == __file__
    assert str(warning.message) == (
        "Transpose mirrors samples, and 'left lung' then looks like 'right lung' but keeps its label; set "
        "mirrored_classes=[('left lung', 'right lung')], to swap the labels in mirrored samples, or leave Transpose "
        "out; mirrored_classes=[] says that it is intended"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"mirrored_classes": []},
        {"mirrored_classes": [("left lung", "right lung")]},
        {"transform": A.Compose([A.Rotate(), A.RandomCrop(16, 16), A.RandomRotate90()])},
        {"transform": None},
        {"transform": image_data_generator_transform(rotation_range=20)},
        {"palette": Palette(dict(zip(["body", "bright", "leftover", "heart"], PALETTE.colors.tolist(), strict=True)))},
    ],
)
def test_others_are_not(pairs: Any, arguments: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(pairs, **arguments)[0]


def test_an_unknown_class_is_an_error(pairs: Any) -> None:
    with pytest.raises(ValueError, match="mirrored_classes has 'left long', which is not in the palette"):
        make(pairs, mirrored_classes=[("left long", "right lung")])


def test_the_other_constructors_accept_it(pairs: Any) -> None:
    folder = Path(pairs[0][0]).parent
    seq = SegmentationSequence.from_directory(
        f"{folder}/image*.png",
        f"{folder}/mask*.png",
        palette=PALETTE,
        transform=A.HorizontalFlip(p=1),
        mirrored_classes=[("left lung", "right lung")],
        shuffle=False,
        rescale=None,
        workers=0,
    )
    x, y = seq[0]
    looks_left = (x == PALETTE.colors[1]).all(-1)
    assert (y[looks_left] == 2).all()
