"""Training and validation subsets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.split import split_indices


@given(st.integers(2, 200), st.floats(0.001, 0.999), st.integers(0, 2**32))
def test_subsets_are_disjoint_and_cover_all_samples(num_samples: int, share: float, seed: int) -> None:
    training = split_indices(num_samples, share, "training", seed)
    validation = split_indices(num_samples, share, "validation", seed)
    assert sorted([*training, *validation]) == list(range(num_samples))
    assert abs(len(validation) - num_samples * share) <= 1
    assert len(training)
    assert len(validation)
    assert (np.diff(training) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert np.array_equal(validation, split_indices(num_samples, share, "validation", seed))


def test_seeds_give_different_splits() -> None:
    assert len({tuple(split_indices(50, 0.2, "validation", seed)) for seed in range(5)}) == 5


@pytest.mark.parametrize(
    ("num_samples", "share", "subset", "message"),
    [
        (9, 0.2, "test", r"subset='test'; expected \"training\" or \"validation\""),
        (9, 0.2, None, "subset=None; expected"),
        (9, 0.0, "training", "validation_split=0.0; expected a share above 0 and below 1"),
        (9, 20, "training", "validation_split=20; expected a share"),
        (1, 0.2, "training", r"1 sample\(s\) cannot be split in two"),
    ],
)
def test_invalid_splits(num_samples: int, share: float, subset: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_indices(num_samples, share, subset, 0)
