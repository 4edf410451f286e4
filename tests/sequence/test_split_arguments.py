"""The requested subsets of the samples."""

from typing import Any

import numpy as np
import pytest

from seqaug.sequence.split_arguments import Split
from seqaug.sources.class_labels import ClassLabels
from seqaug.sources.split import fold_samples, split_samples

PATHS = [f"{number // 5}_{number}.png" for number in range(50)]


def test_no_split_is_all_samples() -> None:
    assert not Split().is_split
    assert not Split().needs_counts


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"subset": "training"}, "subset='training' without validation_split or fold; expected one of these beside it"),
        ({"stratify": True}, "stratify=True without"),
        ({"groups": "(a)"}, "groups= without"),
        (
            {"validation_split": 0.2},
            r'subset=None; expected "training", "validation" or, for a pair .* validation_split',
        ),
        ({"validation_split": 0.2, "subset": "test"}, "subset='test'; expected"),
        ({"fold": (0, 5)}, "subset=None; expected .* beside fold"),
        ({"fold": (5, 5), "subset": "both"}, r"fold=\(5, 5\); expected .* the first fold is 0"),
        ({"fold": (0, 1), "subset": "both"}, r"k in fold=\(i, k\)=1; expected at least 2"),
        ({"fold": (-1, 3), "subset": "both"}, r"i in fold=\(i, k\)=-1; expected at least 0"),
        ({"fold": (0, 3), "validation_split": 0.2}, r"validation_split=0.2 and fold=\(0, 3\); expected one of them"),
        (
            {"validation_split": 0.2, "subset": "validation", "validation_transform": object()},
            "validation_transform= is for subset=.both.; with subset='validation', give transform=",
        ),
    ],
)
def test_contradictions(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Split(**arguments)


def test_a_fold_is_a_pair() -> None:
    for fold in (2, (1, 2, 3), "ab c"):
        with pytest.raises(TypeError, match=r"expected \(i, k\): fold i, from 0 to k - 1, of k"):
            Split(fold=fold, subset="both")  # type: ignore[arg-type]


def test_the_seed_of_the_sequence_splits() -> None:
    split = Split(0.4, "validation")
    for seed in (0, 7):
        found = split.subsets(PATHS, {"seed": seed}, None)
        assert all(map(np.array_equal, found, split_samples(50, 0.4, seed)))
    assert all(map(np.array_equal, split.subsets(PATHS, {}, None), split_samples(50, 0.4, 0)))
    with pytest.raises(ValueError, match=r"seed=-1; expected at least 0"):
        split.subsets(PATHS, {"seed": -1}, None)


def test_groups_and_folds() -> None:
    groups = np.arange(50) // 5
    split = Split(fold=(1, 3), subset="both", groups=r"^(\d+)_")
    assert all(map(np.array_equal, split.subsets(PATHS, {}, None), fold_samples(50, (1, 3), 0, groups=groups)))


def test_a_stratified_split_uses_the_counts() -> None:
    counts = ClassLabels([0, 1] * 10, multi_label=False).counts
    split = Split(0.5, "training", True)
    assert split.needs_counts
    training, _ = split.subsets(PATHS[:20], {}, counts)
    assert np.bincount(training % 2).tolist() == [5, 5]


def test_the_transform_of_validation_is_not_guessed() -> None:
    Split(0.5, "both").check_transforms({"transform": None})
    Split(0.5, "training").check_transforms({"transform": object()})
    Split(0.5, "both", validation_transform=object()).check_transforms({"transform": object()})
    with pytest.raises(ValueError, match=r"which would also augment the validation samples; expected validation_trans"):
        Split(0.5, "both").check_transforms({"transform": object()})
