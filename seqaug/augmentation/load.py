"""Loads a transform from a file of `A.save`, or by its name in a module."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

from seqaug.augmentation.albumentations import BaseCompose, BasicTransform, load

_FORMATS = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def load_transform(name: str) -> Any:
    """Load a transform by its name.

    Args:
        name: the path of a JSON or YAML file that `A.save` wrote; or `module:name`, importable or in the working
            directory: a transform, or a function without required arguments that returns one.

    Returns:
        An Albumentations transform or composition.

    Raises:
        ValueError: there is no such file, module or name, or it is none of these.
    """
    suffix = os.path.splitext(name)[1].lower()
    loaded = _from_file(name, _FORMATS[suffix]) if suffix in _FORMATS else _from_module(name)
    if not isinstance(loaded, BasicTransform | BaseCompose):
        raise ValueError(f"{name!r} is a {type(loaded).__name__}; expected an Albumentations transform or composition")
    return loaded


def _from_file(path: str, data_format: str) -> Any:
    if not os.path.isfile(path):
        raise ValueError(f"{path!r}: no such file; expected one that A.save(transform, {path!r}) wrote")
    try:
        return load(path, data_format=data_format)
    except Exception as error:  # parsers raise errors of many types
        raise ValueError(
            f"{path!r} is not a saved transform ({type(error).__name__}: {error}); expected a file that "
            f'A.save(transform, path, data_format="{data_format}") wrote'
        ) from error


def _from_module(name: str) -> Any:
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise ValueError(
            f"{name!r}; expected a .json or .yaml file that A.save wrote, or module:name, such as training:transform"
        )
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f"{name!r}: {error}; expected a module here or installed, and a name in it") from error
    except (Exception, SystemExit) as error:
        raise ValueError(
            f"{name!r}: importing {module} raised {_described(error)}; expected a module that defines a transform and "
            'runs its script below `if __name__ == "__main__"`'
        ) from error
    try:
        value = getattr(found, attribute)
    except AttributeError as error:
        raise ValueError(f"{name!r}: {error}; expected a module here or installed, and a name in it") from error
    if not callable(value) or isinstance(value, BasicTransform | BaseCompose):
        return value
    try:
        return value()
    except (Exception, SystemExit) as error:
        raise ValueError(
            f"{name!r}: {attribute}() raised {_described(error)}; expected a function that needs no arguments and "
            "returns a transform"
        ) from error


def _described(error: BaseException) -> str:
    """Describe an error, and where in the user's code it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
