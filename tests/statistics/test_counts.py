"""Sparse counts of pixels, and the samples of each class."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from class_tables import class_tables, some_table, tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.statistics import counts
from seqaug.statistics.counts import ClassCounts, SamplesByClass


@given(tables)
def test_samples_of_a_class(table: np.ndarray) -> None:
    num_classes = table.shape[1]
    counts = ClassCounts.from_rows(table, num_classes)
    at_least = np.arange(num_classes) * 700
    listed, enough = SamplesByClass(counts), SamplesByClass(counts, at_least)
    for class_id in range(num_classes):
        assert listed[class_id].dtype == np.int32
        assert np.array_equal(listed[class_id], np.flatnonzero(table[:, class_id]))
        assert np.array_equal(enough[class_id], np.flatnonzero(table[:, class_id] >= max(at_least[class_id], 1)))


@pytest.fixture(params=[1, 3, 2**16], autouse=True, scope="module")
def chunk(request: pytest.FixtureRequest) -> None:
    """Sums do not depend on the number of samples in a chunk."""
    with mock.patch.object(counts, "_CHUNK", request.param):
        yield


@given(class_tables())
def test_sums_are_those_of_the_table(table: np.ndarray) -> None:
    counts = ClassCounts.from_rows(table, table.shape[1])
    assert len(counts) == len(table)
    assert np.array_equal(counts.pixels_per_class(), table.sum(0))
    assert np.array_equal(counts.samples_per_class(), (table > 0).sum(0))
    assert np.array_equal(counts.pixels_per_sample(), table.sum(1))
    beside = [table[table[:, number] > 0].sum() for number in range(table.shape[1])]
    assert np.array_equal(counts.pixels_of_samples_with_class(), beside)
    for index, row in enumerate(table):
        assert np.array_equal(counts.of_sample(index), row)
    assert np.array_equal(counts.to_rows(), table)


@given(class_tables(), st.data())
def test_some_samples_of_many(table: np.ndarray, data: st.DataObject) -> None:
    indices = np.array(data.draw(st.lists(st.integers(-1, len(table) - 1))), np.int64) if len(table) else np.arange(0)
    taken = ClassCounts.from_rows(table, table.shape[1], table[:, 0] // 2).take(indices)
    expected = np.where(indices[:, np.newaxis] < 0, 0, table[indices])
    assert np.array_equal(taken.to_rows(), expected)
    assert np.array_equal(taken.ignored, expected[:, 0] // 2)


def test_ignored_pixels_are_0_by_default() -> None:
    assert ClassCounts.from_rows([[1, 2], [0, 3]], 2).ignored.tolist() == [0, 0]
    assert ClassCounts.from_rows([[1, 2], [0, 3]], 2, np.array([7, 0])).ignored.tolist() == [7, 0]


def test_a_sample_of_20_classes_takes_132_bytes() -> None:
    counts = ClassCounts.from_rows(np.ones((1000, 20), int), 20)
    arrays = (counts.indptr[1:], counts.indices, counts.data, counts.ignored)
    assert sum(array.nbytes for array in arrays) / 1000 == 132


def test_sums_are_exact_beyond_what_single_precision_holds() -> None:
    table = some_table(300, 5)[:, :5].astype(np.int64) | 1
    assert ClassCounts.from_rows(table, 5).pixels_per_class().tolist() == table.sum(0).tolist()
