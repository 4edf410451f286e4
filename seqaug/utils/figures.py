"""Figures, drawn with matplotlib, the extra `seqaug[plot]`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from seqaug.utils.validation import output_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".pdf", ".svg")


def picture_file(name: str, path: str | os.PathLike[str]) -> Path:
    """Validate the path of a picture, before anything is drawn.

    Args:
        name: the argument's name, for messages.
        path: the file; its suffix sets the format.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: an unsupported format, or a path that cannot be written.
    """
    file = output_file(name, path, _SUFFIXES)
    require_matplotlib()
    return file


def require_matplotlib() -> None:
    """Check that matplotlib is installed.

    Raises:
        ImportError: it is not; the message says how to install it.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise ImportError('pictures are drawn with matplotlib, which is missing: pip install "seqaug[plot]"') from error


def new_figure(width: float, height: float) -> Figure:
    """Create an empty figure, in inches, without a window and outside of matplotlib's global state.

    Raises:
        ImportError: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
