"""Remote files of which only what is read is fetched."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from file_server import FileServer

from seqaug import ReadError
from seqaug.remote.ranges import open_ranges

READS = [(0, 0, 10), (5, 1, 70_000), (-20, 2, 100), (200_000, 0, -1), (9, 0, 0), (400_000, 0, 5)]
CONTENT = np.random.default_rng(0).bytes(300_000)


def test_reading_is_that_of_a_local_file(tmp_path: Path, server: FileServer, memory: Any) -> None:
    server.ranges = True
    (tmp_path / "a.bin").write_bytes(CONTENT)
    memory.pipe("/a.bin", CONTENT)
    for url in (f"{server.url}/a.bin", "memory://a.bin"):
        file, local = open_ranges(url), io.BytesIO(CONTENT)
        assert file is not None
        for offset, whence, size in [
            (0, 0, 10),
            (5, 1, 70_000),
            (-20, 2, 100),
            (200_000, 0, -1),
            (9, 0, 0),
            (400_000, 0, 5),
        ]:
            assert file.seek(offset, whence) == local.seek(offset, whence)
            assert file.read(size) == local.read(size)
            if local.tell() < len(CONTENT):
                assert file.tell() == local.tell()
    assert server.requests["/a.bin"] <= 5
    assert server.sent["/a.bin"] == len(CONTENT) - 2**16  # each block once, but for the third


def test_only_what_is_read_is_fetched(tmp_path: Path, server: FileServer) -> None:
    server.ranges = True
    (tmp_path / "a.bin").write_bytes(CONTENT)
    file = open_ranges(f"{server.url}/a.bin")
    assert file is not None
    file.seek(250_000)
    assert file.read(100) == CONTENT[250_000:250_100]
    assert server.sent["/a.bin"] <= 2 * 2**16


def test_servers_that_send_whole_files_are_told_apart(tmp_path: Path, server: FileServer) -> None:
    (tmp_path / "a.bin").write_bytes(CONTENT)
    assert open_ranges(f"{server.url}/a.bin") is None


def test_errors_name_the_file(tmp_path: Path, server: FileServer) -> None:
    server.ranges = True
    with pytest.raises(ReadError, match="no such file"):
        open_ranges(f"{server.url}/none.bin")
    (tmp_path / "a.bin").write_bytes(CONTENT)
    file = open_ranges(f"{server.url}/a.bin")
    assert file is not None
    server.failures["/a.bin"] = [403]
    file.seek(200_000)
    with pytest.raises(ReadError, match=r"a\.bin.*access denied"):
        file.read(10)
    assert file.error is not None
    assert file.read(10) == CONTENT[200_000:200_010]
