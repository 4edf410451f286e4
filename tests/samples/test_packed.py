"""Many strings in two arrays."""

from hypothesis import given
from hypothesis import strategies as st

from seqaug.samples.packed import PackedStrings


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_they_are_what_was_packed(strings: list[str]) -> None:
    packed = PackedStrings(strings)
    assert list(packed) == strings
    assert packed[1:-1] == strings[1:-1]
    assert PackedStrings(packed)[:] == strings
