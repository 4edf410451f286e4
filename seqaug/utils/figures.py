"""Figures, which need matplotlib: the extra `seqaug[plot]`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from seqaug.utils.validation import output_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_KINDS = (".png", ".jpg", ".jpeg", ".webp", ".pdf", ".svg")


def picture_file(name: str, path: str | os.PathLike[str]) -> Path:
    """Check, before anything is drawn, that a picture can be written.

    Args:
        name: of the argument, for messages.
        path: the file; its suffix says of which kind the picture is.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: pictures of this kind are not written, or nothing can be written there.
    """
    file = output_file(name, path, _KINDS)
    require_matplotlib()
    return file


def require_matplotlib() -> None:
    """Say what to do where matplotlib is missing.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise ImportError('pictures are drawn with matplotlib, which is missing: pip install "seqaug[plot]"') from error


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, that no window and no global state of matplotlib knows.

    Raises:
        ImportError: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
