"""Data that several tests use: small pairs of files made on the spot, and CamVid where it is at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from small_pairs import Pairs, write_pairs

from seqaug.reading import images as image_reading

# How long an example takes says how busy the machine is.
settings.register_profile("seqaug", deadline=None)
settings.load_profile("seqaug")


@pytest.fixture
def pairs(tmp_path: Path) -> Pairs:
    """Six pairs of 24x32 pixels."""
    return write_pairs(tmp_path / "data")


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
