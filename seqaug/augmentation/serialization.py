"""Transforms as JSON: Albumentations' own format, checked to give the same transform again."""

from __future__ import annotations

import importlib
import json
from typing import Any

import albumentations as A  # noqa: N812


def transform_to_json(transform: Any) -> dict[str, Any]:
    """Return a transform as a dict that `json.dumps` takes.

    Raises:
        ValueError: Albumentations cannot serialize it, or would give another transform back; the message says why.
    """
    try:
        text = json.dumps(A.to_dict(transform))
        again = json.dumps(A.to_dict(transform_from_json(json.loads(text))))
    except Exception as error:  # transforms of the user's own raise anything
        raise ValueError(f"A.to_dict and A.from_dict do not take it: {type(error).__name__}: {error}") from error
    if again != text:
        raise ValueError("A.from_dict(A.to_dict(transform)) differs from it")
    found: dict[str, Any] = json.loads(text)
    return found


def transform_from_json(content: dict[str, Any]) -> Any:
    """Create the transform that `transform_to_json` described; those of other packages must be imported already."""
    _import_own(content)
    return A.from_dict(content)


def _import_own(content: Any) -> None:
    """Import the modules of this package's transforms, which registers them."""
    if isinstance(content, list):
        for value in content:
            _import_own(value)
    elif isinstance(content, dict):
        name = content.get("__class_fullname__")
        if isinstance(name, str) and name.startswith("seqaug."):
            module, _, kind = name.rpartition(".")
            getattr(importlib.import_module(module), kind, None)
        for value in content.values():
            _import_own(value)
