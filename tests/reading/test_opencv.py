"""Installed versions of OpenCV, simulated by metadata folders on the path, as pip writes them."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import requires
from pathlib import Path

import cv2
import pytest
from small_pairs import Pairs

from seqaug import SegmentationSequence, SeqaugWarning
from seqaug.reading.opencv import MIN_VERSION, check_opencv, require_opencv


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return a function that writes a distribution's metadata, and hide the real ones."""
    check_opencv.cache_clear()
    others = [path for path in sys.path if not Path(path, "cv2").is_dir()]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *others])

    def write(name: str, version: str) -> None:
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")

    return write


def test_two_distributions_give_one_warning(install: Callable[[str, str], None], pairs: Pairs) -> None:
    install("opencv-python", "4.9.0.80")
    install("opencv-python-headless", "4.12.0.88")
    message = (
        rf"opencv-python 4\.9\.0\.80 and opencv-python-headless 4\.12\.0\.88 share one folder, cv2, .* gives "
        rf"{cv2.__version__}; expected only one: pip uninstall -y opencv-python opencv-python-headless && pip install"
    )
    with pytest.warns(SeqaugWarning, match=message) as warned:
        SegmentationSequence(pairs.pixels, pairs.ids % 3, workers=0)
    assert warned[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SegmentationSequence(pairs.pixels, pairs.ids % 3, workers=0)


@pytest.mark.parametrize("found", ["4.10.0", "4.9.0-dev", "3.4.18"])
def test_an_old_version_is_refused(
    install: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    monkeypatch.setattr(cv2, "__version__", found)
    message = (
        rf"OpenCV is {found}, from .*cv2.*; expected 4\.11 or newer: pip install \"opencv-python-headless>=4\.11\""
    )
    with pytest.raises(ImportError, match=message):  # a custom build has no metadata
        require_opencv()
    install("opencv-python-headless", "4.12.0.88")
    with pytest.raises(ImportError, match=r"newer: pip uninstall -y opencv-python-headless && pip install"):
        require_opencv()
    install("opencv-python", "4.10.0.84")
    with pytest.raises(ImportError, match=r"although opencv-python 4\.10\.0\.84 and opencv-python-headless"):
        require_opencv()


@pytest.mark.parametrize(
    "words", ["from seqaug import SegmentationSequence", "import seqaug.cli.check, seqaug.checking.dataset"]
)
def test_an_old_version_is_named_instead_of_a_missing_attribute(words: str) -> None:
    """`from seqaug import` would report an AttributeError as "cannot import name"."""
    old = "import cv2; cv2.__version__ = '4.10.0'; del cv2.IMREAD_COLOR_RGB"
    done = subprocess.run([sys.executable, "-c", f"{old}; {words}"], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("ImportError: OpenCV is 4.10.0, from ")


@pytest.mark.parametrize("found", ["4.11.0", "4.13.0-pre", "5.0.0"])
def test_a_new_version_is_accepted(
    install: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    install("opencv-python-headless", found)
    monkeypatch.setattr(cv2, "__version__", found)
    require_opencv()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_opencv()


def test_the_bound_equals_that_of_the_distribution() -> None:
    assert f"opencv-python-headless>={'.'.join(map(str, MIN_VERSION))}" in (requires("seqaug") or [])
