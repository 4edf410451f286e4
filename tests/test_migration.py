"""The way over from ImageDataGenerator: the page about it, and a model that is trained both ways."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras_generator import ImageDataGenerator

from seqaug import SegmentationSequence, image_data_generator_transform

PAGE = (Path(__file__).parents[1] / "docs" / "migration.md").read_text(encoding="utf-8")
PARTS = (
    ImageDataGenerator.__init__,
    ImageDataGenerator.flow,
    ImageDataGenerator.flow_from_directory,
    ImageDataGenerator.flow_from_dataframe,
)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_argument_has_a_row(part: Any) -> None:
    for name in inspect.signature(part).parameters:
        if name != "self":
            assert re.search(rf"^\|[^|]*`{name}`[^|]*\|", PAGE, re.MULTILINE), name


def test_every_method_has_a_row() -> None:
    for name in vars(ImageDataGenerator):
        if not name.startswith("_"):
            assert re.search(rf"^\| `{name}[`(]", PAGE, re.MULTILINE), name


def test_the_arguments_are_those_of_imagedatagenerator() -> None:
    ours = inspect.signature(image_data_generator_transform).parameters
    theirs = inspect.signature(ImageDataGenerator).parameters
    assert [(name, ours[name].default) for name in ours] == [(name, theirs[name].default) for name in theirs]


GEOMETRY = {
    "rotation_range": 15,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "zoom_range": 0.1,
    "horizontal_flip": True,
}
EPOCHS, BATCH, STEPS = 12, 8, 4


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Bright disks on a dark ground, and where they are."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:32, :32]
    centres = rng.uniform(8, 24, (BATCH * STEPS, 2, 1, 1))
    masks = ((rows - centres[:, 0]) ** 2 + (columns - centres[:, 1]) ** 2 < 40).astype(np.uint8)
    noise = rng.integers(0, 60, (*masks.shape, 3))
    return (noise + 150 * masks[..., np.newaxis]).astype(np.uint8), masks


def in_lockstep(images: np.ndarray, masks: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The old pair, made with care: the same seed, as many draws, and nearest neighbour for masks."""
    of_images = ImageDataGenerator(**GEOMETRY, brightness_range=(0.8, 1.2), rescale=1 / 255)
    of_masks = ImageDataGenerator(**GEOMETRY, brightness_range=(1, 1), interpolation_order=0)
    yield from zip(
        of_images.flow(images, batch_size=BATCH, seed=1),
        of_masks.flow(masks[..., np.newaxis], batch_size=BATCH, seed=1),
        strict=True,
    )


def losses(data: Any, validation: tuple[np.ndarray, np.ndarray], **how: Any) -> tuple[float, float]:
    """Train the same model, and give its loss on untouched pictures before and after."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Conv2D(8, 3, padding="same", activation="relu"), keras.layers.Conv2D(2, 1)])
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    first = model.evaluate(*validation, verbose=0)
    model.fit(data, epochs=EPOCHS, shuffle=False, verbose=0, **how)
    return first, model.evaluate(*validation, verbose=0)


def test_a_model_learns_the_same_from_the_old_pair_and_from_ours(capsys: pytest.CaptureFixture[str]) -> None:
    images, masks = pictures()
    validation = images.astype(np.float32) / 255, masks
    transform = image_data_generator_transform(**GEOMETRY, brightness_range=(0.8, 1.2), rescale=1 / 255)
    ours = SegmentationSequence(images, masks, num_classes=2, batch_size=BATCH, transform=transform, workers=0)
    before, old = losses(in_lockstep(images, masks), validation, steps_per_epoch=STEPS)
    _, new = losses(ours, validation)
    with capsys.disabled():
        print(f"\nloss before {before:.3f}, after the old pair {old:.3f}, after ours {new:.3f}")
    assert old < 0.1 * before
    assert new < 0.1 * before
    assert abs(old - new) < 0.05 * before
