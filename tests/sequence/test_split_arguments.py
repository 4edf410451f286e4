"""The requested subset of the samples."""

import numpy as np
import pytest

from seqaug.sequence.split_arguments import Split
from seqaug.sources.class_labels import ClassLabels
from seqaug.sources.split import split_indices


def test_no_split_is_all_samples() -> None:
    assert Split(None, None, False).indices(5, {}, None) is None
    for split, argument in (
        (Split(None, "training", False), "subset='training'"),
        (Split(None, None, True), "stratify=True"),
    ):
        assert not split.needs_counts
        with pytest.raises(ValueError, match=rf"{argument} without validation_split; expected both, or neither"):
            split.indices(5, {}, None)


def test_the_seed_of_the_sequence_splits() -> None:
    split = Split(0.4, "validation", False)
    for seed in (0, 7):
        assert np.array_equal(split.indices(50, {"seed": seed}, None), split_indices(50, 0.4, "validation", seed))
    assert np.array_equal(split.indices(50, {}, None), split_indices(50, 0.4, "validation", 0))
    with pytest.raises(ValueError, match=r"seed=-1; expected at least 0"):
        split.indices(50, {"seed": -1}, None)


def test_a_stratified_split_uses_the_counts() -> None:
    counts = ClassLabels([0, 1] * 10, multi_label=False).counts
    split = Split(0.5, "training", True)
    assert split.needs_counts
    indices = split.indices(20, {}, counts)
    assert np.bincount(indices % 2).tolist() == [5, 5]
