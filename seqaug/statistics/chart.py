"""A chart of class statistics."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from seqaug.statistics.class_statistics import ClassStatistics
from seqaug.utils.distinct_colors import distinct_colors
from seqaug.utils.figures import new_figure, picture_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_EDGE = "#444444"  # sets light colours off from the paper
_DPI = 120
# The height of a row; with many rows it shrinks, down to what is readable, to keep the picture below 4,000 pixels.
_ROW_INCHES, _LEAST_ROW_INCHES = 0.27, 0.16
_OTHER_INCHES, _MOST_INCHES = 1.6, 4000 / _DPI
_LEAST_SHARE = 1e-6


def save_class_chart(
    statistics: ClassStatistics,
    path: str | os.PathLike[str],
    colors: np.ndarray[Any, np.dtype[np.uint8]] | None = None,
) -> None:
    """Draw each class's share of pixels, on a logarithmic scale, and of images.

    Args:
        statistics: the statistics to draw.
        path: the output file, .png, .jpg, .webp, .pdf or .svg.
        colors: RGB of each class, (K, 3); None: automatic colours, distinct for up to 256 classes.

    Raises:
        ImportError: matplotlib is missing.
        ValueError: the suffix is none of these, or the path is not writable.
    """
    file = picture_file("path", path)
    if colors is None:
        colors = distinct_colors()[np.arange(len(statistics.names)) % len(distinct_colors())]
    shades = colors / 255
    rows = np.arange(len(statistics.names))
    height = max(min(_ROW_INCHES, (_MOST_INCHES - _OTHER_INCHES) / len(rows)), _LEAST_ROW_INCHES)
    figure = new_figure(9, _OTHER_INCHES + height * len(rows))
    pixels, images = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    present = statistics.share[statistics.share > 0]
    of = "all" if statistics.overlapping else "labelled"
    least = 10 ** np.floor(np.log10(max(present.min(initial=1), _LEAST_SHARE)) - 0.3)
    bars = pixels.barh(rows, np.maximum(statistics.share, least), color=shades, edgecolor=_EDGE, linewidth=0.6)
    pixels.bar_label(bars, [_percent(share) for share in statistics.share], padding=3, fontsize=8)
    pixels.set(xscale="log", xlim=(least, 3), xlabel=f"share of {of} pixels (log scale)")
    ticks = 10.0 ** np.arange(np.log10(least), 1)
    pixels.set_xticks(ticks, [_percent(tick) for tick in ticks])
    pixels.set_xticks([], minor=True)
    pixels.set_yticks(rows, statistics.names)
    pixels.set_ylim(len(rows) - 0.4, -0.6)
    share = statistics.images / max(statistics.num_images, 1)
    bars = images.barh(rows, share, color=shades, edgecolor=_EDGE, linewidth=0.6)
    images.bar_label(bars, [f"{count:,}" for count in statistics.images], padding=3, fontsize=8)
    images.set(xlim=(0, 1.2), xlabel="images that contain the class")
    images.set_xticks([0, 0.5, 1], ["0", "half", "all"])
    for axes in (pixels, images):
        _make_plain(axes)
    total = int(statistics.pixels.sum()) + statistics.ignored_pixels
    ignored = f"{statistics.ignored_pixels / max(total, 1):.1%} of pixels ignored"
    about = "classes may overlap" if statistics.overlapping else ignored
    figure.suptitle(f"{statistics.num_images:,} masks, {about}", fontsize=11)
    figure.savefig(file, dpi=_DPI)


def _make_plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd")
    axes.set_axisbelow(True)


def _percent(share: float) -> str:
    return f"{float(f'{100 * share:.2g}'):g}%"
