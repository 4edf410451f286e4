"""Finds nondeterministic transforms, whose results vary for the same generators, by applying them several times."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import BaseCompose, BasicTransform, Compose, Lambda, Sequential
from seqaug.augmentation.nested import Generators, nested_transforms, set_random_state
from seqaug.core.rng import global_state_kept

Array = np.ndarray[Any, Any]
Apply = Callable[[Any], Mapping[str, Any]]

# Packages whose code is known, or tested, to draw from the given generators only.
TRUSTED = frozenset({"albumentations", "albucore", "seqaug"})
_TIMES = 4


def find_nondeterministic(
    mask_safe: Any,
    sample: Mapping[str, Array],
    make_generators: Callable[[], Generators],
    keywords: Mapping[str, Any] = MappingProxyType({}),
    *,
    is_suspect: bool = False,
) -> list[str]:
    """Name the transforms whose results for the same sample and generators vary.

    Each transform with code that is not Albumentations' own is applied several times, alone and with p=1, so that rare
    ones are seen too. If none of them varies, the composition is applied, and its first transform with equal inputs and
    different outputs is named. If all code is Albumentations' own and nothing is suspected, nothing is applied.

    Args:
        mask_safe: a composition, as `make_mask_safe` returns it; it is not changed.
        sample: its input arrays.
        make_generators: makes the generators of the sample, in the same state at each call.
        keywords: further inputs, such as "class_id".
        is_suspect: whether results are known to have varied.
    """
    foreign = [part for part in every_part(mask_safe) if _is_foreign(part)]
    if not foreign and not is_suspect:
        return []
    apply = partial(_apply, sample=sample, make_generators=make_generators, keywords=keywords)
    with global_state_kept():
        found = [transform_name(part) for part in foreign if _varies(part, apply)]
        if not found and (name := _first_to_vary(mask_safe, apply)) is not None:
            found = [name]
    return list(dict.fromkeys(found))


def transform_name(transform: Any) -> str:
    """Name a transform; a Lambda with its functions."""
    name = type(transform).__name__
    if not isinstance(transform, Lambda):
        return name
    functions = transform.custom_apply_fns.items()
    given = [f"{kind}={_name_of(function)}" for kind, function in functions if root_of(function) not in TRUSTED]
    return f"{name}({', '.join(given)})"


def same_arrays(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether arrays have the same names and are bit-identical, NaN included."""
    return one.keys() == other.keys() and all(_digest(one[name]) == _digest(other[name]) for name in one)


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def root_of(value: Any) -> str:
    """Name the package that a class or function comes from, or the class of any other object."""
    return str(getattr(value, "__module__", None) or type(value).__module__).partition(".")[0]


def _is_foreign(part: Any) -> bool:
    """Tell whether a transform runs code that is not Albumentations' own: its class, or functions in it."""
    if root_of(type(part)) not in TRUSTED:
        return True
    held = [value for name, value in vars(part).items() if name not in ("_key2func", "transforms")]
    held += [inner for value in held if isinstance(value, dict) for inner in value.values()]
    return any(callable(value) and root_of(value) not in TRUSTED for value in held)


def parts_of(transform: Any) -> Iterator[Any]:
    """Walk a composition, the others in it, and their single transforms."""
    yield transform
    if isinstance(transform, BaseCompose):
        for part in transform.transforms:
            yield from parts_of(part)


def every_part(transform: Any) -> Iterator[Any]:
    """Walk all parts of a transform, also of compositions that a transform holds as an attribute."""
    for held in nested_transforms(transform):
        yield from parts_of(held)


def chooses_at_random(part: Any) -> bool:
    """Tell whether a composition chooses which of its transforms to apply."""
    return isinstance(part, BaseCompose) and not isinstance(part, Compose | Sequential)


def _varies(part: Any, apply: Apply) -> bool:
    alone = copy.deepcopy(part)
    alone.p = 1.0
    composition = Compose([alone])
    try:
        first, *others = (_digests(apply(composition)) for _ in range(_TIMES))
    except Exception:  # it needs the output of others, and is checked in the composition
        return False
    return any(other != first for other in others)


def _first_to_vary(mask_safe: Any, apply: Apply) -> str | None:
    composition = copy.deepcopy(mask_safe)
    steps: list[tuple[Any, Any, Any]] = []
    for part in nested_transforms(composition):
        for leaf in parts_of(part):
            if isinstance(leaf, BasicTransform):
                _record(leaf, steps)
    runs = []
    with suppress(Exception):
        for _ in range(_TIMES):
            steps.clear()
            apply(composition)
            runs.append(steps.copy())
    for run in runs[1:]:
        for (leaf, data, result), (other, other_data, other_result) in zip(runs[0], run, strict=False):
            if leaf is not other or data != other_data:
                break
            if result != other_result:
                return transform_name(leaf)
    # No transform varies by itself, but the composition's choice of them did.
    return type(mask_safe).__name__ if any(run != runs[0] for run in runs[1:]) else None


def _record(leaf: Any, steps: list[tuple[Any, Any, Any]]) -> None:
    """Let a transform record digests of its inputs and outputs."""
    apply = leaf.apply_with_params

    def recording(params: Any, *args: Any, **data: Any) -> Any:
        digests = _digests(data)
        result = apply(params, *args, **data)
        steps.append((leaf, digests, _digests(result)))
        return result

    leaf.apply_with_params = recording


def _apply(
    composition: Any,
    sample: Mapping[str, Array],
    make_generators: Callable[[], Generators],
    keywords: Mapping[str, Any],
) -> Mapping[str, Any]:
    set_random_state(nested_transforms(composition), make_generators())
    result: Mapping[str, Any] = composition(**{name: pixels.copy() for name, pixels in sample.items()}, **keywords)
    return result


def _digests(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _digest(value) for name, value in arrays.items() if isinstance(value, np.ndarray)}


def _digest(array: Array) -> tuple[Any, ...]:
    return array.shape, array.dtype.str, hash(array.tobytes())
