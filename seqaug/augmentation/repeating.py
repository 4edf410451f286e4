"""Transforms that give something else each time, whatever generators they are given: found by applying them again."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import BaseCompose, BasicTransform, Compose, Lambda
from seqaug.augmentation.reach import Generators, reached, set_random_state

Array = np.ndarray[Any, Any]
Apply = Callable[[Any], Mapping[str, Any]]

# Whose code draws from what it is given, or is tested for it.
_TRUSTED = frozenset({"albumentations", "albucore", "seqaug"})
_TIMES = 4


def unrepeatable(
    prepared: Any,
    sample: Mapping[str, Array],
    draws: Callable[[], Generators],
    told: Mapping[str, Any] = MappingProxyType({}),
    *,
    is_suspect: bool = False,
) -> list[str]:
    """Name the transforms that make something else of the same sample with the same draws.

    Each transform with code that is not Albumentations' own is applied some times, alone and with p=1, so that a rare
    one is seen as well. Where none of them is at fault, the composition is, and the first transform of it that was
    given the same twice and made something else of it is named. Nothing is done where all code is Albumentations' own
    and nothing is suspected.

    Args:
        prepared: a composition, as `prepare` gives it; it is not changed.
        sample: the arrays that it is given.
        draws: makes the generators of the sample, the same ones at each call.
        told: what else it is told, such as "class_id".
        is_suspect: whether the sample is known to have come out differently.
    """
    transforms = [part for held in reached(prepared) for part in _parts(held)]
    foreign = [part for part in transforms if _is_foreign(part)]
    if not foreign and not is_suspect:
        return []
    made = partial(_applied, sample=sample, draws=draws, told=told)
    with global_state_kept():
        found = [transform_name(part) for part in foreign if _differs(part, made)]
        if not found and (name := _first_to_differ(prepared, made)) is not None:
            found = [name]
    return list(dict.fromkeys(found))


def transform_name(transform: Any) -> str:
    """Name a transform; a Lambda by its functions as well."""
    name = type(transform).__name__
    if not isinstance(transform, Lambda):
        return name
    functions = transform.custom_apply_fns.items()
    given = [f"{kind}={_name_of(function)}" for kind, function in functions if _root(function) not in _TRUSTED]
    return f"{name}({', '.join(given)})"


def same_arrays(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether arrays of the same names are equal to the last bit, NaN or not."""
    return one.keys() == other.keys() and all(_digest(one[name]) == _digest(other[name]) for name in one)


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _root(value: Any) -> str:
    return str(getattr(value, "__module__", None) or type(value).__module__).partition(".")[0]


def _is_foreign(part: Any) -> bool:
    """Tell whether a transform runs code that is not Albumentations' own: a class, or functions that it was given."""
    if _root(type(part)) not in _TRUSTED:
        return True
    held = [value for name, value in vars(part).items() if name not in ("_key2func", "transforms")]
    held += [inner for value in held if isinstance(value, dict) for inner in value.values()]
    return any(callable(value) and _root(value) not in _TRUSTED for value in held)


def _parts(transform: Any) -> Iterator[Any]:
    """Walk a composition, the others in it, and their single transforms."""
    yield transform
    if isinstance(transform, BaseCompose):
        for part in transform.transforms:
            yield from _parts(part)


def _differs(part: Any, made: Apply) -> bool:
    alone = copy.deepcopy(part)
    alone.p = 1.0
    composition = Compose([alone])
    try:
        first, *others = (_digests(made(composition)) for _ in range(_TIMES))
    except Exception:  # it wants what others leave it, and is met in the composition
        return False
    return any(other != first for other in others)


def _first_to_differ(prepared: Any, made: Apply) -> str | None:
    composition = copy.deepcopy(prepared)
    steps: list[tuple[Any, Any, Any]] = []
    for part in reached(composition):
        for leaf in _parts(part):
            if isinstance(leaf, BasicTransform):
                _note(leaf, steps)
    ways = []
    with suppress(Exception):
        for _ in range(_TIMES):
            steps.clear()
            made(composition)
            ways.append(steps.copy())
    for way in ways[1:]:
        for (leaf, given, result), (other, other_given, other_result) in zip(ways[0], way, strict=False):
            if leaf is not other or given != other_given:
                break
            if result != other_result:
                return transform_name(leaf)
    differing = [way for way in ways[1:] if way != ways[0]]
    # No transform is at fault, and yet others were chosen, or others' results.
    return type(prepared).__name__ if differing else None


def _note(leaf: Any, steps: list[tuple[Any, Any, Any]]) -> None:
    """Let a transform note what it was given and what it made of it."""
    apply = leaf.apply_with_params

    def noting(params: Any, *args: Any, **data: Any) -> Any:
        given = _digests(data)
        result = apply(params, *args, **data)
        steps.append((leaf, given, _digests(result)))
        return result

    leaf.apply_with_params = noting


def _applied(
    composition: Any, sample: Mapping[str, Array], draws: Callable[[], Generators], told: Mapping[str, Any]
) -> Mapping[str, Any]:
    set_random_state(reached(composition), draws())
    result: Mapping[str, Any] = composition(**{name: pixels.copy() for name, pixels in sample.items()}, **told)
    return result


def _digests(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _digest(value) for name, value in arrays.items() if isinstance(value, np.ndarray)}


def _digest(array: Array) -> tuple[Any, ...]:
    return array.shape, array.dtype.str, hash(array.tobytes())


@contextmanager
def global_state_kept() -> Iterator[None]:
    """Leave the global random state as it was, which a transform that is at fault may draw from."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
