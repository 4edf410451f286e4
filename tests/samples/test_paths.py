"""Paths of samples; what are none is tested with the sources."""

import os
from pathlib import Path

import pytest

from seqaug import ReadError
from seqaug.samples.paths import file_key, listed_paths


def test_paths_become_text(tmp_path: Path) -> None:
    assert listed_paths((path for path in (tmp_path / "a", "b")), "images") == [str(tmp_path / "a"), "b"]


def test_the_first_url_says_what_must_be_there() -> None:
    assert listed_paths(["memory://a.png", "foo://b.png"], "images") == ["memory://a.png", "foo://b.png"]
    with pytest.raises(ReadError, match=r"foo://b\.png: Protocol not known: foo"):
        listed_paths(["foo://b.png"], "images")


def test_a_key_changes_with_the_content_and_not_with_the_way_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    key = file_key(["a", "b"])
    assert key is not None
    assert key == file_key([str(tmp_path / "a"), str(tmp_path / "b")])
    assert key.name == f"{tmp_path / 'a'}\n{tmp_path / 'b'}"
    os.utime("a", ns=(1, 1))
    changed = file_key(["a", "b"])
    assert changed is not None
    assert (changed.name == key.name, changed.state == key.state) == (True, False)
    assert file_key(["a", "none"]) is None
