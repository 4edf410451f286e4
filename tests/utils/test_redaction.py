"""Redaction of URLs' secrets."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug import ReadError, SampleError, SeqaugWarning
from seqaug.core.user_warnings import warn_user
from seqaug.utils.redaction import redacted, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "https://h/a.png?X-Amz-Signature=ab/c+%2F==&k=v: no such file; check",
            "https://h/a.png?***: no such file; check",
        ),
        ("https://user:pa:s@s@h:80/a.png", "https://***@h:80/a.png"),
        ("https://token@h/a?longtoken", "https://***@h/a?***"),
        ("image https://h/a.png?s=1, mask HTTPS://h/b.png?s=2", "image https://h/a.png?***, mask HTTPS://h/b.png?***"),
        ("image https://h/a b.png?sig=1, and more", "image https://h/a b.png?***, and more"),
        ("(403, url='https://h/a?sig=q')", "(403, url='https://h/a?***')"),
        ("zip://a.png::https://u:p@h/c.zip?k=1", "zip://a.png::https://***@h/c.zip?***"),
        ("abfs://box@account.net/x.png?sig=1", "abfs://box@account.net/x.png?***"),
        ("s3://key:secret@b/x", "s3://***@b/x"),
        ("https://h/a.png?t=10:20:30, and", "https://h/a.png?***, and"),
    ],
)
def test_what_is_hidden(text: str, expected: str) -> None:
    assert redacted(text) == expected
    assert redacted(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "s3://b/a?.png",
        "https://h/x/?.png",
        "data/a?.png",
        "a.png?x=1",
        "https://h/a.png",
        "memory://a",
        "is it so? see C://a",
    ],
)
def test_what_is_kept(text: str) -> None:
    assert redacted(text) == shown(text) == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8))
def test_a_url_alone_keeps_nothing_of_its_query(query: str) -> None:
    assert shown(f"https://h/a b.png?{query}") == "https://h/a b.png?***"
    assert ReadError(f"https://h/a b.png?{query}", "is damaged").path == "https://h/a b.png?***"


def test_errors_and_warnings() -> None:
    url = "https://u:p@h/a b.png?sig=q'r s"
    hidden = "https://***@h/a b.png?***"
    error = ReadError(url, f"{url} is damaged")
    assert str(error) == f"{hidden}: {hidden} is damaged"
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error) == {"path": hidden, "problem": f"{hidden} is damaged"}
    sample = SampleError.of(3, "image https://h/a.png?sig=1", error)
    assert str(sample) == f"sample 3 (image https://h/a.png?***): {hidden}: {hidden} is damaged"
    with pytest.warns(SeqaugWarning, match=re.escape("see https://h/a.png?***")):
        warn_user("see https://h/a.png?sig=1")
