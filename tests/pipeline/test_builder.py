"""The workbench makes what a sequence makes."""

from __future__ import annotations

import warnings

import albumentations as A  # noqa: N812
import pytest
from small_pairs import COLORS, Pairs

from seqaug import Palette, SegmentationSequence
from seqaug.loader.data_loader import request_at
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.builder import PipelineBuilder

PALETTE = Palette(COLORS, ignore=("void",))
TRANSFORM = A.Compose([A.RandomCrop(16, 16), A.Rotate(30), A.RandomBrightnessContrast()])


@pytest.mark.parametrize("rescale", [1 / 255, None])
def test_samples_and_their_order_are_those_of_a_sequence(pairs: Pairs, rescale: float | None) -> None:
    sequence = SegmentationSequence(
        pairs.images,
        pairs.masks,
        palette=PALETTE,
        transform=TRANSFORM,
        seed=5,
        workers=0,
        rescale=rescale,
        batch_size=6,
    )
    sequence.set_epoch(3)
    images, masks = sequence[0]
    bench = PipelineBuilder(pairs.images, pairs.masks, LabelSpec(PALETTE, None, None), TRANSFORM, seed=5)
    pipeline, order = bench.pipeline(transform=TRANSFORM, rescale=rescale), bench.sampler(6)(3)
    for position in range(6):
        sample = pipeline.sample(request_at(order, 3, position))
        factor = 1 if rescale is None else images.dtype.type(rescale)
        assert (sample["image"] * factor == images[position]).all()
        assert (sample["mask"] == masks[position]).all()
    assert bench.name_of(2) == "002.png"


def test_it_does_not_warn_of_what_advice_says(pairs: Pairs) -> None:
    rotated = A.Rotate(30)
    bench = PipelineBuilder(pairs.images, pairs.masks, LabelSpec(Palette(COLORS), None, None), rotated)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bench.pipeline(transform=rotated)
    with pytest.warns(UserWarning, match="Rotate can fill pixels"):
        SegmentationSequence(pairs.images, pairs.masks, palette=Palette(COLORS), transform=rotated)
