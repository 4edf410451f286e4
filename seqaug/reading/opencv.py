"""Whether the OpenCV that is imported is the one that was installed for this package."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import cv2

from seqaug.core.user_warnings import warn_user

# The lowest version, as in setup.cfg.
LEAST = (4, 11)
_LEAST = ".".join(map(str, LEAST))
# All of these write into one folder, cv2, and pip does not know.
_DISTRIBUTIONS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def require_opencv() -> None:
    """Refuse an OpenCV that is too old, before it is missed by an AttributeError.

    Raises:
        ImportError: it is, be it another one than pip says, which shadows it.
    """
    if _numbers(cv2.__version__) >= LEAST:
        return
    found = _found()
    installed = f", though installed are {_listed(found)}" if len(found) > 1 else ""
    uninstall = f"pip uninstall -y {' '.join(found)} && " if found else ""
    raise ImportError(
        f"OpenCV is {cv2.__version__}, from {cv2.__file__}{installed}; expected {_LEAST} or newer: "
        f'{uninstall}pip install "opencv-python-headless>={_LEAST}"'
    )


@cache
def check_opencv() -> None:
    """Warn, once in a process, of several distributions of OpenCV in one folder."""
    found = _found()
    if len(found) > 1:
        warn_user(
            f"{_listed(found)} share one folder, cv2, of which each has overwritten files of the other: `import cv2` "
            f"gives {cv2.__version__}; expected one: pip uninstall -y {' '.join(found)} && "
            f'pip install "opencv-python-headless>={_LEAST}"'
        )


def _found() -> dict[str, str]:
    return {name: number for name in _DISTRIBUTIONS if (number := _version(name)) is not None}


def _listed(found: dict[str, str]) -> str:
    return " and ".join(f"{name} {number}" for name, number in found.items())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])
