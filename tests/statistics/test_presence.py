"""Which sample contains which class."""

import numpy as np
import pytest

from seqaug import SampleError
from seqaug.statistics import class_presence

PRESENT = [[0, 2], [], [1], [0, 1, 2]]
EXPECTED = [[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1]]


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_presence(workers: int) -> None:
    presence = class_presence(lambda index: np.array(PRESENT[index], int), 4, 3, workers=workers, on_failure=None)
    assert presence.dtype == bool
    assert presence.tolist() == EXPECTED


def fails_on_two(index: int) -> np.ndarray:
    if index == 2:
        raise SampleError(2, "here", "bad")
    return np.array(PRESENT[index], int)


def test_a_mask_that_cannot_be_used_raises() -> None:
    with pytest.raises(SampleError, match=r"sample 2 \(here\): bad"):
        class_presence(fails_on_two, 4, 3, workers=2, on_failure=None)


def test_or_contains_nothing_and_is_told() -> None:
    told: list[SampleError] = []
    presence = class_presence(fails_on_two, 4, 3, workers=2, on_failure=told.append)
    assert presence.tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 0], [1, 1, 1]]
    assert [error.index for error in told] == [2]
