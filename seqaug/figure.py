"""Figures, which need matplotlib: the extra `seqaug[plot]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, that no window and no global state of matplotlib knows.

    Raises:
        ValueError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError('pictures are drawn with matplotlib, which is missing: pip install "seqaug[plot]"') from error
    return Figure(figsize=(width, height), layout="constrained")
