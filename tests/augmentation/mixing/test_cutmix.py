"""`CutMix` copies one box of another sample."""

from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest

import seqaug
from seqaug import CutMix


def boxes(transform: CutMix, size: tuple[int, int], other: tuple[int, int], count: int = 200) -> list[np.ndarray]:
    """Mix a sample of 0 with one of 1, and check that image and mask agree."""
    own, partner = np.zeros(size, np.uint8), np.ones(other, np.uint8)
    composition = A.Compose([transform], seed=1)
    found = []
    for _ in range(count):
        result = composition(
            image=own[..., np.newaxis], mask=own, partners=[{"image": partner[..., np.newaxis], "mask": partner}]
        )
        assert np.array_equal(result["image"][..., 0], result["mask"])
        found.append(result["mask"])
    assert not own.any()
    return found


def test_a_box_of_half_of_the_image() -> None:
    found = boxes(CutMix(p=1), (40, 60), (40, 60))
    shapes = set()
    for mask in found:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert mask.sum() == height * width
        assert 0.45 < height * width / mask.size < 0.55
        shapes.add((height, width))
    heights = [height for height, _ in shapes]
    assert min(heights) < 22
    assert max(heights) > 38
    # Anywhere.
    assert (np.mean(found, axis=0)[8:-8, 8:-8] > 0.2).all()


def test_a_range_of_areas_and_other_sizes() -> None:
    shares = [mask.mean() for mask in boxes(CutMix(area=(0.1, 0.9), p=1), (40, 40), (40, 40))]
    assert min(shares) < 0.15
    assert max(shares) > 0.8
    # Half of the overlap of 20x40 pixels.
    for mask in boxes(CutMix(p=1), (40, 40), (20, 70)):
        assert 0.2 < mask.mean() < 0.3
    assert any(mask.all() for mask in boxes(CutMix(area=(1, 1), p=1), (9, 9), (9, 9), 3))


def test_it_is_saved_and_drawn_by_chance(tmp_path: Any) -> None:
    transform = A.Compose([CutMix(area=(0.25, 0.5), p=0.3)])
    A.save(transform, tmp_path / "t.json")
    loaded = A.load(tmp_path / "t.json")
    assert loaded[0].area == (0.25, 0.5)
    assert loaded[0].p == 0.3
    assert '"seqaug.CutMix"' in (tmp_path / "t.json").read_text()
    assert type(loaded[0]) is seqaug.CutMix


@pytest.mark.parametrize("area", [0, 1, -0.5, 1.5, (0.6, 0.5), (-0.1, 0.5), (0.5, 1.1)])
def test_invalid_areas(area: Any) -> None:
    with pytest.raises(ValueError, match=r"CutMix\(area="):
        CutMix(area=area)


@pytest.mark.parametrize("area", ["half", None, (0.1, "b"), (0.1, 0.2, 0.3), True])
def test_areas_of_another_type(area: Any) -> None:
    with pytest.raises(TypeError, match=r"CutMix\(area="):
        CutMix(area=area)
