"""What docs/install.md lists by hand is what setup.cfg requires."""

import re
from importlib.metadata import requires
from pathlib import Path

import pytest

from seqaug.reading.opencv import _DISTRIBUTIONS

PAGE = (Path(__file__).parents[1] / "docs" / "install.md").read_text(encoding="utf-8")
BY_HAND = re.findall(r"^pip install (tensorflow-cpu|jax) (.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("framework", "listed"), BY_HAND)
def test_dependencies_without_tensorflow(framework: str, listed: str) -> None:
    required = {one for one in requires("seqaug") or [] if "extra" not in one and not one.startswith("tensorflow")}
    assert set(listed.replace('"', "").split()) == required


def test_both_lists_are_there() -> None:
    assert [framework for framework, _ in BY_HAND] == ["tensorflow-cpu", "jax"]


def test_all_distributions_of_opencv_are_uninstalled() -> None:
    assert f"pip uninstall -y {' '.join(_DISTRIBUTIONS)}\n" in PAGE


def test_its_links_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^## (.*)", PAGE, re.M)
    }
    assert set(re.findall(r"\]\(#(.*?)\)", PAGE)) <= headings
