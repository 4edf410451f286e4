"""Checks of the installed OpenCV: its version, and clashes between its distributions."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import cv2

from seqaug.core.user_warnings import warn_user

# As in setup.cfg.
MIN_VERSION = (4, 11)
_MIN_VERSION = ".".join(map(str, MIN_VERSION))
# All of them install into the folder cv2, unnoticed by pip.
_DISTRIBUTIONS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def require_opencv() -> None:
    """Refuse an OpenCV that is too old, before the code meets an AttributeError.

    Raises:
        ImportError: `cv2` is too old, even if pip lists a newer one that it shadows.
    """
    if _parse(cv2.__version__) >= MIN_VERSION:
        return
    found = _installed()
    installed = f", although {_listed(found)} are installed" if len(found) > 1 else ""
    uninstall = f"pip uninstall -y {' '.join(found)} && " if found else ""
    raise ImportError(
        f"OpenCV is {cv2.__version__}, from {cv2.__file__}{installed}; expected {_MIN_VERSION} or newer: "
        f'{uninstall}pip install "opencv-python-headless>={_MIN_VERSION}"'
    )


@cache
def check_opencv() -> None:
    """Warn, once per process, if several distributions of OpenCV share one folder."""
    found = _installed()
    if len(found) > 1:
        warn_user(
            f"{_listed(found)} share one folder, cv2, and have overwritten each other's files: `import cv2` "
            f"gives {cv2.__version__}; expected only one: pip uninstall -y {' '.join(found)} && "
            f'pip install "opencv-python-headless>={_MIN_VERSION}"'
        )


def _installed() -> dict[str, str]:
    return {name: number for name in _DISTRIBUTIONS if (number := _version(name)) is not None}


def _listed(found: dict[str, str]) -> str:
    return " and ".join(f"{name} {number}" for name, number in found.items())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _parse(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])
