"""Cache keys of local and remote files."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from seqaug.sources import cache_keys
from seqaug.sources.cache_keys import FileKeys, file_key


@pytest.fixture
def queried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the URLs queried for their state; those that end in "none" have none."""
    urls: list[str] = []

    def answer(url: str) -> str | None:
        urls.append(url)
        return None if url.endswith("none") else f"state of {url}"

    monkeypatch.setattr(cache_keys, "content_state", answer)
    return urls


def test_local_files(tmp_path: Path, queried: list[str]) -> None:
    (tmp_path / "a").touch()
    keys = FileKeys(1)
    assert keys.of(0, [str(tmp_path / "a")]) == file_key([str(tmp_path / "a")])
    assert keys.of(0, [str(tmp_path / "none")]) is None
    assert not queried


def test_remote_files_are_queried_once(queried: list[str]) -> None:
    keys = FileKeys(3)
    found = [keys.of(index, [f"s3://b/{index}", f"s3://b/m{index}"]) for index in (0, 1, 0, 1)]
    assert queried == ["s3://b/0", "s3://b/m0", "s3://b/1", "s3://b/m1"]
    assert found[:2] == found[2:]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].name == "s3://b/0\ns3://b/m0"
    assert found[0].state != found[1].state
    assert FileKeys(3).of(0, ["s3://b/0", "s3://b/m0"]) == found[0]


def test_local_and_remote_files_of_one_sample(tmp_path: Path, queried: list[str]) -> None:
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
    assert queried == ["s3://b/0"]
    mask.unlink()
    assert keys.of(0, paths) is None


def test_urls_without_a_state_are_queried_again(queried: list[str]) -> None:
    keys = FileKeys(1)
    assert [keys.of(0, ["s3://b/none"]) for _ in range(2)] == [None, None]
    assert len(queried) == 2


def test_each_process_queries_for_itself(queried: list[str]) -> None:
    keys = FileKeys(1)
    first = keys.of(0, ["s3://b/0"])
    received: Any = pickle.loads(pickle.dumps(keys))
    assert received.of(0, ["s3://b/0"]) == first
    assert len(queried) == 2


def test_a_key_depends_on_content_and_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
