"""Scenes."""

import random

import numpy as np
import pytest

from seqaug.demo.classes import CLASSES, VOID
from seqaug.demo.scenes import draw_scene


def draw(seed: int, size: tuple[int, int] = (96, 128)) -> tuple[np.ndarray, np.ndarray]:
    return draw_scene(size, np.random.default_rng(seed))


@pytest.mark.parametrize("size", [(16, 16), (96, 128), (61, 203), (120, 40)])
def test_shapes_types_and_ids(size: tuple[int, int]) -> None:
    image, ids = draw(0, size)
    assert image.shape == (*size, 3)
    assert ids.shape == size
    assert image.dtype == ids.dtype == np.uint8
    assert set(np.unique(ids)) <= {*range(len(CLASSES)), VOID}


def test_the_generator_determines_the_scene() -> None:
    first, again, other = draw(1), draw(1), draw(2)
    assert all(np.array_equal(*both) for both in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[1], other[1])


def test_global_random_state_is_untouched() -> None:
    before = random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    draw(3)
    assert before == (random.getstate(), np.random.get_state()[1].tobytes())  # noqa: NPY002


def test_every_class_occurs_and_two_are_rare() -> None:
    ids = np.stack([draw(seed)[1] for seed in range(20)])
    share = np.bincount(ids.ravel(), minlength=VOID + 1)[: len(CLASSES)] / ids.size
    assert (share > 0.001).all(), dict(zip(CLASSES, share, strict=True))
    assert sum(share < 0.02) >= 2
    assert share[list(CLASSES).index("Pedestrian")] < 0.02
    assert share[list(CLASSES).index("Sign")] < 0.02


def test_void_separates_classes_and_frames_the_image() -> None:
    _, ids = draw(4)
    for edge in (ids[0], ids[-1], ids[:, 0], ids[:, -1]):
        assert (edge == VOID).all()
    across = (ids[:, :-1] != ids[:, 1:]) & (ids[:, :-1] != VOID) & (ids[:, 1:] != VOID)
    down = (ids[:-1] != ids[1:]) & (ids[:-1] != VOID) & (ids[1:] != VOID)
    assert not across.any()
    assert not down.any()
    assert 0 < (ids == VOID).mean() < 0.2


def test_image_and_ids_agree() -> None:
    names = list(CLASSES)
    for seed in range(5):
        image, ids = draw(seed)
        rows = np.indices(ids.shape)[0]
        assert rows[ids == names.index("Sky")].mean() < rows[ids == names.index("Road")].mean()
        # The sky is brighter than the road, and leaves are greener than asphalt.
        brightness = image.mean(-1)
        assert brightness[ids == names.index("Sky")].mean() > brightness[ids == names.index("Road")].mean()
        greenness = image[..., 1].astype(float) - image[..., 2]
        assert greenness[ids == names.index("Tree")].mean() > greenness[ids == names.index("Road")].mean()


def test_too_small_sizes_are_errors() -> None:
    with pytest.raises(ValueError, match=r"size=8x64; expected .* at least 16 pixels"):
        draw(0, (8, 64))
