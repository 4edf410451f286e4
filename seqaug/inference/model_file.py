"""Models in files."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any


def load_model(path: str, modules: Sequence[str] = ()) -> Any:
    """Load a Keras model, without its loss and metrics.

    Args:
        path: a .keras file.
        modules: modules that register the model's own layers, importable or in the working directory.

    Raises:
        ValueError: there is no such file or module, or Keras cannot load it.
    """
    if not os.path.exists(path):
        raise ValueError(f"{path!r}: no such file; expected a model that model.save('model.keras') wrote")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        for module in modules:
            importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f"{module!r}: {error}; expected a module here or installed") from error
    import keras

    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # of many types, and many lines
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{path!r} cannot be loaded by Keras {keras.__version__}: {reason[:300]}; expected a file that "
            "model.save('model.keras') wrote, and --import with the module of each layer of your own"
        ) from error
