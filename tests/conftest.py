"""Data that several tests use: small pairs of files made on the spot, and CamVid where it is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from file_server import FileServer, serving
from hypothesis import settings
from small_pairs import Pairs, write_pairs

from seqaug.reading import images as image_reading
from seqaug.remote import attempts

# How long an example takes says how busy the machine is.
settings.register_profile("seqaug", deadline=None)
settings.load_profile("seqaug")


@pytest.fixture
def pairs(tmp_path: Path) -> Pairs:
    """Six pairs of 24x32 pixels."""
    return write_pairs(tmp_path / "data")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    """An HTTP server of the test's folder, with index pages."""
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def memory() -> Iterator[Any]:
    """The file system of `memory://`, empty."""
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    filesystem.pseudo_dirs[:] = [""]
    yield filesystem
    filesystem.store.clear()
    filesystem.pseudo_dirs[:] = [""]


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let remote files be tried again at once."""
    monkeypatch.setattr(attempts, "_PAUSES", (0.0, 0.0))


@pytest.fixture(scope="session")
def camvid() -> Path:
    """The folder of the CamVid sample, beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "camvid"
    if not folder.is_dir():
        pytest.skip("the CamVid sample is not there")
    return folder


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the files that are decoded in this process, as "folder/name"."""
    names: list[str] = []
    decode = image_reading.decode

    def watched(path: Any, data: bytes, flags: int) -> Any:
        names.append("/".join(Path(path).parts[-2:]))
        return decode(path, data, flags)

    monkeypatch.setattr(image_reading, "decode", watched)
    return names
