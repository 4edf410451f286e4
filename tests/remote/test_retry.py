"""What is tried again, and what is said where a remote file cannot be had."""

from __future__ import annotations

import builtins
import importlib
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from file_server import STALLED, FileServer, serving

from seqaug import ReadError, SeqaugWarning
from seqaug.remote import retry
from seqaug.remote.fetch import content_state, fetch, require


@pytest.mark.usefixtures("no_retry_pauses")
@pytest.mark.parametrize("failures", [[500, 503], [0, 429], [408, 0]])
def test_short_troubles_are_sat_out(tmp_path: Path, server: FileServer, failures: list[int]) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    server.failures["/a.bin"] = failures
    assert fetch(f"{server.url}/a.bin") == b"123"
    assert server.requests["/a.bin"] == 3


@pytest.mark.usefixtures("no_retry_pauses")
@pytest.mark.parametrize(("status", "said"), [(503, r"HTTP 503 Service Unavailable"), (0, "ClientPayloadError")])
def test_long_troubles_are_not(tmp_path: Path, server: FileServer, status: int, said: str) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    server.failures["/a.bin"] = [status] * 9
    with pytest.raises(ReadError, match=rf"a\.bin: cannot be fetched, in 3 tries \({said}.*server can be reached"):
        fetch(f"{server.url}/a.bin")
    assert server.requests["/a.bin"] == 3


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a fifth of a second, as a user may ask to."""
    monkeypatch.setenv("SEQAUG_READ_TIMEOUT", "0.2")


@pytest.mark.usefixtures("no_retry_pauses", "impatient")
def test_a_server_that_stalls_is_not_waited_for_long(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    server.failures["/a.bin?X-Amz-Signature=secret"] = [STALLED] * 3
    host = server.url.removeprefix("http://")
    waits = r"10 s to connect, 0\.2 s to answer; SEQAUG_CONNECT_TIMEOUT and SEQAUG_READ_TIMEOUT set other limits"
    with (
        pytest.warns(SeqaugWarning, match=rf"^{host} has not answered in time \({waits}\); trying again") as caught,
        pytest.raises(ReadError, match=rf"a\.bin\?\*{{3}}: cannot be fetched, in 3 tries: no answer in time \({waits}"),
    ):
        fetch(f"{server.url}/a.bin?X-Amz-Signature=secret")
    assert [str(warning.message).split()[-4] for warning in caught] == ["second", "third"]
    assert "secret" not in "".join(str(warning.message) for warning in caught)


@pytest.mark.usefixtures("no_retry_pauses", "impatient")
def test_a_server_that_stalls_once(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    server.failures["/a.bin"] = [STALLED]
    with pytest.warns(SeqaugWarning, match="for the second of 3 times"):
        assert fetch(f"{server.url}/a.bin") == b"123"


@pytest.mark.usefixtures("no_retry_pauses")
def test_a_cache_of_fsspec_takes_a_failure_for_a_missing_file(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "b.bin").write_bytes(b"123")
    server.failures["/b.bin"] = [503, 0]
    assert fetch(f"simplecache::{server.url}/b.bin") == b"123"
    with pytest.raises(ReadError, match=r"no such file or folder \(or the server failed: simplecache:: does not tell"):
        fetch(f"simplecache::{server.url}/a.bin")


@pytest.mark.parametrize("variable", ["SEQAUG_READ_TIMEOUT", "SEQAUG_CONNECT_TIMEOUT"])
@pytest.mark.parametrize("wrong", ["soon", "0", "-1", "inf"])
def test_limits_that_are_none(server: FileServer, monkeypatch: pytest.MonkeyPatch, variable: str, wrong: str) -> None:
    monkeypatch.setenv(variable, wrong)
    with pytest.raises(ReadError, match=rf"a\.bin: .*variable {variable} is '{wrong}'; expected seconds"):
        fetch(f"{server.url}/a.bin")


def test_the_users_own_settings_of_fsspec_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(importlib.import_module("fsspec.config").conf, "https", {"client_kwargs": {"timeout": "own"}})
    assert retry._limits("https://h/a") == {"https": {"client_kwargs": {"timeout": "own"}}}
    assert set(retry._limits("zip://a::simplecache::http://h/a")) == {"http"}
    assert retry._limits("s3://b/a") == {}


@pytest.mark.usefixtures("no_retry_pauses")
def test_nobody_there(tmp_path: Path) -> None:
    with serving(tmp_path) as gone:
        url = f"{gone.url}/a.bin"
    with pytest.raises(ReadError, match=r"a\.bin: cannot be fetched, in 3 tries \(Client"):
        fetch(url)


def test_the_pauses_grow(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", slept.append)
    server.failures["/a.bin"] = [500] * 3
    with pytest.raises(ReadError):
        fetch(f"{server.url}/a.bin")
    assert slept == [0.5, 2.0]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, r"no such file or folder; check the URL"),
        (403, r"access denied \(HTTP 403 Forbidden\); credentials and settings are fsspec's"),
        (401, r"access denied \(HTTP 401 Unauthorized\); credentials and settings are fsspec's"),
        (400, r"cannot be fetched \(HTTP 400 Bad Request\); check the URL"),
    ],
)
def test_what_will_not_change_is_not_tried_again(server: FileServer, status: int, said: str) -> None:
    server.failures["/a.bin"] = [status] * 3
    with pytest.raises(ReadError, match=rf"^{server.url}/a\.bin: {said}"):
        fetch(f"{server.url}/a.bin")
    assert server.requests["/a.bin"] == 1


def test_files_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch, memory: Any) -> None:
    def refuse(self: object, path: str, **_: object) -> bytes:
        raise PermissionError(13, "Forbidden")

    monkeypatch.setattr(type(memory), "cat_file", refuse)
    with pytest.raises(ReadError, match=r"memory://a: access denied \(PermissionError: .*Forbidden\); credentials"):
        fetch("memory://a")


def test_memory_of_another_process(memory: Any) -> None:
    with pytest.raises(ReadError, match=r"memory://x\.png: no such file.*memory:// is of one process.*use threads"):
        fetch("memory://x.png")


def test_protocols_that_nobody_knows() -> None:
    for read in (fetch, require):
        with pytest.raises(ReadError, match=r"foo://x: Protocol not known: foo; expected a URL that fsspec reads"):
            read("foo://x")


def test_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(importlib.import_module("fsspec.registry")._registry, "s3", raising=False)
    for read in (fetch, require):
        for url in ("s3://bucket/x", "simplecache::s3://bucket/x"):
            with pytest.raises(ImportError, match=r'bucket/x: .*s3fs.*; pip install "seqaug\[remote\]" .* needs s3fs'):
                read(url)
    imported = builtins.__import__

    def without_fsspec(name: str, *arguments: Any, **named: Any) -> Any:
        if name.split(".")[0] == "fsspec":
            raise ModuleNotFoundError("No module named 'fsspec'")
        return imported(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without_fsspec)
    for read in (fetch, require):
        with pytest.raises(
            ImportError, match=r'memory://x: No module named \'fsspec\'; pip install "seqaug\[remote\]"'
        ):
            read("memory://x")
    assert content_state("memory://x") is None


@pytest.mark.parametrize("status", [404, 403, 400])
def test_secrets_are_in_no_error_and_none_of_its_causes(server: FileServer, status: int) -> None:
    secret = "X-Amz-Signature=abc%2Fdef&sig=q'x y"
    server.failures[f"/a.bin?{secret}"] = [status]
    with pytest.raises(ReadError) as caught:
        fetch(f"{server.url}/a.bin?{secret}")
    shown = "".join(traceback.format_exception(caught.value))
    assert f"{server.url}/a.bin?***" in shown
    for part in ("abc", "def", "q'x", "x y", "X-Amz"):
        assert part not in shown.replace('fetch(f"{server.url}/a.bin?{secret}")', "")
    assert "abc" not in repr(caught.value.__reduce__())
