"""A split whose parts contain each class alike."""

from pathlib import Path

import numpy as np
import pytest
from class_tables import camvid_table, tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.split import split_indices
from seqaug.statistics.counts import ClassCounts


def deviations(table: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Give by how many samples of each class a part differs from its share."""
    return np.abs((table[part] > 0).sum(axis=0) - (table > 0).sum(axis=0) * len(part) / len(table))


@given(tables.filter(lambda table: len(table) > 1), st.floats(0.001, 0.999), st.integers(0, 2**32))
def test_the_parts_are_those_of_a_plain_split_in_size(table: np.ndarray, share: float, seed: int) -> None:
    counts = ClassCounts.from_rows(table, table.shape[1])
    training = split_indices(len(table), share, "training", seed, counts)
    validation = split_indices(len(table), share, "validation", seed, counts)
    assert sorted([*training, *validation]) == list(range(len(table)))
    assert len(validation) == len(split_indices(len(table), share, "validation", seed))
    assert (np.diff(training) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert np.array_equal(validation, split_indices(len(table), share, "validation", seed, counts))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.sampled_from([0.1, 0.25, 0.5, 0.8]), st.integers(0, 99))
def test_classes_that_are_in_no_sample_together_are_split_to_within_one(
    sizes: list[int], share: float, seed: int
) -> None:
    table = np.repeat(np.eye(len(sizes), dtype=int), sizes, axis=0)
    # Samples without any class leave room for any rounding.
    table = np.concatenate([table, np.zeros((100, len(sizes)), int)])
    part = split_indices(len(table), share, "validation", seed, ClassCounts.from_rows(table, len(sizes)))
    chosen = table[part].sum(axis=0)
    assert (deviations(table, part) < 1 + 1e-9).all()
    for size, number in zip(sizes, chosen, strict=True):
        assert size == 1 or 0 < number < size


@pytest.mark.parametrize("share", [0.2, 0.3])
def test_camvid_is_split_alike(camvid: Path, share: float) -> None:
    table = camvid_table(camvid)
    counts = ClassCounts.from_rows(table, table.shape[1])
    stratified, plain = (
        np.stack([deviations(table, split_indices(len(table), share, "validation", seed, given)) for seed in range(10)])
        for given in (counts, None)
    )
    assert stratified.max() < 4
    assert (stratified.sum(axis=1) < plain.sum(axis=1)).sum() >= 8, "in most seeds"
    assert stratified.sum() < plain.sum() / 2


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_rare_classes_come_to_both_parts(share: float) -> None:
    stratified, plain = 0.0, 0.0
    for seed in range(20):
        table = np.random.default_rng(seed).random((100, 12)) < np.geomspace(0.9, 0.02, 12)
        part = split_indices(100, share, "validation", seed, ClassCounts.from_rows(table, 12))
        total, chosen = table.sum(axis=0), table[part].sum(axis=0)
        assert ((chosen > 0) & (chosen < total))[total > 1].all()
        stratified += deviations(table, part).sum()
        plain += deviations(table, split_indices(100, share, "validation", seed)).sum()
    # Where a tenth of 100 goes to validation, rounding alone is half of what plain splits deviate by.
    assert stratified < plain * 0.6


def test_classes_of_one_image_and_sizes_that_leave_no_room() -> None:
    # Each of 10 samples has a class of its own and one that all have; only one goes to validation.
    table = np.concatenate([np.eye(10, dtype=int), np.ones((10, 1), int)], axis=1)
    assert len(split_indices(10, 0.1, "validation", 0, ClassCounts.from_rows(table, 11))) == 1
    # Five classes of two samples each want to be in both parts, and there is room for one sample.
    pairs = np.eye(5, dtype=int).repeat(2, axis=0)
    assert len(split_indices(10, 0.1, "validation", 0, ClassCounts.from_rows(pairs, 5))) == 1


def test_another_seed_gives_another_split() -> None:
    counts = ClassCounts.from_rows(np.eye(4, dtype=int).repeat(10, axis=0), 4)
    assert len({tuple(split_indices(40, 0.25, "validation", seed, counts)) for seed in range(5)}) == 5


def test_the_split_is_frozen() -> None:
    """A change of these numbers puts other samples into everybody's validation: their runs could not be compared."""
    counts = ClassCounts.from_rows(np.eye(3, dtype=int)[[0, 1, 0, 2, 0, 1, 0, 0, 2, 0]], 3)
    assert split_indices(10, 0.4, "validation", 1, counts).tolist() == [0, 1, 4, 8]
