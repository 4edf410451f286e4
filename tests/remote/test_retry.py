"""Retries, and errors of remote files."""

from __future__ import annotations

import builtins
import importlib
import sys
import traceback
from pathlib import Path
from typing import Any

import fsspec
import pytest
from file_server import STALLED, FileServer, serving

from seqaug import ReadError, SeqaugWarning
from seqaug.remote import retry
from seqaug.remote.fetch import content_state, fetch, require


@pytest.mark.usefixtures("without_delays")
@pytest.mark.parametrize("failures", [[500, 503], [0, 429], [408, 0]])
def test_short_failures_are_retried(tmp_path: Path, server: FileServer, failures: list[int]) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    server.failures["/a.bin"] = failures
    assert fetch(f"{server.url}/a.bin") == b"123"
    assert server.requests["/a.bin"] == 3


@pytest.mark.usefixtures("without_delays")
@pytest.mark.parametrize(("status", "detail"), [(503, r"HTTP 503 Service Unavailable"), (0, "ClientPayloadError")])
def test_long_failures_are_errors(tmp_path: Path, server: FileServer, status: int, detail: str) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    server.failures["/a.bin"] = [status] * 9
    with pytest.raises(ReadError, match=rf"a\.bin: cannot be fetched in 3 attempts \({detail}.*server is reachable"):
        fetch(f"{server.url}/a.bin")
    assert server.requests["/a.bin"] == 3


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a time-out of 0.2 seconds."""
    monkeypatch.setenv("SEQAUG_READ_TIMEOUT", "0.2")


@pytest.mark.usefixtures("without_delays", "impatient")
def test_a_stalled_server_times_out(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    server.failures["/a.bin?X-Amz-Signature=secret"] = [STALLED] * 3
    host = server.url.removeprefix("http://")
    timeouts = r"10 s to connect, 0\.2 s to respond; SEQAUG_CONNECT_TIMEOUT and SEQAUG_READ_TIMEOUT set other limits"
    with (
        pytest.warns(SeqaugWarning, match=rf"^{host} has not responded in time \({timeouts}\); starting the") as caught,
        pytest.raises(
            ReadError, match=rf"a\.bin\?\*{{3}}: cannot be fetched in 3 attempts: no response in time \({timeouts}"
        ),
    ):
        fetch(f"{server.url}/a.bin?X-Amz-Signature=secret")
    assert [str(warning.message).split()[-4] for warning in caught] == ["second", "third"]
    assert "secret" not in "".join(str(warning.message) for warning in caught)


@pytest.mark.usefixtures("without_delays", "impatient")
def test_a_server_that_stalls_once(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    server.failures["/a.bin"] = [STALLED]
    with pytest.warns(SeqaugWarning, match="starting the second of 3 attempts"):
        assert fetch(f"{server.url}/a.bin") == b"123"


@pytest.mark.usefixtures("without_delays")
def test_an_fsspec_cache_reports_a_failure_as_a_missing_file(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "b.bin").write_bytes(b"123")
    # Before 2026.2, fsspec's cache takes half a file for the whole one, and leaves it to the decoder to notice.
    is_half_noticed = tuple(map(int, fsspec.__version__.split(".")[:2])) >= (2026, 2)
    server.failures["/b.bin"] = [503, 0] if is_half_noticed else [503]
    assert fetch(f"simplecache::{server.url}/b.bin") == b"123"
    with pytest.raises(ReadError, match=r"no such file or folder \(or the server failed: simplecache:: does not say"):
        fetch(f"simplecache::{server.url}/a.bin")


@pytest.mark.parametrize("variable", ["SEQAUG_READ_TIMEOUT", "SEQAUG_CONNECT_TIMEOUT"])
@pytest.mark.parametrize("wrong", ["soon", "0", "-1", "inf"])
def test_invalid_timeouts(server: FileServer, monkeypatch: pytest.MonkeyPatch, variable: str, wrong: str) -> None:
    monkeypatch.setenv(variable, wrong)
    with pytest.raises(ReadError, match=rf"a\.bin: .*variable {variable} is '{wrong}'; expected seconds"):
        fetch(f"{server.url}/a.bin")


def test_the_users_fsspec_configuration_takes_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(importlib.import_module("fsspec.config").conf, "https", {"client_kwargs": {"timeout": "own"}})
    assert retry._timeouts("https://h/a") == {"https": {"client_kwargs": {"timeout": "own"}}}
    assert set(retry._timeouts("zip://a::simplecache::http://h/a")) == {"http"}
    assert retry._timeouts("s3://b/a") == {}


@pytest.mark.usefixtures("without_delays")
def test_no_server(tmp_path: Path) -> None:
    with serving(tmp_path) as stopped:
        url = f"{stopped.url}/a.bin"
    with pytest.raises(ReadError, match=r"a\.bin: cannot be fetched in 3 attempts \(Client"):
        fetch(url)


def test_the_delays_grow(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", slept.append)
    server.failures["/a.bin"] = [500] * 3
    with pytest.raises(ReadError):
        fetch(f"{server.url}/a.bin")
    assert slept == [0.5, 2.0]


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (404, r"no such file or folder; check the URL"),
        (403, r"access denied \(HTTP 403 Forbidden\); credentials and settings are fsspec's"),
        (401, r"access denied \(HTTP 401 Unauthorized\); credentials and settings are fsspec's"),
        (400, r"cannot be fetched \(HTTP 400 Bad Request\); check the URL"),
    ],
)
def test_permanent_errors_are_not_retried(server: FileServer, status: int, detail: str) -> None:
    server.failures["/a.bin"] = [status] * 3
    with pytest.raises(ReadError, match=rf"^{server.url}/a\.bin: {detail}"):
        fetch(f"{server.url}/a.bin")
    assert server.requests["/a.bin"] == 1


def test_unreadable_files(monkeypatch: pytest.MonkeyPatch, memory: Any) -> None:
    def refuse(self: object, path: str, **_: object) -> bytes:
        raise PermissionError(13, "Forbidden")

    monkeypatch.setattr(type(memory), "cat_file", refuse)
    with pytest.raises(ReadError, match=r"memory://a: access denied \(PermissionError: .*Forbidden\); credentials"):
        fetch("memory://a")


def test_memory_of_another_process(memory: Any) -> None:
    with pytest.raises(
        ReadError, match=r"memory://x\.png: no such file.*memory:// belongs to one process.*use threads"
    ):
        fetch("memory://x.png")


def test_unknown_protocols() -> None:
    for read in (fetch, require):
        with pytest.raises(ReadError, match=r"foo://x: Protocol not known: foo; expected a URL that fsspec reads"):
            read("foo://x")


def test_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_errors_and_their_causes_contain_no_secrets(server: FileServer, status: int) -> None:
    secret = "X-Amz-Signature=abc%2Fdef&sig=q'x y"
    server.failures[f"/a.bin?{secret}"] = [status]
    with pytest.raises(ReadError) as caught:
        fetch(f"{server.url}/a.bin?{secret}")
    shown = "".join(traceback.format_exception(caught.value))
    assert f"{server.url}/a.bin?***" in shown
    for part in ("abc", "def", "q'x", "x y", "X-Amz"):
        assert part not in shown.replace('fetch(f"{server.url}/a.bin?{secret}")', "")
    assert "abc" not in repr(caught.value.__reduce__())
