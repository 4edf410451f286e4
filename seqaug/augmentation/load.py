"""Transforms that are named: a file of `A.save`, or a name in a module."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

from seqaug.augmentation.albumentations import BaseCompose, BasicTransform, load

_FORMATS = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def named_transform(name: str) -> Any:
    """Load a transform by its name.

    Args:
        name: the path of a JSON or YAML file that `A.save` wrote; or `module:name`, looked for in the working directory
            as well: a transform, or a function that makes one and needs no arguments.

    Returns:
        An Albumentations transform or composition.

    Raises:
        ValueError: there is no such file, module or name, or it is none of these.
    """
    suffix = os.path.splitext(name)[1].lower()
    made = _of_file(name, _FORMATS[suffix]) if suffix in _FORMATS else _of_module(name)
    if not isinstance(made, BasicTransform | BaseCompose):
        raise ValueError(f"{name!r} is a {type(made).__name__}; expected an Albumentations transform or composition")
    return made


def _of_file(path: str, data_format: str) -> Any:
    if not os.path.isfile(path):
        raise ValueError(f"{path!r}: no such file; expected one that A.save(transform, {path!r}) wrote")
    try:
        return load(path, data_format=data_format)
    except Exception as error:  # what is wrong with a file has many names
        raise ValueError(
            f"{path!r} is no saved transform ({type(error).__name__}: {error}); expected a file that A.save(transform, "
            f'path, data_format="{data_format}") wrote'
        ) from error


def _of_module(name: str) -> Any:
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
            f"{name!r}: to import {module} raised {_described(error)}; expected a module that defines a transform and "
            'does its work below `if __name__ == "__main__"`'
        ) from error
    try:
        made = getattr(found, attribute)
    except AttributeError as error:
        raise ValueError(f"{name!r}: {error}; expected a module here or installed, and a name in it") from error
    if not callable(made) or isinstance(made, BasicTransform | BaseCompose):
        return made
    try:
        return made()
    except (Exception, SystemExit) as error:
        raise ValueError(
            f"{name!r}: {attribute}() raised {_described(error)}; expected a function that needs no arguments and "
            "returns a transform"
        ) from error


def _described(error: BaseException) -> str:
    """Say what an error is, and where in the user's code it came up."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
