"""Nested transforms: those in the lists of compositions, and those that a transform holds anywhere else."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import BaseCompose, BasicTransform

Generators = tuple[np.random.Generator, random.Random]

_OPAQUE = (
    *(type(None), str, bytes, int, float, complex, type, FunctionType, ModuleType),
    *(np.ndarray, np.generic, np.random.Generator, random.Random),
)
# Attributes of Albumentations' own that hold no transforms.
_OWN = frozenset({"_key2func", "processors"})


def leaves(transform: Any) -> Iterator[Any]:
    """Walk the single transforms of a composition."""
    if isinstance(transform, BaseCompose):
        for part in transform.transforms:
            yield from leaves(part)
    else:
        yield transform


def nested_transforms(transform: Any) -> list[Any]:
    """List a transform and the nested ones that Albumentations does not find.

    Albumentations looks in the lists of compositions alone. A user's transform may also keep a composition in an
    attribute, in a list or dict there, in another object, or bound into a partial function or a method. Globals and
    closures of functions are not searched, as copies of the transform share them.

    Returns:
        The transform first, then the others; none is in a list of one before it.
    """
    found = [transform]
    # By id; the values keep the objects, and so the ids, alive.
    seen: dict[int, Any] = {}
    for part in found:
        inside = list(_listed(part))
        seen.update((id(inner), inner) for inner in inside)
        waiting = deque(value for inner in inside for value in _attributes(inner))
        while waiting:
            value = waiting.popleft()
            if isinstance(value, _OPAQUE) or id(value) in seen:
                continue
            seen[id(value)] = value
            if isinstance(value, BasicTransform | BaseCompose):
                seen.update((id(inner), inner) for inner in _listed(value))
                found.append(value)
            else:
                waiting.extend(_held(value))
    return found


def set_random_state(transforms: Iterable[Any], generators: Generators) -> None:
    """Let `nested_transforms` draw from the generators of a sample."""
    for transform in transforms:
        transform.set_random_state(*generators)


def _listed(transform: Any) -> Iterator[Any]:
    """Walk a transform and all that Albumentations finds in it."""
    yield transform
    if isinstance(transform, BaseCompose):
        for part in transform.transforms:
            yield from _listed(part)


def _held(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple | set | frozenset | deque):
        return list(value)
    if isinstance(value, partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        return [value.__self__]
    return _attributes(value)


def _attributes(value: Any) -> list[Any]:
    return [held for name, held in getattr(value, "__dict__", {}).items() if name not in _OWN]
