"""Counts of a scan in progress."""

from unittest import mock

import numpy as np
import pytest
from class_tables import some_table

from seqaug.statistics import partial
from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.partial import PartialCounts

TABLE = some_table(100, 6)


@pytest.fixture(params=[1, 7 * 9, 2**19])
def _block(request: pytest.FixtureRequest) -> None:
    """One sample in a block, nine, or all."""
    with mock.patch.object(partial, "_BLOCK", request.param):
        yield


def check(counts: ClassCounts, table: np.ndarray) -> None:
    assert np.array_equal(counts.to_rows(), table[:, :-1])
    assert np.array_equal(counts.ignored, table[:, -1])


@pytest.mark.usefixtures("_block")
@pytest.mark.parametrize("size", [1, 8, 100])
@pytest.mark.parametrize("shuffled", [False, True])
def test_samples_in_any_order(size: int, shuffled: bool) -> None:
    growing = PartialCounts(100, 6)
    order = np.random.default_rng(1).permutation(100) if shuffled else np.arange(100)
    for first in range(0, 100, size):
        indices = order[first : first + size]
        growing.add(indices, TABLE[indices])
        assert np.array_equal(np.flatnonzero(growing.known), np.sort(order[: first + size]))
    check(growing.finish(), TABLE)


@pytest.mark.usefixtures("_block")
def test_unknown_samples_have_no_pixels_and_can_be_added_later() -> None:
    growing = PartialCounts(100, 6)
    some = np.arange(3, 100, 7)
    growing.add(some, TABLE[some])
    expected = np.zeros_like(TABLE)
    expected[some] = TABLE[some]
    seen = np.zeros_like(expected)
    for samples, block in growing.blocks():
        seen[samples, :-1], seen[samples, -1] = block.to_rows(), block.ignored
    assert np.array_equal(seen, expected)
    others = np.flatnonzero(~growing.known)
    growing.add(others, TABLE[others])
    check(growing.finish(), TABLE)
    assert not growing.known.any()
    check(growing.finish(), np.zeros_like(TABLE))


@pytest.mark.usefixtures("_block")
def test_new_counts_replace_known_ones() -> None:
    growing = PartialCounts(100, 6)
    growing.add(np.arange(100), TABLE[::-1])
    growing.add(np.arange(100), TABLE)
    check(growing.finish(), TABLE)


@pytest.mark.usefixtures("_block")
def test_it_starts_from_earlier_counts() -> None:
    counted = ClassCounts.from_rows(TABLE[:, :-1], 6, TABLE[:, -1])
    locations = np.random.default_rng(2).integers(-1, 100, 60)
    locations[20:40] = -1
    growing = PartialCounts.from_counts(counted, locations)
    assert np.array_equal(growing.known, locations >= 0)
    expected = np.where(locations[:, np.newaxis] < 0, 0, TABLE[locations])
    growing.add(np.array([5, 30]), TABLE[[0, 1]])
    expected[[5, 30]] = TABLE[[0, 1]]
    check(growing.finish(), expected)


def test_no_samples() -> None:
    assert len(PartialCounts(0, 6).finish()) == 0
    check(PartialCounts(2, 6).finish(), np.zeros((2, 7)))


def test_many_classes_of_which_few_occur() -> None:
    growing = PartialCounts(20, 65_536)
    row = np.zeros((1, 65_537), np.uint32)
    row[0, [3, 65_535, 65_536]] = 1, 2, 3
    growing.add(np.array([19]), row)
    counts = growing.finish()
    assert (counts.indices.tolist(), counts.data.tolist(), counts.ignored[19]) == ([3, 65_535], [1, 2], 3)
    assert counts.indptr.tolist() == [0] * 20 + [2]
