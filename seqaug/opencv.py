"""Whether the OpenCV that is imported is the one that was installed for this package."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import cv2

from seqaug.user_warnings import warn_user

# The lowest version, as in setup.cfg.
LEAST = (4, 11)
# All of these write into one folder, cv2, and pip does not know.
_DISTRIBUTIONS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


@cache
def check_opencv() -> None:
    """Warn, once in a process, of several distributions of OpenCV in one folder, and of one that is too old."""
    found = {name: number for name in _DISTRIBUTIONS if (number := _version(name)) is not None}
    least = ".".join(map(str, LEAST))
    cure = f'pip uninstall -y {" ".join(found)} && pip install "opencv-python-headless>={least}"'
    is_old = _numbers(cv2.__version__) < LEAST
    if len(found) > 1:
        shared = " and ".join(f"{name} {number}" for name, number in found.items())
        needed = f", and seqaug needs {least} or newer" if is_old else ""
        warn_user(
            f"{shared} share one folder, cv2, of which each has overwritten files of the other: `import cv2` gives "
            f"{cv2.__version__}{needed}; expected one: {cure}"
        )
    elif is_old:
        warn_user(
            f"OpenCV is {cv2.__version__}, from {cv2.__file__}; expected {least} or newer, with which seqaug is "
            "tested: " + (cure if found else f'install "opencv-python-headless>={least}" in its place')
        )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])
