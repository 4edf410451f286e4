"""Content and state of remote files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer

from seqaug.remote.fetch import content_state, fetch


def test_content_of_each_protocol(tmp_path: Path, server: FileServer, memory: Any) -> None:
    (tmp_path / "a b.bin").write_bytes(b"123")
    memory.pipe("/d/a.bin", b"456")
    assert fetch(f"{server.url}/a%20b.bin") == fetch(f"{server.url}/a b.bin") == b"123"
    assert fetch("memory://d/a.bin") == b"456"
    assert fetch(f"file://{tmp_path}/a b.bin") == b"123"
    assert fetch(f"simplecache::{server.url}/a%20b.bin") == b"123"
    before = dict(server.requests)
    assert fetch(f"simplecache::{server.url}/a%20b.bin") == b"123"
    assert server.requests == before


def test_the_state_of_a_web_file_is_its_url(server: FileServer) -> None:
    state = content_state(f"{server.url}/a.bin")
    assert state is not None
    assert state == content_state(f"{server.url}/a.bin") == content_state(f"simplecache::{server.url}/a.bin")
    assert state != content_state(f"{server.url}/b.bin")
    assert state != content_state(f"{server.url}/a.bin?id=7") != content_state(f"{server.url}/a.bin?id=8")
    assert state == content_state(f"{server.url}/a.bin?X-Amz-Signature=1")
    assert not server.requests


def test_the_state_changes_with_the_content(memory: Any) -> None:
    memory.pipe("/a", b"1")
    before = content_state("memory://a")
    assert before == content_state("memory://a") is not None
    memory.pipe("/a", b"22")
    assert content_state("memory://a") not in (before, None)
    assert content_state("memory://none") is None


@pytest.mark.parametrize("field", ["ETag", "etag"])
def test_the_state_is_the_etag_whatever_other_fields_there_are(
    memory: Any, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    infos = iter([{field: '"1"', "Size": 3}, {field: '"1"', "size": 3, "VersionId": None}, {field: '"2"'}])
    monkeypatch.setattr(type(memory), "info", lambda self, path, **_: next(infos))
    assert [content_state("memory://a") for _ in range(3)] == ['"1"', '"1"', '"2"']
