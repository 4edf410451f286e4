"""Which part of the samples was asked for."""

import numpy as np
import pytest

from seqaug.sequence.split_arguments import Split
from seqaug.sources.class_labels import ClassLabels
from seqaug.sources.split import split_indices


def test_no_split_is_everything() -> None:
    assert Split(None, None, False).chosen(5, {}, None) is None
    for split, asked in (
        (Split(None, "training", False), "subset='training'"),
        (Split(None, None, True), "stratify=True"),
    ):
        assert not split.needs_counts
        with pytest.raises(ValueError, match=rf"{asked} without validation_split; expected both, or neither"):
            split.chosen(5, {}, None)


def test_the_seed_of_the_sequence_splits() -> None:
    split = Split(0.4, "validation", False)
    for seed in (0, 7):
        assert np.array_equal(split.chosen(50, {"seed": seed}, None), split_indices(50, 0.4, "validation", seed))
    assert np.array_equal(split.chosen(50, {}, None), split_indices(50, 0.4, "validation", 0))
    with pytest.raises(ValueError, match=r"seed=-1; expected at least 0"):
        split.chosen(50, {"seed": -1}, None)


def test_classes_count_where_they_are_asked_for() -> None:
    counts = ClassLabels([0, 1] * 10, multi_label=False).counts
    split = Split(0.5, "training", True)
    assert split.needs_counts
    chosen = split.chosen(20, {}, counts)
    assert np.bincount(chosen % 2).tolist() == [5, 5]
