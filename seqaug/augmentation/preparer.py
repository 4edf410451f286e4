"""Preparation of samples: a deterministic transform, applied once, before the cache."""

from __future__ import annotations

import hashlib
import inspect
import itertools
import json
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import (
    BaseCompose,
    BasicTransform,
    ImageOnlyTransform,
    Lambda,
    albumentations_version,
)
from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.determinism import (
    TRUSTED,
    chooses_at_random,
    every_part,
    root_of,
    same_arrays,
    transform_name,
)
from seqaug.augmentation.mixing.base import is_mixing
from seqaug.augmentation.nested import Generators
from seqaug.core.rng import global_state_kept
from seqaug.errors import TransformError

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]

_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
# Sizes of made-up images; the larger is for crops that do not fit into the smaller.
_SIZES = ((256, 320), (2080, 2080))
# Each tries every transform four times: one that chooses among four results, such as RandomRotate90, is found.
_ROUNDS = 3
# No further round starts after so long: code of a user's own may be slow.
_MOST_SECONDS = 1.0


class Preparer:
    """Applies a deterministic transform to loaded samples, from any thread.

    Args:
        transform: the argument `prepare`: an Albumentations transform or composition; it is copied.
        additional_targets, ignore_index, num_classes, has_mask, value_fill, mirrored_ids, overlapping: as for
            `Augmenter`.

    Attributes:
        makes_floats: whether uint8 images become float.
        moves_masks: whether masks may change, and not only images.

    Raises:
        TypeError: the transform is not Albumentations', or cannot be copied.
        ValueError: it is random; or as for `Augmenter`.
    """

    def __init__(
        self,
        transform: Any,
        additional_targets: Mapping[str, str],
        ignore_index: int | None,
        num_classes: int | None,
        *,
        has_mask: bool = True,
        value_fill: Any = None,
        mirrored_ids: Sequence[tuple[int, int]] = (),
        overlapping: int | None = None,
    ) -> None:
        if not isinstance(transform, BasicTransform | BaseCompose):
            raise TypeError(
                f"prepare={transform!r} ({type(transform).__name__}); expected an Albumentations transform without "
                "randomness, such as A.Resize(512, 1024), a composition A.Compose([...]) of several, or None; A.Lambda "
                "wraps functions of your own"
            )
        _refuse_mixing(transform)
        _refuse_chance(transform)
        self._augmenter = Augmenter(
            transform,
            additional_targets,
            ignore_index,
            num_classes,
            has_mask=has_mask,
            value_fill=value_fill,
            mirrored_ids=mirrored_ids,
            overlapping=overlapping,
        )
        self._settings = repr((ignore_index, value_fill, sorted(mirrored_ids)))
        self.moves_masks = has_mask and not all(
            isinstance(leaf, ImageOnlyTransform) and root_of(type(leaf)) in TRUSTED
            for leaf in self._augmenter.transforms
        )
        try:
            self._form, self._why_no_form = serialized_form(transform), ""
        except ValueError as error:
            self._form, self._why_no_form = transform_name(transform), str(error)
        kinds = {"image": "image", **({"mask": "mask"} if has_mask else {}), **additional_targets}
        self.makes_floats = self._try_on_noise(kinds, num_classes)
        self._is_checked = False

    def __call__(self, sample: Mapping[str, Array]) -> Arrays:
        """Prepare a loaded sample; arguments and result are those of `Augmenter`.

        The first sample is prepared twice, with different random states.

        Raises:
            TransformError: the two results differ, or the transform failed: see `Augmenter`.
        """
        inputs = dict(sample)
        try:
            prepared = self._augmenter(inputs, _fixed_generators)
            if not self._is_checked:
                with global_state_kept():
                    again = self._augmenter(inputs, lambda: _generators(1))
                if not same_arrays(prepared, again):
                    names = self._random_transforms(inputs)
                    raise TransformError(_random_message(", ".join(names) or "the transform"))
                self._is_checked = True
        except TransformError as error:
            raise TransformError(str(error) if str(error).startswith("prepare") else f"prepare: {error}") from error
        return prepared

    def mirroring_transform(self) -> str | None:
        """Name a transform that mirrors samples, found by trying each; None if none does."""
        return self._augmenter.mirroring_transform()

    def cache_key(self, argument: str, directory: Any) -> str:
        """Return what identifies prepared samples in a later run: the transform, its settings and library versions.

        Args:
            argument: name of the argument that keeps samples or counts, for the error.
            directory: its value.

        Raises:
            ValueError: the transform has no serialized form.
        """
        if self._why_no_form:
            raise ValueError(
                f"{argument}={str(directory)!r} is kept between runs, and a later run could not recognize this "
                f'prepare: {self._why_no_form}; expected cache="memory" without statistics_dir, or a transform class '
                "of your own in a file, which keeps its arguments as attributes of their names"
            )
        return f"{self.digest} albumentations {albumentations_version} opencv {cv2.__version__}"

    @property
    def digest(self) -> str:
        """A digest of the transform and its settings; where it has no serialized form, of its name."""
        return hashlib.blake2b(f"{self._form}\n{self._settings}".encode(), digest_size=8).hexdigest()

    def _try_on_noise(self, kinds: Mapping[str, str], num_classes: int | None) -> bool:
        """Refuse what varies on made-up samples; return whether uint8 images become float."""
        for size in _SIZES:
            noise = _noise(size, kinds, num_classes)
            # What fails here may suit the samples: the first of them is checked too.
            with suppress(TransformError), global_state_kept():
                image = self._augmenter(noise, _fixed_generators)["image"]
                names = self._random_transforms(noise)
                if names:
                    raise ValueError(_random_message(", ".join(names)))
                return bool(image.dtype.kind == "f")
        return False

    def _random_transforms(self, sample: Arrays) -> list[str]:
        seeds, start = itertools.count(), time.monotonic()
        for _ in range(_ROUNDS):
            names = self._augmenter.find_nondeterministic(sample, lambda: _generators(next(seeds)), is_suspect=True)
            if names:
                return names
            if time.monotonic() - start > _MOST_SECONDS:
                break
        return []


