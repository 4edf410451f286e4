"""What the content of samples' files is."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from seqaug import ReadError
from seqaug.sources import cache_keys
from seqaug.sources.cache_keys import FileKeys, file_key, listed_paths


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the URLs that are asked for their state; those that end in "none" have none."""
    urls: list[str] = []

    def answer(url: str) -> str | None:
        urls.append(url)
        return None if url.endswith("none") else f"state of {url}"

    monkeypatch.setattr(cache_keys, "content_state", answer)
    return urls


def test_files_of_this_machine(tmp_path: Path, asked: list[str]) -> None:
    (tmp_path / "a").touch()
    keys = FileKeys(1)
    assert keys.of(0, [str(tmp_path / "a")]) == file_key([str(tmp_path / "a")])
    assert keys.of(0, [str(tmp_path / "none")]) is None
    assert not asked


def test_remote_files_are_asked_once(asked: list[str]) -> None:
    keys = FileKeys(3)
    of_each = [keys.of(index, [f"s3://b/{index}", f"s3://b/m{index}"]) for index in (0, 1, 0, 1)]
    assert asked == ["s3://b/0", "s3://b/m0", "s3://b/1", "s3://b/m1"]
    assert of_each[:2] == of_each[2:]
    assert of_each[0] is not None
    assert of_each[1] is not None
    assert of_each[0].name == "s3://b/0\ns3://b/m0"
    assert of_each[0].state != of_each[1].state
    assert FileKeys(3).of(0, ["s3://b/0", "s3://b/m0"]) == of_each[0]


def test_files_here_and_there(tmp_path: Path, asked: list[str]) -> None:
    mask = tmp_path / "m"
    mask.write_text("1")
    keys = FileKeys(1)
    paths = ["s3://b/0", str(mask)]
    before = keys.of(0, paths)
    mask.write_text("22")
    after = keys.of(0, paths)
    assert before is not None
    assert after is not None
    assert before.name == after.name == f"s3://b/0\n{mask}"
    assert before.state != after.state
    assert asked == ["s3://b/0"]
    mask.unlink()
    assert keys.of(0, paths) is None


def test_what_has_no_state_is_asked_again(asked: list[str]) -> None:
    keys = FileKeys(1)
    assert [keys.of(0, ["s3://b/none"]) for _ in range(2)] == [None, None]
    assert len(asked) == 2


def test_workers_ask_themselves(asked: list[str]) -> None:
    keys = FileKeys(1)
    first = keys.of(0, ["s3://b/0"])
    sent: Any = pickle.loads(pickle.dumps(keys))
    assert sent.of(0, ["s3://b/0"]) == first
    assert len(asked) == 2


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
