"""Data that several tests use: small pairs of files made on the spot, and CamVid where it is at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_pairs import Pairs, write_pairs


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
