"""Scripts import each other by name: Python searches a script's own folder first."""

import runpy
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from script_modules import SCRIPTS

FILES = sorted(SCRIPTS.rglob("*.py"))
PEERS = {"peer_dali": "nvidia.dali", "peer_grain": "grain", "peer_torch": "torch", "tiles_torch": "torch"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(SCRIPTS).as_posix())
def test_each_imports_with_its_folder_in_the_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if file.stem in PEERS:
        pytest.importorskip(PEERS[file.stem], exc_type=ImportError)
    monkeypatch.syspath_prepend(file.parent)
    runpy.run_path(str(file), run_name=file.stem)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(SCRIPTS).as_posix())
def test_none_shadows_a_library(file: Path) -> None:
    elsewhere = [folder for folder in sys.path if SCRIPTS not in (Path(folder), *Path(folder).parents)]
    assert file.stem not in sys.stdlib_module_names
    assert PathFinder.find_spec(file.stem, elsewhere) is None, f"{file.stem} is a library; expected another name"
