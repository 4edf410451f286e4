"""Warping against SciPy, beyond the border too."""

import numpy as np
import pytest
from scipy import ndimage

from seqaug.augmentation.image_data_generator.arguments import FILL_MODES
from seqaug.augmentation.image_data_generator.warp import Warp


def matrices(height: int, width: int) -> list[np.ndarray]:
    """Random matrices, and such that coordinates fall on pixels, between two, on the border, and far outside."""
    rng = np.random.default_rng(0)
    chosen = [
        np.column_stack([np.eye(2) + rng.normal(0, 0.5, (2, 2)), rng.uniform(-2, 2, 2) * [height, width]])
        for _ in range(20)
    ]
    for zoom in (0.5, 1, 2):
        for row, column in [(0, 0), (3, -2), (-0.5, 0.5), (-3 * height, 5 * width), (1 - height, width - 1)]:
            chosen.append(np.array([[zoom, 0, row], [0, zoom, column]], np.float64))
    return chosen


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize(("height", "width"), [(37, 53), (40, 40), (1, 9), (9, 1)])
def test_every_pixel_is_scipys(fill_mode: str, height: int, width: int) -> None:
    rng = np.random.default_rng(1)
    mask = rng.integers(0, 250, (height, width)).astype(np.uint8)
    image = rng.random((height, width, 3), np.float32) * 255
    for matrix in matrices(height, width):
        how = {"mode": fill_mode, "cval": 251}
        warp = Warp(matrix, height, width, fill_mode)
        expected = ndimage.affine_transform(mask, matrix[:, :2], matrix[:, 2], order=0, **how)
        assert np.array_equal(warp.nearest(mask, 251), expected)
        expected = np.dstack(
            [ndimage.affine_transform(image[..., c], matrix[:, :2], matrix[:, 2], order=1, **how) for c in range(3)]
        )
        # OpenCV 4 interpolates at 32 positions between two pixels.
        tolerance = 2 * 255 / 64
        assert np.allclose(warp.bilinear(image, 251), expected, atol=tolerance)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, bool])
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1), (20, 30, 7)])
def test_nearest_neighbours_of_any_dtype_keep_it(dtype: type, shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    warp = Warp(np.array([[1.0, 0, 2], [0, 1, 0]]), 20, 30, "constant")
    warped = warp.nearest(pixels, 1)
    assert warped.dtype == dtype
    assert np.array_equal(warped[:-2], pixels[2:])
    assert (warped[-2:] == dtype(1)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1), (20, 30, 4), (20, 30, 7)])
def test_images_of_any_dtype_keep_it(dtype: type, shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    warp = Warp(np.array([[1.0, 0, 0], [0, 1, 0.5]]), 20, 30, "nearest")
    warped = warp.bilinear(pixels, 0)
    assert warped.dtype == dtype
    assert warped.shape == shape
    between = (pixels[:, :-1].astype(np.float64) + pixels[:, 1:]) / 2
    assert np.abs(warped[:, :-1] - between).max() <= 0.5


@pytest.mark.parametrize(
    ("dtype", "fill", "value"),
    [(np.uint8, 300, 255), (np.uint8, -3.0, 0), (np.uint8, 9.6, 10), (np.float32, -3.5, -3.5)],
)
def test_the_fill_is_what_the_dtype_holds(dtype: type, fill: float, value: float) -> None:
    warp = Warp(np.array([[1.0, 0, 100], [0, 1, 0]]), 4, 5, "constant")
    assert (warp.bilinear(np.ones((4, 5, 3), dtype), fill) == value).all()
    assert (warp.nearest(np.ones((4, 5), dtype), fill) == value).all()
