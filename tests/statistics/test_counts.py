"""Pixels of each class in each sample."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqaug.statistics import ClassCounts

tables = st.integers(1, 8).flatmap(
    lambda classes: st.lists(
        st.lists(st.integers(0, 3) | st.integers(0, 2**32 - 1), min_size=classes, max_size=classes), max_size=20
    ).map(lambda rows: np.array(rows, np.int64).reshape(-1, classes))
)


@given(tables)
def test_sums_are_those_of_the_table(table: np.ndarray) -> None:
    counts = ClassCounts.from_rows(table, table.shape[1])
    assert len(counts) == len(table)
    assert np.array_equal(counts.pixels_per_class(), table.sum(0))
    assert np.array_equal(counts.samples_per_class(), (table > 0).sum(0))
    assert np.array_equal(counts.pixels_per_sample(), table.sum(1))
    for index, row in enumerate(table):
        assert np.array_equal(counts.of_sample(index), row)
    again = np.zeros_like(table)
    again[counts.samples(), counts.classes] = counts.pixels
    assert np.array_equal(again, table)


def test_a_sample_of_20_classes_takes_128_bytes() -> None:
    counts = ClassCounts.from_rows(np.ones((1000, 20), int), 20)
    assert (counts.starts.nbytes + counts.classes.nbytes + counts.pixels.nbytes - 8) / 1000 == 128
