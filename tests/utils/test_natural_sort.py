"""Natural sort order."""

from hypothesis import given
from hypothesis import strategies as st

from seqaug.utils.natural_sort import natural_key

NAMES = st.text("ab0129-_/.", max_size=8)


def test_digits_compare_as_numbers() -> None:
    names = ["img10", "img9", "img1", "b/2/x", "b/10/x", "b/2", "img", "img1b", "img1_2", "img01", "img1_10", ""]
    assert sorted(names, key=natural_key) == [
        "",
        "b/2",
        "b/2/x",
        "b/10/x",
        "img",
        "img01",
        "img1",
        "img1_2",
        "img1_10",
        "img1b",
        "img9",
        "img10",
    ]


@given(NAMES, NAMES, NAMES)
def test_it_is_a_total_order(a: str, b: str, c: str) -> None:
    assert (natural_key(a) < natural_key(b)) + (natural_key(b) < natural_key(a)) + (a == b) == 1
    if natural_key(a) < natural_key(b) < natural_key(c):
        assert natural_key(a) < natural_key(c)


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.text("ab_", max_size=3))
def test_numbers_sort_by_value(first: int, second: int, prefix: str) -> None:
    assert (natural_key(f"{prefix}{first}") < natural_key(f"{prefix}{second}")) == (first < second)
