"""Training and validation subsets, and folds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from class_tables import tables
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.split import fold_samples, split_samples
from seqaug.statistics.counts import ClassCounts

SEEDS = st.integers(0, 2**32)


@st.composite
def settings_of(draw: st.DrawFn) -> dict[str, Any]:
    """Counts, or groups, or both, or none, of a few samples."""
    table = draw(tables.filter(lambda table: len(table) > 1))
    arguments: dict[str, Any] = {"num_samples": len(table), "seed": draw(SEEDS)}
    if draw(st.booleans()):
        arguments["counts"] = ClassCounts.from_rows(table, table.shape[1])
    if draw(st.booleans()):
        labels = draw(st.lists(st.integers(0, 12), min_size=len(table), max_size=len(table)))
        arguments["groups"] = np.unique([*labels], return_inverse=True)[1]
    return arguments


def laws_of_subsets(training: np.ndarray, validation: np.ndarray, arguments: dict[str, Any]) -> None:
    assert sorted([*training, *validation]) == list(range(arguments["num_samples"]))
    assert len(training)
    assert len(validation)
    assert (np.diff(training) > 0).all()
    assert (np.diff(validation) > 0).all()
    groups = arguments.get("groups")
    assert groups is None or not set(groups[training]) & set(groups[validation])


@given(settings_of(), st.floats(0.001, 0.999))
def test_a_split(arguments: dict[str, Any], share: float) -> None:
    groups = arguments.get("groups")
    if groups is not None and not groups.any():
        with pytest.raises(ValueError, match=r"1 group\(s\) cannot be split into 2 parts"):
            split_samples(validation_split=share, **arguments)
        return
    training, validation = split_samples(validation_split=share, **arguments)
    laws_of_subsets(training, validation, arguments)
    again = split_samples(validation_split=share, **arguments)
    assert np.array_equal(again[0], training)
    deviation = abs(len(validation) - arguments["num_samples"] * share)
    if groups is None:
        assert deviation <= 1
        return
    sizes = np.bincount(groups)
    one_group = min(len(set(groups[training])), len(set(groups[validation]))) == 1
    assert deviation <= max(sizes.max() / 2 + 1e-9, sizes.min() if one_group else 0)


@given(settings_of(), st.integers(2, 6))
def test_folds(arguments: dict[str, Any], num_folds: int) -> None:
    groups = arguments.get("groups")
    units = arguments["num_samples"] if groups is None else int(groups.max()) + 1
    if units < num_folds:
        with pytest.raises(ValueError, match="cannot be split into"):
            fold_samples(fold=(0, num_folds), **arguments)
        return
    folds = [fold_samples(fold=(number, num_folds), **arguments) for number in range(num_folds)]
    for training, validation in folds:
        laws_of_subsets(training, validation, arguments)
    assert sorted(np.concatenate([validation for _, validation in folds])) == list(range(arguments["num_samples"]))
    sizes = [len(validation) for _, validation in folds]
    if groups is None:
        assert max(sizes) - min(sizes) <= 1
    elif "counts" not in arguments:
        assert max(sizes) - min(sizes) <= np.bincount(groups).max()
    else:
        assert max(sizes) - arguments["num_samples"] / num_folds <= np.bincount(groups).max()
    if groups is not None:
        assert all(
            len({number for number, (_, part) in enumerate(folds) if group in groups[part]}) == 1 for group in groups
        )


def deviation(table: np.ndarray, parts: list[np.ndarray], shares: list[float]) -> float:
    """Sum of squared deviations of the samples of each class in each part, relative to the class's total."""
    total = (table > 0).sum(axis=0)
    return sum(
        float((((table[part] > 0).sum(axis=0) - share * total) ** 2 / np.maximum(total, 1)).sum())
        for part, share in zip(parts, shares, strict=True)
    )


def test_stratified_groups_are_balanced_better() -> None:
    plain, stratified, folds_plain, folds_stratified = 0.0, 0.0, 0.0, 0.0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(40), rng.integers(1, 12, 40))
        # Classes cluster in groups, as those of a scene do.
        table = rng.random((len(groups), 8)) < (rng.random((40, 8)) ** 3)[groups]
        counts = ClassCounts.from_rows(table, 8)
        shares = [0.75, 0.25]
        plain += deviation(table, [*split_samples(len(groups), 0.25, seed, groups=groups)], shares)
        stratified += deviation(table, [*split_samples(len(groups), 0.25, seed, counts, groups)], shares)
        for given_counts in (None, counts):
            parts = [fold_samples(len(groups), (n, 4), seed, given_counts, groups)[1] for n in range(4)]
            found = deviation(table, parts, [0.25] * 4)
            folds_plain, folds_stratified = (
                (folds_plain + found, folds_stratified)
                if given_counts is None
                else (folds_plain, folds_stratified + found)
            )
    assert stratified < plain / 5
    assert folds_stratified < folds_plain / 5


def test_a_class_of_two_groups_is_on_both_sides() -> None:
    for seed in range(10):
        groups = np.arange(60) // 3
        table = np.zeros((60, 2), int)
        table[:, 0] = 1
        table[[0, 1, 30], 1] = 1
        training, validation = split_samples(60, 0.2, seed, ClassCounts.from_rows(table, 2), groups)
        assert table[training, 1].any()
        assert table[validation, 1].any()


def test_seeds_give_different_splits() -> None:
    groups = np.arange(50) // 2
    assert len({tuple(split_samples(50, 0.2, seed)[1]) for seed in range(5)}) == 5
    assert len({tuple(split_samples(50, 0.2, seed, groups=groups)[1]) for seed in range(5)}) == 5
    assert len({tuple(fold_samples(50, (0, 5), seed)[1]) for seed in range(5)}) == 5
    assert len({tuple(fold_samples(50, (0, 5), seed, groups=groups)[1]) for seed in range(5)}) == 5


def test_splits_are_frozen() -> None:
    """Different numbers would change everybody's validation subset and make runs incomparable."""
    groups = np.arange(12) // 3
    assert split_samples(12, 0.4, 1)[1].tolist() == [2, 4, 6, 7, 8]
    assert split_samples(12, 0.4, 1, groups=groups)[1].tolist() == [0, 1, 2, 3, 4, 5]
    assert fold_samples(12, (1, 3), 1)[1].tolist() == [4, 5, 8, 9]
    assert fold_samples(12, (1, 3), 1, groups=groups)[1].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("num_samples", "share", "message"),
    [
        (9, 0.0, "validation_split=0.0; expected a share above 0 and below 1"),
        (9, 20, "validation_split=20; expected a share"),
        (1, 0.2, r"1 sample\(s\) cannot be split in two"),
    ],
)
def test_invalid_splits(num_samples: int, share: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_samples(num_samples, share, 0)
