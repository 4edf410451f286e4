"""Weights of classes that a user gives; what are none is tested where masks and labels are encoded."""

import pytest

from seqaug.statistics import given_weights


def test_one_for_each_class_or_for_all() -> None:
    assert given_weights([1, 2], 2, "num_classes=").tolist() == [1, 2]
    assert given_weights(3, None, "num_classes=") == 3
    with pytest.raises(ValueError, match=r"expected one weight per class, with labels=$"):
        given_weights([1, 2], None, "labels=")
