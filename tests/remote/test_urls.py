"""Parsing, joining and identity of URLs."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.remote.urls import Url, absolute, checked_local, identity, is_url, join, pathlib_hint

URLS = [
    "s3://bucket/a/b.png",
    "gs://bucket/a.png",
    "https://host:8000/a%20b.png?key=1&x=y",
    "HTTP://host/a.png",
    "memory://a.png",
    "abfs+x://c/a.png",
    "simplecache::https://host/a.png",
    "filecache::simplecache::s3://bucket/a.png",
    "zip://a/b.png::s3://bucket/c.zip",
    "zip://a.png::simplecache::https://host/c.zip?key=1",
]


class CloudPath:
    """A path-like object, as cloud packages provide."""

    def __fspath__(self) -> str:
        return "s3://bucket/a.png"


def test_urls_are_recognized() -> None:
    for url in URLS:
        assert is_url(url), url
    assert is_url(CloudPath())
    for path in (
        "a.png",
        "/a/b.png",
        r"C:\a\b.png",
        "C://a/b.png",
        "a:b",
        "s3:/bucket/a",
        "a::b",
        "://a",
        "x y://z",
        "",
    ):
        assert not is_url(path), path
    for path in (Path("s3://bucket/a.png"), PurePosixPath("/a"), None, 3, b"s3://a"):
        assert not is_url(path), path


@pytest.mark.parametrize("url", URLS)
def test_parsing_keeps_every_part(url: str) -> None:
    assert str(Url.parse(url)).lower() == url.lower()


def test_parts() -> None:
    assert Url.parse("simplecache::https://h/a/b.png?k=v") == ("simplecache::", "https", "h/a/b.png", "?k=v", "")
    assert Url.parse("zip://a?.png::s3://b/c.zip") == ("", "zip", "a?.png", "", "::s3://b/c.zip")
    assert Url.parse("s3://b/a?.png").query == ""
    assert [Url.parse(url).protocols for url in URLS[6:9]] == [
        ["simplecache", "https"],
        ["filecache", "simplecache", "s3"],
        ["zip", "s3"],
    ]


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("s3://b/d", "a/x.png", "s3://b/d/a/x.png"),
        ("s3://b/d/", "x.png", "s3://b/d/x.png"),
        ("memory://", "x.png", "memory://x.png"),
        ("https://h/lists", "../images/./x.png", "https://h/images/x.png"),
        ("s3://b/d", "a//x.png", "s3://b/d/a//x.png"),
        ("https://h/d?sig=1", "x.png", "https://h/d/x.png?sig=1"),
        ("simplecache::gs://b", "x.png", "simplecache::gs://b/x.png"),
        ("zip://d::s3://b/c.zip", "x.png", "zip://d/x.png::s3://b/c.zip"),
        ("s3://b/d", "gs://c/x.png", "gs://c/x.png"),
        ("data", "s3://b/x.png", "s3://b/x.png"),
        (None, "s3://b/x.png", "s3://b/x.png"),
        ("s3://b/d", os.path.abspath("x.png"), os.path.abspath("x.png")),
        ("data", "x.png", os.path.join("data", "x.png")),
        (Path("data"), Path("x.png"), os.path.join("data", "x.png")),
        (None, "x.png", "x.png"),
    ],
)
def test_join(root: str | Path | None, path: str | Path, expected: str) -> None:
    assert join(root, path) == expected


@given(st.from_regex(r"\A[a-z]{1,3}(/[a-z]{1,3}){0,3}\Z"), st.from_regex(r"\A[a-z]{1,3}\Z"))
def test_the_parent_of_a_joined_path_is_the_root(folder: str, name: str) -> None:
    assert str(Url.parse(join(f"s3://{folder}", name)).parent) == f"s3://{folder}"


def test_absolute_paths() -> None:
    assert absolute("s3://b/x.png") == "s3://b/x.png"
    assert absolute("x.png") == os.path.abspath("x.png")


def test_urls_are_not_written_to() -> None:
    assert checked_local("cache", "data/cache") == "data/cache"
    with pytest.raises(ValueError, match=r"cache='s3://b/c' is a URL, but URLs are read-only; expected a local path"):
        checked_local("cache", "s3://b/c")


def test_a_url_mangled_by_pathlib() -> None:
    assert pathlib_hint(Path("s3://bucket/a.png")) == (
        "; pathlib.Path removes a slash from URLs: pass 's3://bucket/a.png' as a string"
    )
    for path in ("a/b.png", "/a:/b", "C:/a.png", "s3://b/a.png", "a:b"):
        assert pathlib_hint(path) == ""


def test_the_identity_of_urls() -> None:
    assert identity("a.png") == os.path.abspath("a.png")
    for url in URLS[:2] + URLS[4:9]:
        assert identity(url) == url
    plain = "https://h/a.png"
    assert identity("https://user:word@h/a.png") == identity("https://token@h/a.png") == plain
    assert identity("s3://key:secret@b/a.png") == "s3://b/a.png"
    for signed in (
        "?X-Amz-Algorithm=A&X-Amz-Credential=C&X-Amz-Signature=S",
        "?x-goog-signature=S&X-Goog-Expires=9",
        "?AWSAccessKeyId=K&Expires=9&Signature=S",
        "?sv=2024&sp=r&se=9&sig=S",
    ):
        assert identity(plain + signed) == plain
        assert identity(f"simplecache::{plain}{signed}") == f"simplecache::{plain}"
        assert identity(f"zip://a.png::https://h/c.zip{signed}") == "zip://a.png::https://h/c.zip"
        other = identity(f"{plain}{signed}&id=7")
        assert other == identity(f"{plain}?id=7") != identity(f"{plain}?id=8") != plain
        assert "id" not in other.partition("?")[2]
    assert identity(f"{plain}?sp=1") != identity(f"{plain}?sp=2")
    assert identity("zip://a.png::https://h/c.zip?k=1") != identity("zip://a.png::https://h/c.zip?k=2")
