"""Warnings that point at the user's line of code."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

from seqaug.errors import SeqaugWarning
from seqaug.utils.redaction import redacted

# Their frames lie between the user's line, such as `model.fit(seq)`, and ours.
_LIBRARIES = frozenset({"seqaug", "keras", "tensorflow", "jax", "torch", "threading", "concurrent", "contextlib"})


def warn_user(message: str) -> None:
    """Issue a `SeqaugWarning` at the user's line that led here.

    That is the innermost frame outside of this package, Keras, its backends and the modules that start threads; in a
    thread without such a frame, the outermost one.

    Args:
        message: what was found, and the remedy.
    """
    frame = _users_frame(sys._getframe(1))
    warnings.warn_explicit(
        redacted(message),
        SeqaugWarning,
        filename=frame.f_code.co_filename,
        lineno=frame.f_lineno,
        module=frame.f_globals.get("__name__"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _users_frame(frame: FrameType) -> FrameType:
    while frame.f_globals.get("__name__", "").partition(".")[0] in _LIBRARIES and frame.f_back is not None:
        frame = frame.f_back
    return frame
