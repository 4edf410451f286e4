"""Stratified splits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from class_tables import camvid_table, tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.split import split_samples
from seqaug.statistics.counts import ClassCounts


def validation_of(*arguments: Any) -> np.ndarray:
    """Return the validation subset of `split_samples`."""
    return split_samples(*arguments)[1]


def deviations(table: np.ndarray, subset: np.ndarray) -> np.ndarray:
    """Return by how many samples of each class a subset differs from its share."""
    return np.abs((table[subset] > 0).sum(axis=0) - (table > 0).sum(axis=0) * len(subset) / len(table))


@given(tables.filter(lambda table: len(table) > 1), st.floats(0.001, 0.999), st.integers(0, 2**32))
def test_subsets_have_the_sizes_of_a_random_split(table: np.ndarray, share: float, seed: int) -> None:
    counts = ClassCounts.from_rows(table, table.shape[1])
    training, validation = split_samples(len(table), share, seed, counts)
    assert sorted([*training, *validation]) == list(range(len(table)))
    assert len(validation) == len(validation_of(len(table), share, seed))
    assert (np.diff(training) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert np.array_equal(validation, validation_of(len(table), share, seed, counts))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.sampled_from([0.1, 0.25, 0.5, 0.8]), st.integers(0, 99))
def test_classes_that_share_no_sample_are_split_to_within_one(sizes: list[int], share: float, seed: int) -> None:
    table = np.repeat(np.eye(len(sizes), dtype=int), sizes, axis=0)
    # Samples without classes leave room for rounding.
    table = np.concatenate([table, np.zeros((100, len(sizes)), int)])
    subset = validation_of(len(table), share, seed, ClassCounts.from_rows(table, len(sizes)))
    chosen = table[subset].sum(axis=0)
    assert (deviations(table, subset) < 1 + 1e-9).all()
    for size, number in zip(sizes, chosen, strict=True):
        assert size == 1 or 0 < number < size


@pytest.mark.parametrize("share", [0.2, 0.3])
def test_camvid_is_balanced_better_than_by_a_random_split(camvid: Path, share: float) -> None:
    table = camvid_table(camvid)
    counts = ClassCounts.from_rows(table, table.shape[1])
    stratified, random = (
        np.stack([deviations(table, validation_of(len(table), share, seed, given)) for seed in range(10)])
        for given in (counts, None)
    )
    assert stratified.max() < 4
    assert (stratified.sum(axis=1) < random.sum(axis=1)).sum() >= 8, "in most seeds"
    assert stratified.sum() < random.sum() / 2


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_rare_classes_are_in_both_subsets(share: float) -> None:
    stratified, random = 0.0, 0.0
    for seed in range(20):
        table = np.random.default_rng(seed).random((100, 12)) < np.geomspace(0.9, 0.02, 12)
        subset = validation_of(100, share, seed, ClassCounts.from_rows(table, 12))
        total, chosen = table.sum(axis=0), table[subset].sum(axis=0)
        assert ((chosen > 0) & (chosen < total))[total > 1].all()
        stratified += deviations(table, subset).sum()
        random += deviations(table, validation_of(100, share, seed)).sum()
    # With a tenth of 100 samples, rounding alone is half of the deviation of random splits.
    assert stratified < random * 0.6


def test_classes_that_cannot_be_in_both_subsets() -> None:
    # Each of 10 samples has its own class and one shared by all; only one goes to validation.
    table = np.concatenate([np.eye(10, dtype=int), np.ones((10, 1), int)], axis=1)
    assert len(validation_of(10, 0.1, 0, ClassCounts.from_rows(table, 11))) == 1
    # Five classes of two samples each belong in both subsets, but validation has room for one sample.
    pairs = np.eye(5, dtype=int).repeat(2, axis=0)
    assert len(validation_of(10, 0.1, 0, ClassCounts.from_rows(pairs, 5))) == 1


def test_seeds_give_different_splits() -> None:
    counts = ClassCounts.from_rows(np.eye(4, dtype=int).repeat(10, axis=0), 4)
    assert len({tuple(validation_of(40, 0.25, seed, counts)) for seed in range(5)}) == 5


def test_the_split_is_frozen() -> None:
    """Different numbers would change everybody's validation subset and make runs incomparable."""
    counts = ClassCounts.from_rows(np.eye(3, dtype=int)[[0, 1, 0, 2, 0, 1, 0, 0, 2, 0]], 3)
    assert validation_of(10, 0.4, 1, counts).tolist() == [0, 1, 4, 8]
