"""The faster functions of warps."""

import itertools
import subprocess
import sys

import albumentations as A  # noqa: N812, its own abbreviation
import albumentations.augmentations.geometric.functional as geometry
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seqaug.augmentation.albumentations_patch import (
    create_affine_transformation_matrix,
    is_identity_matrix,
    patch_warps,
    warp_affine,
)

near = st.sampled_from([0.0, 1e-9, 9.9e-9, 1.01e-8, 1e-5, 1.0009e-5, 1.0011e-5, -1e-8, -1.0009e-5, 1.0])
anything = near | st.floats(allow_nan=True, allow_infinity=True)


@given(st.one_of(hnp.arrays(np.float64, (3, 3), elements=elements) for elements in (near, anything)), st.booleans())
def test_the_result_is_that_of_the_library(offset: np.ndarray, single: bool) -> None:
    with np.errstate(all="ignore"):
        matrix = (np.eye(3) + offset).astype(np.float32 if single else np.float64)
        assert is_identity_matrix(matrix) == geometry.is_identity_matrix(matrix)
    assert is_identity_matrix(np.eye(3))


angles = st.floats(-720, 720) | st.sampled_from([-0.0, 1e-300, -1e-17, 90.0, -90.0, 180.0, 270.0, 360.0])
sizes = st.integers(1, 5000)
moves = st.fixed_dictionaries({"x": st.sampled_from([0, 0.0, -0.0, 3.5]), "y": st.sampled_from([0, 0.0, 2])})
scales = st.fixed_dictionaries({"x": st.sampled_from([1, 1.0, 0.5]), "y": st.sampled_from([1, 1.25])})


@given(moves, moves, scales, angles, st.tuples(sizes, sizes), st.booleans())
def test_the_matrix_is_that_of_the_library(
    translate: dict, shear: dict, scale: dict, rotate: float, shape: tuple[int, int], for_boxes: bool
) -> None:
    center = geometry.center_bbox(shape) if for_boxes else geometry.center(shape)
    arguments = translate, shear, scale, rotate, center
    expected = geometry.create_affine_transformation_matrix(*arguments)
    made = create_affine_transformation_matrix(*arguments)
    assert made.dtype == expected.dtype
    assert made.tobytes() == expected.tobytes()  # also the signs of zeros


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 1), (9, 7, 2), (9, 7, 3), (9, 7, 4), (9, 7, 6)])
def test_warped_images_are_those_of_the_library(shape: tuple[int, ...]) -> None:
    zeros, ones = {"x": 0, "y": 0}, {"x": 1, "y": 1}
    fills: list[float | tuple[float, ...]] = [0, 7, 7.0, (1.0, 2.0, 3.0, 4.0)]
    sizes = [(9, 7), (np.int64(5), 8), (5.6, 8)]
    borders = [cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT_101]
    for fill, size, border, angle in itertools.product(fills, sizes, borders, (0, 30)):
        matrix = geometry.create_affine_transformation_matrix(zeros, zeros, ones, angle, (3.0, 4.0))
        for dtype, interpolation in ((np.uint8, cv2.INTER_LINEAR), (np.uint16, cv2.INTER_NEAREST)):
            image = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
            arguments = image, matrix, interpolation, fill, border, size
            expected, made = geometry.warp_affine(*arguments), warp_affine(*arguments)
            assert made.shape == expected.shape
            assert (made == expected).all()


def test_patched_transforms_make_the_same_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    names = ("is_identity_matrix", "create_affine_transformation_matrix", "warp_affine")
    parts = [A.Rotate(40, p=1), A.Affine(scale=(0.5, 2), shear=20, p=1), A.SafeRotate(p=1)]

    def made() -> list[bytes]:
        composition = A.Compose(parts, seed=5)
        results = [composition(image=image, mask=image[..., 0]) for _ in range(10)]
        return [result[name].tobytes() for result in results for name in ("image", "mask")]

    expected = made()
    for name in names:  # to be restored
        monkeypatch.setattr(geometry, name, getattr(geometry, name))
    patch_warps()
    assert all(getattr(geometry, name).__module__.startswith("seqaug") for name in names)
    assert made() == expected


def test_the_library_is_unchanged_outside_of_workers() -> None:
    code = (
        "import seqaug.augmentation.albumentations_patch; "
        "import albumentations.augmentations.geometric.functional as geometry; "
        "print({geometry.is_identity_matrix.__module__, geometry.warp_affine.__module__})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'albumentations.augmentations.geometric.functional'}"
