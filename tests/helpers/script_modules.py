"""Scripts as modules, to test their functions and to run them in this process."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def load_script(name: str) -> ModuleType:
    """Import a fresh copy of `scripts/NAME.py`: `load_script("segnet/model")`."""
    spec = importlib.util.spec_from_file_location(Path(name).name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_script(monkeypatch: pytest.MonkeyPatch, name: str, *words: object) -> None:
    """Run `python scripts/NAME.py WORDS` in this process, which has already imported Keras."""
    file = SCRIPTS / f"{name}.py"
    monkeypatch.syspath_prepend(file.parent)
    # For processes that others start for it, such as Ray's.
    monkeypatch.setenv("PYTHONPATH", str(file.parent), prepend=os.pathsep)
    monkeypatch.setattr(sys, "argv", [str(file), *map(str, words)])
    load_script(name).main()
