"""Warnings that point at the user's line."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

from seqaug.errors import SeqaugWarning
from seqaug.utils.redaction import redacted

# Their frames lie between the user's line and ours: `model.fit(seq)` is what the user wrote.
_LIBRARIES = frozenset({"seqaug", "keras", "tensorflow", "jax", "torch", "threading", "concurrent", "contextlib"})


def warn_user(message: str) -> None:
    """Issue a `SeqaugWarning` at the line of the user's that led here.

    That is the innermost frame outside of this package, of Keras and its backends, and of what starts threads. In a
    thread that has no such frame, it is the outermost one.

    Args:
        message: what was found, and the cure.
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
