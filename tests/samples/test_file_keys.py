"""What the content of samples' files is."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from seqaug.samples import file_keys
from seqaug.samples.file_keys import FileKeys
from seqaug.samples.paths import file_key


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the URLs that are asked for their state; those that end in "none" have none."""
    urls: list[str] = []

    def answer(url: str) -> str | None:
        urls.append(url)
        return None if url.endswith("none") else f"state of {url}"

    monkeypatch.setattr(file_keys, "content_state", answer)
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
