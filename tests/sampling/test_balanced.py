"""Orders that draw some samples more often."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.balanced import ClassUniformOrder, WeightedOrder

weights = st.lists(st.floats(0, 100), min_size=1, max_size=30).filter(lambda values: sum(values) > 1e-3)
seeds = st.integers(0, 2**32)
presences = st.integers(1, 12).flatmap(
    lambda classes: st.lists(st.lists(st.booleans(), min_size=classes, max_size=classes), min_size=1, max_size=20)
)


@given(weights, st.integers(1, 200), seeds, st.integers(0, 3), st.booleans())
def test_weights_are_kept_to_within_one(values: list[float], length: int, seed: int, epoch: int, shuffle: bool) -> None:
    order = WeightedOrder(np.array(values), length, seed, shuffle)
    drawn = order(epoch)
    assert len(drawn) == length
    times = np.bincount(drawn, minlength=len(values))
    wanted = np.array(values) / sum(values) * length
    assert (np.abs(times - wanted) < 1 + 1e-6).all()
    assert not times[np.array(values) == 0].any()
    assert np.array_equal(drawn, WeightedOrder(np.array(values), length, seed, shuffle)(epoch))
    assert shuffle or (np.diff(drawn) >= 0).all()


def test_weights_are_kept_on_average() -> None:
    values = np.array([0.5, 1, 2, 0.1, 3.3])
    times = sum(np.bincount(WeightedOrder(values, 3, 0, True)(epoch), minlength=5) for epoch in range(3000))
    expected = values / values.sum() * 9000
    # Systematic draws vary less than independent ones, for which 18.5 (4 degrees) is exceeded once in a thousand.
    assert ((times - expected) ** 2 / expected).sum() < 18.5


@given(presences, st.integers(1, 100), seeds, st.booleans())
def test_classes_share_the_epoch_evenly(presence: list[list[bool]], length: int, seed: int, shuffle: bool) -> None:
    table = np.array(presence)
    if not table.any():
        with pytest.raises(ValueError, match="found no class in any of the"):
            ClassUniformOrder(table, length, seed, shuffle)
        return
    drawn = ClassUniformOrder(table, length, seed, shuffle)(1)
    assert len(drawn) == length
    assert table[drawn].any(axis=1).all()
    classes = table.any(axis=0).sum()
    # Each class was drawn its share of times at least, and an image drawn for a class contains it.
    assert (table[drawn].sum(axis=0)[table.any(axis=0)] >= length // classes).all()
    assert np.array_equal(drawn, ClassUniformOrder(table, length, seed, shuffle)(1))
    assert shuffle or (np.diff(drawn) >= 0).all()


def test_a_rare_class_comes_as_often_as_a_common_one() -> None:
    presence = np.zeros((100, 2), bool)
    presence[:, 0] = True
    presence[:2] = [False, True]
    drawn = ClassUniformOrder(presence, 100, 0, True)(0)
    assert np.bincount(drawn, minlength=100)[:2].tolist() == [25, 25]
    # And none of the common one's images comes twice before all have come.
    assert np.bincount(drawn, minlength=100)[2:].max() == 1


def test_positions_left_over_go_to_all_classes_in_turn() -> None:
    presence = np.eye(7, dtype=bool)
    times = sum(np.bincount(ClassUniformOrder(presence, 3, 0, True)(epoch), minlength=7) for epoch in range(2100))
    expected = 2100 * 3 / 7
    # Chi-squared, 6 degrees of freedom; 22.5 is exceeded once in a thousand seeds.
    assert ((times - expected) ** 2 / expected).sum() < 22.5


def test_every_epoch_has_its_own_order() -> None:
    order = ClassUniformOrder(np.eye(12, dtype=bool), 24, 0, True)
    assert len({tuple(order(epoch)) for epoch in range(5)}) == 5
