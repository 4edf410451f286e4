"""Boundary F1, against distances computed otherwise."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from seqaug.inference import boundary
from seqaug.inference.boundary import BoundaryF1


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boundary, "_BLOCK_ROWS", 3)
    monkeypatch.setattr(boundary, "_BLOCK_COLUMNS", 4)


def boundary_f1(
    truth: np.ndarray,
    predicted: np.ndarray,
    counted: np.ndarray,
    num_classes: int,
    tolerance: float,
    cuts: Sequence[int] = (),
) -> np.ndarray:
    scores = BoundaryF1(len(truth), num_classes, tolerance)
    for start, stop in zip([0, *cuts], [*cuts, len(truth)], strict=True):
        scores.add(truth[start:stop], predicted[start:stop], counted[start:stop])
    return scores.scores()


def boundary_of(labels: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Find boundary pixels by looking at each pixel's neighbours."""
    found = np.zeros(labels.shape, bool)
    for y, x in np.ndindex(*labels.shape):
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            v, u = y + down, x + right
            if 0 <= v < labels.shape[0] and 0 <= u < labels.shape[1]:
                found[y, x] |= counted[y, x] and (not counted[v, u] or labels[v, u] != labels[y, x])
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 10**6),
    st.sampled_from([0, 1, 1.5, 2, 5**0.5, 4]),
    st.lists(st.integers(1, 15), max_size=5, unique=True).map(sorted),
)
def test_against_scipy_in_one_piece_and_in_bands(seed: int, tolerance: float, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, (4, 5)).repeat(4, 0).repeat(3, 1).astype(np.uint8)
    predicted = np.where(rng.random(truth.shape) < 0.1, 0, np.roll(truth, 1, axis=1)).astype(np.uint8)
    counted = rng.random(truth.shape) < 0.8
    scores = boundary_f1(truth, predicted, counted, 4, tolerance, cuts)
    of_truth, of_prediction = boundary_of(truth, counted), boundary_of(predicted, counted)
    for class_id in range(4):
        wanted, found = of_truth & (truth == class_id), of_prediction & (predicted == class_id)
        if not wanted.any() and not found.any():
            assert np.isnan(scores[class_id])
        elif not wanted.any() or not found.any():
            assert scores[class_id] == 0
        else:
            precision = (distance_transform_edt(~wanted)[found] <= tolerance + 1e-6).mean()
            recall = (distance_transform_edt(~found)[wanted] <= tolerance + 1e-6).mean()
            expected = 2 * precision * recall / (precision + recall) if precision + recall else 0
            assert scores[class_id] == pytest.approx(expected)


def test_a_shift_within_the_tolerance_is_no_fault() -> None:
    truth = np.zeros((20, 20), np.uint8)
    truth[5:15, 5:15] = 1
    shifted, counted = np.roll(truth, 2, axis=1), np.ones(truth.shape, bool)
    np.testing.assert_array_equal(boundary_f1(truth, shifted, counted, 2, 2), [1, 1])
    assert (boundary_f1(truth, shifted, counted, 2, 1) < 1).all()
    # A class that fills the image has no boundary.
    nothing = np.zeros_like(truth)
    assert np.isnan(boundary_f1(nothing, nothing, counted, 2, 1)).all()


def test_objects_outlined_by_ignored_pixels_have_a_boundary() -> None:
    truth = np.zeros((12, 12), np.uint8)
    truth[3:9, 3:9] = 255
    truth[4:8, 4:8] = 1
    counted = truth != 255
    # What is predicted in the outline does not matter.
    predicted = np.where(counted, truth, 1).astype(np.uint8)
    np.testing.assert_array_equal(boundary_f1(truth, predicted, counted, 2, 0), [1, 1])
    missed = boundary_f1(truth, np.zeros_like(truth), counted, 2, 0)
    assert missed[1] == 0
    assert 0 < missed[0] < 1
