"""What a user may ask for."""

from typing import Any

import numpy as np
import pytest

from seqaug.sampling import make_order


def order_of(oversample: Any, shuffle: bool = True, presence: Any = None) -> list[int]:
    def no_presence() -> np.ndarray:
        raise AssertionError("the masks were looked through without need")

    order = make_order(oversample, num_samples=4, length=8, seed=0, shuffle=shuffle, presence=presence or no_presence)
    return order(0).tolist()


def test_plain_orders() -> None:
    assert order_of(None, shuffle=False) == [0, 1, 2, 3] * 2
    assert sorted(order_of(None)[:4]) == [0, 1, 2, 3]


def test_weights() -> None:
    assert sorted(order_of([1, 0, 3, 0])) == [0, 0, 2, 2, 2, 2, 2, 2]


def test_class_uniform() -> None:
    presence = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], bool)
    assert order_of("class_uniform", shuffle=False, presence=lambda: presence).count(3) == 4


@pytest.mark.parametrize(
    ("oversample", "message"),
    [
        ("rarest", r"oversample='rarest'; expected None, \"class_uniform\""),
        ([1, 2], r"oversample has shape \(2,\); expected one weight per sample, \(4,\)"),
        ([1, 2, 3, -1], "negative or not finite, or all are 0"),
        ([1, 2, 3, np.nan], "negative or not finite, or all are 0"),
        ([0, 0, 0, 0], "negative or not finite, or all are 0"),
    ],
)
def test_what_cannot_be_asked_for(oversample: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        order_of(oversample)
