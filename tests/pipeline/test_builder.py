"""The pipelines of a builder make what a sequence makes."""

from __future__ import annotations

import warnings

import albumentations as A  # noqa: N812
import pytest
from small_pairs import COLORS, Pairs

from seqaug import Palette, SegmentationSequence
from seqaug.loader.data_loader import request_at
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.sampling.samplers import ShuffleSampler
from seqaug.sources.files import FilePairs

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
    source = FilePairs(pairs.images, pairs.masks, color_mode="rgb", colored_masks=True)
    builder = PipelineBuilder(labels=LabelSpec(PALETTE, None, None), transform=TRANSFORM, seed=5, rescale=rescale)
    pipeline, indices = builder.pipeline(source), ShuffleSampler(6, 6, 5)(3)
    for position in range(6):
        sample = pipeline.sample(request_at(indices, 3, position))
        factor = 1 if rescale is None else images.dtype.type(rescale)
        assert (sample["image"] * factor == images[position]).all()
        assert (sample["mask"] == masks[position]).all()


def test_warnings_can_be_left_to_the_linter(pairs: Pairs) -> None:
    rotated = A.Rotate(30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PipelineBuilder(labels=LabelSpec(Palette(COLORS), None, None), transform=rotated, warns=False)
    with pytest.warns(UserWarning, match="Rotate can fill pixels") as caught:
        PipelineBuilder(labels=LabelSpec(Palette(COLORS), None, None), transform=rotated)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="Rotate can fill pixels"):
        SegmentationSequence(pairs.images, pairs.masks, palette=Palette(COLORS), transform=rotated)


def test_one_transform_in_both_places_is_refused() -> None:
    with pytest.raises(ValueError, match="prepare= and transform= are the same transform"):
        PipelineBuilder(prepare=A.Resize(8, 8), transform=A.Resize(8, 8))
    builder = PipelineBuilder(prepare=A.Resize(8, 8), transform=A.Resize(8, 9))
    assert builder.mirroring_transform() is None
    assert PipelineBuilder(prepare=A.VerticalFlip(p=1)).mirroring_transform() == "VerticalFlip"