def serialized_form(transform: Any) -> str:
    """Return a text that identifies a transform, in this run and in later ones.

    It holds the arguments of each transform and, for classes that are not Albumentations' own, their source text.
    Functions that these call are not covered.

    Raises:
        ValueError: there is no such text; the message says why.
    """
    return json.dumps([_form_of(part) for part in every_part(transform)], sort_keys=True)


def _form_of(part: Any) -> Any:
    own = [cls for cls in type(part).__mro__ if root_of(cls) not in {*TRUSTED, "builtins", "abc"}]
    if isinstance(part, BaseCompose) and not own:
        return [type(part).__name__, len(part.transforms)]
    if isinstance(part, Lambda):
        raise ValueError(f"{transform_name(part)} holds functions, which have no serialized form")
    name = type(part).__name__
    arguments = inspect.signature(type(part).__init__).parameters.values()
    named = [argument.name for argument in arguments if argument.kind not in _VARIABLE]
    missing = [argument for argument in named if argument != "self" and not hasattr(part, argument)]
    if own and missing:
        raise ValueError(f"{name} does not keep its argument {missing[0]!r} as an attribute of that name")
    try:
        source = [inspect.getsource(cls) for cls in own]
    except (OSError, TypeError) as error:
        raise ValueError(f"the source of {name} cannot be found ({error})") from error
    try:
        return json.loads(json.dumps([name, part.to_dict_private(), source], sort_keys=True, default=_plain))
    except Exception as error:
        raise ValueError(f"{name} cannot be serialized ({error})") from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return [value.dtype.str, value.shape, hashlib.blake2b(value.tobytes()).hexdigest()]
    raise TypeError(f"an argument is a {type(value).__name__}")


def _refuse_mixing(transform: Any) -> None:
    for part in every_part(transform):
        if is_mixing(part):
            raise ValueError(
                f"prepare: {transform_name(part)} mixes samples with others, and prepare is done once for each sample "
                f"alone, before the cache; expected {transform_name(part)} in transform="
            )


def _refuse_chance(transform: Any) -> None:
    """Refuse transforms that are applied, or chosen, by chance."""
    for part in every_part(transform):
        name = transform_name(part)
        if chooses_at_random(part):
            raise ValueError(
                f"prepare: {name} chooses at random, and prepare is done once per sample, before the cache; expected "
                f"{name} in transform="
            )
        if part.p < 1:
            raise ValueError(
                f"prepare: {name} has p={part.p}, so that chance decides whether it is applied, and prepare is done "
                f"once per sample, before the cache; expected p=1, to apply it to every sample, or {name} in transform="
            )


def _random_message(names: str) -> str:
    return (
        f"prepare: {names} is random, and prepare is done once per sample, before the cache, which would keep the "
        f"first result for ever; expected a deterministic transform, and {names} in transform="
    )


def _fixed_generators() -> Generators:
    return _generators(0)


def _generators(seed: int) -> Generators:
    return np.random.default_rng(seed), random.Random(seed)


def _noise(size: tuple[int, int], kinds: Mapping[str, str], num_classes: int | None) -> Arrays:
    """Make up a sample of noise, in which all changes are seen."""
    rng = np.random.default_rng(0)
    made: Arrays = {}
    for name, kind in kinds.items():
        if kind == "image":
            made[name] = rng.integers(0, 256, (*size, 3), np.uint8)
        elif kind == "mask":
            made[name] = rng.integers(0, min(num_classes or 2, 255), size, np.uint8)
        else:
            made[name] = rng.random(size, np.float32)
    return made
