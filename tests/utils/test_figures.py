"""Figures."""

import sys

import pytest

from seqaug.utils.figures import new_figure


def test_a_figure_has_no_window() -> None:
    assert new_figure(3, 2).canvas.manager is None


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "seqaug\[plot\]"'):
        new_figure(3, 2)
