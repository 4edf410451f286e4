"""A chart of an evaluation: confusion matrix, and IoU of each class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqaug.utils.distinct_colors import distinct_colors
from seqaug.utils.figures import new_figure, picture_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = np.ndarray[Any, Any]

_DPI = 120
_CELL_INCHES, _LEAST_INCHES, _MOST_INCHES = 0.42, 3.0, 16.0
_MOST_WITH_NUMBERS = 25  # classes: cells are too small for text from here on


def draw_evaluation(
    names: Sequence[str],
    confusion: Array,
    iou: Array,
    colors: Array | None,
    path: str | os.PathLike[str] | None,
) -> Figure:
    """Draw both, and write them to a file if there is a path; arguments and errors as for `Evaluation.plot`."""
    file = None if path is None else picture_file("path", path)
    if colors is None:
        colors = distinct_colors()[np.arange(len(names)) % len(distinct_colors())]
    side = min(max(_CELL_INCHES * len(names), _LEAST_INCHES), _MOST_INCHES)
    figure = new_figure(2 * side + 3.5, side + 1.8)
    matrix, bars = figure.subplots(1, 2, width_ratios=(3, 2))
    rows, total = np.arange(len(names)), confusion.sum(1, keepdims=True)
    shares = np.where(total > 0, confusion / np.maximum(total, 1), np.nan)
    matrix.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    matrix.set_xticks(rows, names, rotation=90)
    matrix.set_yticks(rows, names)
    matrix.set(xlabel="predicted class", ylabel="true class", title="share of each true class")
    if len(names) <= _MOST_WITH_NUMBERS:
        for (row, column), share in np.ndenumerate(shares):
            if share >= 0.005:
                shade = "white" if share > 0.5 else "black"
                matrix.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=7, color=shade)
    drawn = bars.barh(rows, np.nan_to_num(iou), color=colors / 255, edgecolor="#444444", linewidth=0.6)
    bars.bar_label(drawn, ["-" if np.isnan(value) else f"{value:.3f}" for value in iou], padding=3, fontsize=8)
    bars.set_yticks(rows, names)
    known = iou[~np.isnan(iou)]
    mean = f"mean {known.mean():.3f}" if known.size else "no class occurs"
    bars.set(xlim=(0, 1.15), ylim=(len(names) - 0.4, -0.6), title=f"IoU, {mean}")
    bars.spines[["top", "right"]].set_visible(False)
    if file is not None:
        figure.savefig(file, dpi=_DPI)
    return figure
