"""Selection of samples, and the augmentation that they get."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqaug.core.sample_request import SampleRequest
from seqaug.sampling.samplers import EpochIndices
from seqaug.visualization.selection import requests_to_show

INDICES = EpochIndices(np.array([4, 1, 4, 0]), np.array([2, -1, 3, -1], np.int32))


def test_the_first_of_an_epoch() -> None:
    assert requests_to_show(INDICES, 7, n=2, index=None, num_samples=6) == [
        SampleRequest(4, 7, 0, 2),
        SampleRequest(1, 7, 1, None),
    ]
    assert len(requests_to_show(INDICES, 7, n=9, index=None, num_samples=6)) == 4


def test_given_indices_at_their_first_position() -> None:
    assert requests_to_show(INDICES, 0, n=1, index=[0, 4, 5], num_samples=6) == [
        SampleRequest(0, 0, 3, None),
        SampleRequest(4, 0, 0, 2),
        SampleRequest(5, 0, 5, None),
    ]
    assert requests_to_show(INDICES, 0, n=1, index=1, num_samples=6) == [SampleRequest(1, 0, 1, None)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 0, "index": None}, ValueError, "n=0; expected at least 1"),
        ({"n": 1, "index": [0, 6]}, ValueError, "index=6; expected 0 to 5, as there are 6 samples"),
        ({"n": 1, "index": -1}, ValueError, "index=-1; expected 0 to 5"),
        ({"n": 1, "index": ["a"]}, TypeError, "index='a'; expected integers"),
    ],
)
def test_others_are_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        requests_to_show(INDICES, 0, num_samples=6, **arguments)
