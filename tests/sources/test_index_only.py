"""Samples known only by their index."""

import pytest

from seqaug.sources.index_only import IndexOnlySource


def test_samples_have_an_index_and_nothing_to_load() -> None:
    source = IndexOnlySource(3)
    assert len(source) == 3
    assert source.describe(1) == "from load(1)"
    assert source[2] == (None, None)
    with pytest.raises(IndexError):
        source[3]
    with pytest.raises(NotImplementedError, match="override load"):
        source.load(0)
