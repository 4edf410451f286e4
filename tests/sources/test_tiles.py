"""Which windows of images are tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug import SampleError, Tiles
from seqaug.sources.arrays import ImageArrays
from seqaug.sources.headers import read_headers
from seqaug.sources.recent_samples import RecentSamples
from seqaug.sources.tiled import TiledSource

SIDES = st.integers(1, 40)


def tiled(sizes: list[tuple[int, int]], tiles: Tiles) -> tuple[TiledSource, list[np.ndarray]]:
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    source = ImageArrays(images)
    return TiledSource(source, tiles, read_headers(source)), images


@given(
    st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=4),
    st.tuples(SIDES, SIDES),
    st.tuples(SIDES, SIDES),
    st.sampled_from(["shift", "pad"]),
)
def test_tiles_are_slices_that_cover_every_image(
    sizes: list[tuple[int, int]], size: tuple[int, int], stride: tuple[int, int], edge: str
) -> None:
    stride = min(stride[0], size[0]), min(stride[1], size[1])
    tiles = Tiles(size, stride, edge=edge)  # type: ignore[arg-type]
    try:
        source, images = tiled(sizes, tiles)
    except (SampleError, ValueError):
        assert any(height < size[0] or width < size[1] for height, width in sizes)
        return
    covered = [np.zeros(image.shape[:2], bool) for image in images]
    for index in range(len(source)):
        top, left, height, width = source.window(index)
        assert (height, width) == size
        assert edge == "shift" or (top % stride[0], left % stride[1]) == (0, 0)
        image = images[source.parent(index)]
        part = image[top : top + height, left : left + width]
        assert part.shape[:2] == source.size_inside(index)
        assert part.size
        assert edge == "pad" or part.shape[:2] == size
        assert np.array_equal(source.load(index)["image"], part)
        covered[source.parent(index)][top : top + height, left : left + width] = True
    assert all(image.all() for image in covered)
    assert len({(source.parent(i), source.window(i)) for i in range(len(source))}) == len(source)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, r"Tiles\(size=0\); expected a number of pixels, or \(height, width\), of at least 1"),
        ({"size": (64, -1)}, r"Tiles\(size=\(64, -1\)\)"),
        ({"size": (64, 64, 3)}, r"Tiles\(size=\(64, 64, 3\)\)"),
        ({"size": 64, "stride": 0}, r"Tiles\(stride=0\); expected a number of pixels, or \(vertical, horizontal\)"),
        ({"size": 64, "stride": -8}, r"Tiles\(stride=-8\)"),
        ({"size": 64, "shuffle_files": 0}, r"Tiles\(shuffle_files\)=0"),
        ({"size": 64, "stride": 65}, "pixels between tiles would never be seen"),
        ({"size": 64, "edge": "reflect"}, "Tiles\\(edge\\)"),
        ({"size": 64, "min_labelled": 50}, "from 0 to 1"),
        ({"size": 64, "classes": []}, "leaves out all tiles"),
    ],
)
def test_wrong_arguments_are_errors(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tiles(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 64, "classes": "car"}, "expected a list of class names"),
        ({"size": 64, "classes": 3}, "expected a list of class names"),
        ({"size": 64.0}, r"Tiles\(size=64\.0\); expected a number of pixels"),
        ({"size": "64"}, "expected a number of pixels"),
        ({"size": True}, "expected a number of pixels"),
        ({"size": 64, "stride": (8.5, 8)}, r"Tiles\(stride=\(8\.5, 8\)\)"),
        ({"size": 64, "min_labelled": "most"}, "expected a share of pixels"),
        ({"size": 64, "shuffle_files": 2.5}, "shuffle_files"),
    ],
)
def test_arguments_of_other_types_are_errors(arguments: dict, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Tiles(**arguments)


def test_sizes_may_be_numbers_of_numpy() -> None:
    assert Tiles(np.int64(64), np.array([32, 16])) == Tiles((64, 64), (32, 16))  # type: ignore[arg-type]


def test_images_without_room_for_a_tile_are_errors() -> None:
    with pytest.raises(ValueError, match="larger than every image: their heights are at most 30"):
        tiled([(20, 30), (30, 20)], Tiles(31))
    with pytest.raises(ValueError, match="larger than every image"):
        tiled([(20, 30), (30, 20)], Tiles(31, edge="pad"))
    with pytest.raises(SampleError, match=r'sample 1 .*20x40 .*smaller than a tile of 32x32, and so are 1 of 2.*"pad"'):
        tiled([(40, 40), (20, 40)], Tiles(32))
    assert len(tiled([(40, 40), (20, 40)], Tiles(32, edge="pad"))[0]) == 6


def test_recent_samples_are_bounded() -> None:
    recent, loaded = RecentSamples(3 * 1000), []

    def get(key: int) -> None:
        def load() -> dict[str, np.ndarray]:
            loaded.append(key)
            return {"image": np.full(1000, key, np.uint8)}

        assert recent.get(key, load)["image"][0] == key

    for key in (0, 1, 2, 0, 3, 0, 2, 1):
        get(key)
    assert loaded == [0, 1, 2, 3, 1]
    large = RecentSamples(10)
    assert large.get(0, lambda: {"image": np.zeros(1000)}) is large.get(0, dict)
