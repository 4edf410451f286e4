"""The matrix of Keras' parameters, and the centre."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras_generator import keras_affine

from seqaug.augmentation.image_data_generator.matrix import about_the_centre, affine_matrix

STILL = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}

parameters = st.fixed_dictionaries(
    {
        "theta": st.floats(-180, 180),
        "tx": st.floats(-50, 50),
        "ty": st.floats(-50, 50),
        "shear": st.floats(-60, 60),
        "zx": st.floats(0.2, 4),
        "zy": st.floats(0.2, 4),
    }
)
sizes = st.integers(1, 300)


def test_nothing_moves_without_a_reason() -> None:
    assert affine_matrix(STILL, 20, 30) is None
    assert affine_matrix({**STILL, "ty": 0.1}, 20, 30) is not None


@pytest.mark.parametrize(
    ("change", "row", "column"),
    [({"tx": 3}, 0, -3), ({"ty": 3}, -3, 0)],
)
def test_x_runs_along_columns_and_y_along_rows_as_in_keras(change: dict[str, float], row: int, column: int) -> None:
    picture = np.zeros((20, 30), np.uint8)
    picture[10, 15] = 1
    moved = keras_affine(picture, {**STILL, **change}, order=0)
    assert np.argwhere(moved).tolist() == [[10 + row, 15 + column]]
    matrix = affine_matrix({**STILL, **change}, 20, 30)
    assert np.allclose(matrix @ [10 + row, 15 + column, 1], [10, 15])


@given(parameters, sizes, sizes)
def test_the_centre_stays_where_the_shift_puts_it(drawn: dict[str, float], height: int, width: int) -> None:
    centre = np.array([height / 2 - 0.5, width / 2 - 0.5])
    turned = {**about_the_centre({**drawn, "tx": 0, "ty": 0}, height, width), "theta": drawn["theta"]}
    matrix = affine_matrix(turned, height, width)
    if matrix is not None:
        assert np.allclose(matrix @ [*centre, 1], centre, atol=1e-9 * (height + width))
    # And the shift, which Keras applies before the rotation, is the one that was drawn.
    matrix = affine_matrix(about_the_centre(drawn, height, width), height, width)
    if matrix is not None:
        angle = np.deg2rad(drawn["theta"])
        x, y = drawn["tx"], drawn["ty"]
        shift = [np.sin(angle) * x + np.cos(angle) * y, np.cos(angle) * x - np.sin(angle) * y]
        assert np.allclose(matrix @ [*centre, 1], centre + shift, atol=1e-9 * (height + width + 50))


@given(parameters, sizes)
def test_square_pictures_need_no_correction(drawn: dict[str, float], size: int) -> None:
    assert about_the_centre(drawn, size, size) == drawn
