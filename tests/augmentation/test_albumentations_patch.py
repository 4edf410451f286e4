"""The faster check for identity warps."""

import subprocess
import sys

import albumentations.augmentations.geometric.functional as geometry
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seqaug.augmentation.albumentations_patch import is_identity_matrix

near = st.sampled_from([0.0, 1e-9, 9.9e-9, 1.01e-8, 1e-5, 1.0009e-5, 1.0011e-5, -1e-8, -1.0009e-5, 1.0])
anything = near | st.floats(allow_nan=True, allow_infinity=True)


@given(st.one_of(hnp.arrays(np.float64, (3, 3), elements=elements) for elements in (near, anything)), st.booleans())
def test_the_result_is_that_of_the_library(offset: np.ndarray, single: bool) -> None:
    with np.errstate(all="ignore"):
        matrix = (np.eye(3) + offset).astype(np.float32 if single else np.float64)
        assert is_identity_matrix(matrix) == geometry.is_identity_matrix(matrix)
    assert is_identity_matrix(np.eye(3))


def test_the_library_is_unchanged_outside_of_workers() -> None:
    code = (
        "import seqaug.augmentation.albumentations_patch; "
        "import albumentations.augmentations.geometric.functional as geometry; "
        "print(geometry.is_identity_matrix.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "albumentations.augmentations.geometric.functional"
