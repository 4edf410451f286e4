"""Natural sort order."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seqaug.utils.natural_sort import natural_key, natural_order

NAMES = st.text("ab0129-_/.", max_size=8)
# Also the lowest characters, which URLs may contain, digits of other scripts, and half a character.
STRANGE_NAMES = st.text("a09/\0\1\2\n !\u0663\u00e9\udc80\U0001f600", max_size=8)


def reference_key(path: str) -> Any:
    """Make the same order from tuples of parts, as its definition says."""
    folders = [re.split("([0-9]+)", folder) for folder in path.split("/")]
    return [[int(part) if at % 2 else part for at, part in enumerate(parts)] for parts in folders], path


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


@given(st.lists(NAMES | STRANGE_NAMES))
def test_it_is_the_order_of_tuples_of_parts(names: list[str]) -> None:
    expected = sorted(names, key=reference_key)
    assert sorted(names, key=natural_key) == expected
    assert [names[index] for index in natural_order(names, names)] == expected


@given(st.lists(st.tuples(st.text("a01", max_size=4), st.text("ab", max_size=2))))
def test_equal_names_are_in_order_of_their_paths(files: list[tuple[str, str]]) -> None:
    order = natural_order([name for name, _ in files], [path for _, path in files])
    assert [files[index] for index in order] == sorted(files, key=lambda file: (reference_key(file[0]), file[1]))
