"""Files and folders below a URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer

from seqaug import ReadError
from seqaug.remote.listing import list_below

NAMES = ("b.png", "a/b c%.png", "a/d/ü.png", ".h.png", ".g/x.png", "a/.e/y.png", "a/notes.txt")
SHOWN = {"b.png", "a/b c%.png", "a/d/ü.png", "a/notes.txt"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "t" / name).touch()
    (tmp_path / "t" / "empty").mkdir()
    (tmp_path / "u.png").touch()
    return tmp_path / "t"


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("slash", ["", "/"])
def test_index_pages(server: FileServer, slash: str) -> None:
    files, folders = list_below(f"{server.url}/t{slash}")
    assert set(files) == SHOWN
    assert files["a/b c%.png"] == f"{server.url}/t/a/b%20c%25.png"
    assert sorted(folders) == ["a", "a/d", "empty"]
    assert not any("/.g" in path or "/.e" in path for path in server.requests)


@pytest.mark.usefixtures("tree")
def test_chains(server: FileServer) -> None:
    files = list_below(f"simplecache::{server.url}/t").files
    assert files["b.png"] == f"simplecache::{server.url}/t/b.png"
    assert set(files) == SHOWN


@pytest.mark.parametrize("url", ["memory://t", "memory:///t/", "memory://"])
def test_memory(memory: Any, url: str) -> None:
    above = "t/" if url == "memory://" else ""
    for name in NAMES:
        memory.pipe(f"/t/{name}", b"")
    files, folders = list_below(url)
    assert set(files) == {above + name for name in SHOWN}
    assert sorted(folders) == (["t", "t/a", "t/a/d"] if above else ["a", "a/d"])
    assert memory.cat_file(files[f"{above}a/d/ü.png"]) == b""


@pytest.mark.usefixtures("tree")
def test_depth(server: FileServer) -> None:
    assert set(list_below(f"{server.url}/t", 1).files) == {"b.png"}
    assert set(list_below(f"{server.url}/t", 2).files) == SHOWN - {"a/d/ü.png"}
    assert "/t/a/d/" not in server.requests


def test_new_files_are_listed(memory: Any) -> None:
    memory.pipe("/t/a", b"")
    assert set(list_below("memory://t").files) == {"a"}
    memory.pipe("/t/b", b"")
    assert set(list_below("memory://t").files) == {"a", "b"}


def test_links_to_other_folders_and_hosts(tmp_path: Path, server: FileServer) -> None:
    links = (
        "./a.png",
        "a.png",
        "../",
        "../u/",
        "/",
        "?C=N;O=D",
        "http://example.org/x.png",
        f"{server.url}/t/c.png",
        "/t/",
    )
    page = "".join(f'<a href="{link}">x</a>\n' for link in links)
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "index.html").write_text(page)
    found = list_below(f"{server.url}/t").files
    assert {name: url for name, url in found.items() if name.endswith(".png")} == {
        "a.png": f"{server.url}/t/a.png",
        "c.png": f"{server.url}/t/c.png",
    }
    assert set(server.requests) == {"/t/"}


@pytest.mark.usefixtures("without_delays", "tree")
def test_a_folder_is_retried(server: FileServer) -> None:
    server.failures["/t/a/"] = [503, 0]
    assert set(list_below(f"{server.url}/t").files) == SHOWN


@pytest.mark.usefixtures("tree")
def test_a_folder_that_cannot_be_listed_is_an_error(server: FileServer) -> None:
    server.failures["/t/a/"] = [403]
    with pytest.raises(ReadError, match=r"/t/a/: access denied.*an index page.*use from_csv"):
        list_below(f"{server.url}/t")


def test_missing_folders(server: FileServer, memory: Any) -> None:
    with pytest.raises(ReadError, match=r"/none/: no such file or folder.*an index page of links.*use from_csv"):
        list_below(f"{server.url}/none")
    with pytest.raises(ReadError, match=r"memory://none: no such file or folder"):
        list_below("memory://none")
