"""Samplers of the user's own."""

from typing import Any

import numpy as np
import pytest

from seqaug.sampling.user_sampler import CheckedSampler


def test_indices_and_classes() -> None:
    sampler = CheckedSampler(lambda epoch: [epoch, 2, 1], 5, 3, 2)
    assert sampler(4).samples.tolist() == [4, 2, 1]
    assert sampler(4).samples.dtype == np.int64
    assert sampler(4).classes is None
    drawn = CheckedSampler(lambda epoch: (np.array([0, 1, 2], np.uint8), [-1, 0, 1]), 5, 3, 2)(0)
    assert [drawn.class_at(position) for position in range(3)] == [None, 0, 1]
    assert CheckedSampler(lambda epoch: (3, 4), 5, 2, None)(0).samples.tolist() == [3, 4]  # a tuple of two indices


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            [0, 1],
            ValueError,
            "<lambda> gave 2 indices for epoch 0; expected 3 indices from 0 to 4, one for",
        ),
        ([0, 1, 5], ValueError, "gave indices from 0 to 5 for epoch 0; expected 3 indices from 0 to 4"),
        ([0, -1, 2], ValueError, "gave indices from -1 to 2 for epoch 0"),
        ([0.0, 1, 2], TypeError, r"gave indices of dtype float64 and shape \(3,\) for epoch 0"),
        ([[0, 1, 2]], TypeError, r"of dtype int64 and shape \(1, 3\)"),
        (None, TypeError, "gave indices as NoneType for epoch 0; .*, as a list or an array$"),
        ({0, 1, 2}, TypeError, r"gave indices as set for epoch 0; expected 3 .* array: list\(\.\.\.\) of it"),
        (map(int, "012"), TypeError, "gave indices as map for epoch 0"),
        ({0: 1, 1: 1, 2: 1}, TypeError, "gave indices as dict for epoch 0"),
        ("012", TypeError, "gave indices as str for epoch 0"),
        (np.int64(3), TypeError, r"gave indices of dtype int64 and shape \(\) for epoch 0"),
        (3, TypeError, "gave indices as int for epoch 0; .*, as a list or an array$"),
        ([True, False, True], TypeError, "gave indices of dtype bool"),
        ([[0, 1], [2]], TypeError, "gave nested indices for epoch 0; expected 3 .*, in one list"),
        ((iter([0, 1, 2]), [0, 1, 1]), TypeError, "gave indices as list_iterator"),
        (([0, 1, 2], iter([0, 1, 1])), TypeError, "gave class ids as list_iterator"),
        (([0, 1, 2], [0, 1]), ValueError, "gave 2 class ids for epoch 0; expected 3 class ids from -1 to 1"),
        (
            ([0, 1, 2], [0, 1, 2]),
            ValueError,
            "gave class ids from 0 to 2 for epoch 0; expected 3 class ids from -1",
        ),
    ],
)
def test_what_is_no_epoch(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        CheckedSampler(lambda epoch: given, 5, 3, 2)


class _Method:
    def __call__(self) -> list[int]:
        return [0, 1, 2]


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (_Method(), r"the sampler _Method takes \(\).*; expected one argument, the epoch: __call__\(self, epoch\)"),
        (lambda: [0, 1, 2], r"<lambda> takes \(\); expected one argument"),
        (lambda epoch, count: [0, 1, 2], r"takes \(epoch, count\)"),
        (lambda epoch, *, count: [0, 1, 2], r"takes \(epoch, \*, count\)"),
    ],
)
def test_what_does_not_take_an_epoch(sampler: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        CheckedSampler(sampler, 5, 3, 2)


def test_what_takes_more_than_it_must() -> None:
    for sampler in (lambda epoch, count=3: range(count), lambda *numbers: (0, 1, 2), lambda number: np.arange(3)):
        assert CheckedSampler(sampler, 5, 3, 2)(0).samples.tolist() == [0, 1, 2]


def test_later_epochs_are_checked_too() -> None:
    sampler = CheckedSampler(lambda epoch: [0, 1, epoch], 5, 3, 2)
    with pytest.raises(ValueError, match="gave indices from 0 to 7 for epoch 7"):
        sampler(7)


def test_the_same_epoch_must_be_the_same() -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match="<lambda> gave other indices for epoch 0 when it was asked again; expected"):
        CheckedSampler(lambda epoch: generator.permutation(50), 50, 50, None)
