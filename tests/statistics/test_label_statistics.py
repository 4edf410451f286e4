"""Statistics of labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.samples import ClassLabels
from seqaug.statistics import LabelStatistics


def of(labels: list[int], num_classes: int = 3) -> LabelStatistics:
    return LabelStatistics(ClassLabels(labels, several=False, num_classes=num_classes).counts)


def test_counts() -> None:
    found = of([0, 0, 2, 0])
    assert found.images.tolist() == [3, 0, 1]
    assert found.share.tolist() == [0.75, 0, 0.25]
    assert (found.num_images, found.unlabelled) == (4, 0)
    assert found.names == ["class 0", "class 1", "class 2"]
    assert repr(found) == "<LabelStatistics of 3 classes in 4 images>"


def test_several_labels() -> None:
    found = LabelStatistics(ClassLabels([[0, 1], [], [1]], several=True).counts, ["wet", "cold"])
    assert (found.images.tolist(), found.unlabelled) == ([1, 2], 1)
    assert str(found).splitlines() == [
        "class  images    share",
        "wet         1  33.333%",
        "cold        2  66.667%",
        "images: 3; without a class: 1",
    ]
    assert "<td>cold</td><td>2</td>" in found._repr_html_()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_weights(labels: list[int]) -> None:
    found = of(labels, 5)
    count = np.bincount(labels, minlength=5)
    present = count > 0
    # As scikit-learn's "balanced": n / (K n_c).
    inverse = found.compute_class_weights("inverse")
    assert np.allclose(inverse[present], len(labels) / (present.sum() * count[present]))
    assert np.isclose(np.average(inverse, weights=count), 1)
    assert np.allclose(
        found.compute_class_weights("median_frequency")[present], np.median(count[present]) / count[present]
    )
    assert np.allclose(found.compute_class_weights("enet")[present], 1 / np.log(1.02 + count[present] / len(labels)))
    effective = found.compute_class_weights("effective_number", beta=0.9)
    raw = 0.1 / (1 - 0.9 ** count[present])
    assert np.allclose(effective[present], raw * present.sum() / raw.sum())
    for method in ("inverse", "median_frequency", "enet", "effective_number"):
        weights = found.compute_class_weights(method)
        assert not weights[~present].any()
        assert (np.diff(weights[present][np.argsort(count[present])]) <= 1e-12).all()


def test_what_cannot_be_weighed() -> None:
    with pytest.raises(ValueError, match=r"method='rarest'; expected one of 'median_frequency'"):
        of([0]).compute_class_weights("rarest")
    empty = LabelStatistics(ClassLabels([[], []], several=True).counts)
    with pytest.raises(ValueError, match=r"class weights need labels, and none of the 2 images has any"):
        empty.compute_class_weights("inverse")
