"""Weighted sampling."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.weighted import WeightedSampler

weights = st.lists(st.floats(0, 100), min_size=1, max_size=30).filter(lambda values: sum(values) > 1e-3)
seeds = st.integers(0, 2**32)


@given(weights, st.integers(1, 200), seeds, st.integers(0, 3), st.booleans())
def test_weights_are_kept_to_within_one(values: list[float], length: int, seed: int, epoch: int, shuffle: bool) -> None:
    drawn, classes = WeightedSampler(np.array(values), length, seed, shuffle)(epoch)
    assert classes is None
    assert len(drawn) == length
    times = np.bincount(drawn, minlength=len(values))
    wanted = np.array(values) / sum(values) * length
    assert (np.abs(times - wanted) < 1 + 1e-6).all()
    assert not times[np.array(values) == 0].any()
    assert np.array_equal(drawn, WeightedSampler(np.array(values), length, seed, shuffle)(epoch).samples)
    assert shuffle or (np.diff(drawn) >= 0).all()


def test_weights_are_kept_on_average() -> None:
    values = np.array([0.5, 1, 2, 0.1, 3.3])
    times = sum(np.bincount(WeightedSampler(values, 3, 0, True)(epoch).samples, minlength=5) for epoch in range(3000))
    expected = values / values.sum() * 9000
    # Systematic draws vary less than independent ones, for which 18.5 (4 degrees) is exceeded once in a thousand.
    assert ((times - expected) ** 2 / expected).sum() < 18.5


def test_the_order_is_frozen() -> None:
    """A change of these numbers changes the meaning of users' seeds: their runs could not be reproduced."""
    assert WeightedSampler(np.array([1, 0, 3, 0.5]), 9, 1, True)(2).samples.tolist() == [3, 0, 2, 2, 0, 2, 2, 2, 2]
