"""Scripts as modules, for tests of their functions, and run without a process of their own."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def load_script(name: str) -> ModuleType:
    """Load `scripts/NAME.py` anew, without running it as a program: `load_script("segnet/model")`."""
    spec = importlib.util.spec_from_file_location(Path(name).name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_script(monkeypatch: pytest.MonkeyPatch, name: str, *words: object) -> None:
    """Do what `python scripts/NAME.py WORDS` does, in this process, which has imported Keras already."""
    file = SCRIPTS / f"{name}.py"
    monkeypatch.syspath_prepend(file.parent)
    # For processes that others start for it, such as Ray's.
    monkeypatch.setenv("PYTHONPATH", str(file.parent), prepend=os.pathsep)
    monkeypatch.setattr(sys, "argv", [str(file), *map(str, words)])
    load_script(name).main()
