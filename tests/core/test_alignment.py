"""Sizes rounded up to the alignment."""

import pytest

from seqaug.core.alignment import ALIGNMENT, aligned


@pytest.mark.parametrize(("size", "expected"), [(0, 0), (1, 64), (64, 64), (65, 128)])
def test_sizes_are_rounded_up(size: int, expected: int) -> None:
    assert ALIGNMENT == 64
    assert aligned(size) == expected
