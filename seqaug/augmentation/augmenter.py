"""Augmentation of samples by a user's transform."""

from __future__ import annotations

import copy
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from seqaug.augmentation.class_crop import ClassCrop
from seqaug.augmentation.determinism import chooses_at_random, every_part, find_nondeterministic
from seqaug.augmentation.mask_safety import apply_always, make_mask_safe
from seqaug.augmentation.mirrored import MirroredClasses, mirroring_transform
from seqaug.augmentation.mixing.base import PartnerRequest
from seqaug.augmentation.mixing.handover import PartnerContext, PartnerLoadError, PartnerSource, handovers
from seqaug.augmentation.mixing.labels import SOURCES
from seqaug.augmentation.nested import leaves, nested_transforms, set_random_state
from seqaug.augmentation.value_maps import ValueMaps
from seqaug.core.class_bits import map_names
from seqaug.errors import TransformError

Arrays = dict[str, np.ndarray[Any, Any]]
MakeGenerators = Callable[[], tuple[np.random.Generator, random.Random]]


class Augmenter:
    """Applies a user's transform to samples, from any thread.

    Args:
        transform: an Albumentations transform or composition; it is copied and not changed.
        additional_targets: the kinds of further arrays of a sample, by name: "image", "mask", "value" or
            "value_nearest".
        ignore_index: the label of mask pixels that a transform fills, or None.
        num_classes: labels from here on, other than `ignore_index`, are errors; None if unknown.
        has_mask: whether samples have a "mask".
        value_fill: see `seqaug.augmentation.value_maps.ValueMaps`.
        mirrored_ids: pairs of classes to swap in the "mask" of samples that the transform mirrors.
        overlapping: the number of classes whose bits masks hold; None: a pixel has one label. Above
            `seqaug.core.class_bits.BITS`, `additional_targets` has the further maps.

    Raises:
        TypeError, ValueError: see `seqaug.augmentation.mask_safety.make_mask_safe`,
            `seqaug.augmentation.value_maps.ValueMaps` and `MirroredClasses.track`.
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
        masks = {"mask": "mask"} if has_mask else {}
        self._values = ValueMaps(additional_targets, value_fill)
        others = {name: kind for name, kind in additional_targets.items() if name not in self._values.names}
        self._targets = {"image": "image", **masks, **others}
        self._checked_masks = set(masks) if overlapping is None else set(map_names(overlapping))
        self._mask_safe = make_mask_safe(
            transform, additional_targets, ignore_index, has_mask=has_mask, values=self._values, overlapping=overlapping
        )
        self._tracks_sources = SOURCES in self._mask_safe.additional_targets
        self._mirrored = MirroredClasses(mirrored_ids, overlapping) if mirrored_ids else None
        if self._mirrored is not None:
            self._mirrored.track(self._mask_safe)
        self._ignore_index = ignore_index
        self._num_classes = num_classes
        self._takes_class = "class_id" in self._mask_safe.available_keys
        self._writes_in_place = False
        # Compositions are stateful: each call takes one, with the nested transforms to seed, and puts it back.
        self._idle: deque[_Composition] = deque()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_idle": deque()}

    def mirroring_transform(self) -> str | None:
        """Name a transform that can mirror samples, found by trying each; None if none does."""
        return mirroring_transform(self._mask_safe)

    def find_nondeterministic(
        self, sample: Arrays, make_generators: MakeGenerators, class_id: int | None = None, *, is_suspect: bool = False
    ) -> list[str]:
        """Name the transforms whose results vary between calls: see `determinism.find_nondeterministic`."""
        keywords = {"class_id": class_id} if self._takes_class and class_id is not None else {}
        return find_nondeterministic(
            self._mask_safe, self._inputs(sample), make_generators, keywords, is_suspect=is_suspect
        )

    @property
    def partner_requests(self) -> list[PartnerRequest]:
        """Which other samples the mixing transforms of the composition need, in the order of their places."""
        parts = nested_transforms(self._mask_safe)
        return [handover.request for handover in handovers(leaf for part in parts for leaf in leaves(part))]

    def __call__(
        self,
        sample: Arrays,
        make_generators: MakeGenerators,
        class_id: int | None = None,
        partners: PartnerSource | None = None,
    ) -> Arrays:
        """Transform the arrays of a sample together; the arrays themselves never change, whatever the transform does.

        Args:
            sample: "image", (H, W, C); "mask", (H, W), uint8 or uint16, if there are masks; and the additional targets.
                They may be read-only. Memory-mapped arrays are read only where the transform reads them.
            make_generators: makes the random generators of the sample, in the same state at each call.
            class_id: the class for which the sample was drawn, passed to transforms that know the key "class_id", such
                as `ClassCrop`; or None.
            partners: draws the partners of mixing transforms; None: they get the sample itself, upside down.

        Returns:
            The same names; images keep three dimensions. Arrays that no transform touched are read-only. With value
            maps, `FILLED` too: the pixels that were filled, (H, W) bool.

        Raises:
            SampleError: a partner cannot be loaded.
            TransformError: a transform failed, dropped an array, made the mask another size than the image, made float
                labels, a label that is not a class, or filled pixels of a value map without `value_fill`. The message
                names the transform.
        """
        keywords = {"class_id": class_id} if self._takes_class and class_id is not None else {}
        call = _Call(self._inputs(sample), make_generators, keywords, partners)
        try:
            result, others = self._apply_read_only(call)
        except PartnerLoadError as error:
            raise error.error from error.error.__cause__
        except Exception as error:
            raise TransformError(self._locate_fault(call, f"failed: {error}")) from error
        fault = self._fault(result)
        if fault:
            raise TransformError(self._locate_fault(call, fault))
        transformed = {
            name: result[name][..., np.newaxis] if kind == "image" and result[name].ndim == 2 else result[name]
            for name, kind in self._targets.items()
        }
        if self._mirrored is not None:
            try:
                transformed |= self._mirrored.swap(result)
            except ValueError as error:
                raise TransformError(f"the transform {error}") from error
        return transformed | self._values.unpack(result, sample, others) if self._values else transformed

    def _inputs(self, sample: Mapping[str, np.ndarray[Any, Any]]) -> Arrays:
        """Make the composition's inputs for a sample."""
        inputs = dict(sample)
        if self._values:
            inputs = {name: sample[name] for name in self._targets} | self._values.pack(sample)
        if self._mirrored is not None:
            inputs |= self._mirrored.coordinates(sample["image"])
        if self._tracks_sources:
            inputs[SOURCES] = np.zeros(sample["image"].shape[:2], np.uint8)
        return inputs

    @property
    def applies_by_chance(self) -> bool:
        """Whether chance decides if a transform is applied, or which."""
        return any(part.p < 1 or chooses_at_random(part) for part in every_part(self._mask_safe))

    @property
    def transforms(self) -> list[Any]:
        """The single transforms of the composition, in the order of application; not to be changed."""
        return list(leaves(self._mask_safe))

    @property
    def class_crop(self) -> str | None:
        """Name of a transform that crops around rare classes, or None."""
        return next((type(part).__name__ for part in self.transforms if isinstance(part, ClassCrop)), None)

    def observe(
        self,
        sample: Mapping[str, np.ndarray[Any, Any]],
        make_generators: MakeGenerators,
        class_id: int | None,
        callback: Callable[[Any, np.ndarray[Any, Any], np.ndarray[Any, Any]], None],
    ) -> None:
        """Transform a copy of a sample with p=1 throughout, and pass on the image before and after each transform.

        Args:
            sample: as for a call.
            make_generators: as for a call.
            class_id: as for a call.
            callback: takes a transform, its input image and its output image. A transform that fails ends the walk
                without an error.
        """
        composition = copy.deepcopy(self._mask_safe)
        set_random_state(nested_transforms(composition), make_generators())
        apply_always(composition)
        for leaf in leaves(composition):
            _observe_leaf(leaf, callback)
        keywords = {"class_id": class_id} if self._takes_class and class_id is not None else {}
        with suppress(Exception):
            composition(**_copied(self._inputs(sample)), **keywords)

    def _apply_read_only(self, call: _Call) -> tuple[Mapping[str, Any], list[Arrays]]:
        """Transform read-only views; if that fails, transform copies, and from then on copies at once.

        The arrays may be the user's or a cache's, which a transform that writes into its input would corrupt.

        Returns:
            The result, and the samples that were mixed into it.
        """
        if not self._writes_in_place:
            try:
                return self._apply(call, {name: _read_only(pixels) for name, pixels in call.sample.items()})
            except PartnerLoadError:
                raise
            except Exception:
                pass
        result = self._apply(call, _copied(call.sample), copies=True)
        self._writes_in_place = True
        return result

    def _apply(self, call: _Call, sample: Arrays, *, copies: bool = False) -> tuple[Mapping[str, Any], list[Arrays]]:
        try:
            composition = self._idle.pop()
        except IndexError:
            composition = self._composition(copy.deepcopy(self._mask_safe))
        composition.start(call, copies=copies)
        result: Mapping[str, Any] = composition.transforms[0](**sample, **call.keywords)
        others: list[Arrays] = []
        if composition.context is not None:
            others = composition.context.loaded
            if call.partners is not None and self._tracks_sources:
                call.partners.shares = composition.context.layers.shares(result.get(SOURCES))
            composition.context.start(None, 0)
        # A composition that failed is not used again.
        self._idle.append(composition)
        return result, others

    def _composition(self, mask_safe: Any) -> _Composition:
        transforms = nested_transforms(mask_safe)
        found = next(handovers(leaf for part in transforms for leaf in leaves(part)), None)
        return _Composition(transforms, None if found is None else found.context)

    def _fault(self, result: Mapping[str, Any]) -> str | None:
        """Say what is wrong with a transformed sample, or None."""
        for name in (*self._targets, *self._values.inputs):
            pixels = result.get(name)
            if not isinstance(pixels, np.ndarray):
                made = "dropped it" if pixels is None else f"made it a {type(pixels).__name__}"
                return f"was given {name!r} and {made}; expected a NumPy array (ToTensorV2 is for torch)"
            if pixels.shape[:2] != result["image"].shape[:2]:
                return (
                    f"made {name!r} {pixels.shape[0]}x{pixels.shape[1]} pixels and the image "
                    f"{result['image'].shape[0]}x{result['image'].shape[1]}; expected the same size"
                )
            if name in self._checked_masks and (pixels.dtype.kind not in "biu" or pixels.ndim != 2):
                return (
                    f"made the mask {pixels.dtype} of shape {pixels.shape}; expected integer class ids, (H, W): "
                    "a transform of pixel values must leave masks alone"
                )
            if name in self._checked_masks and (unknown := self._unknown_label(pixels)) is not None:
                return f"put the label {unknown} into the mask; expected ids below num_classes={self._num_classes}" + (
                    "" if self._ignore_index is None else f" or ignore_index={self._ignore_index}"
                )
        return self._values.fault(result) if self._values else None

    def _unknown_label(self, mask: np.ndarray[Any, Any]) -> int | None:
        if self._num_classes is None or mask.size == 0 or mask.max() < self._num_classes:
            return None
        if mask.dtype == np.uint8 and self._ignore_index == 255 and (mask + np.uint8(1)).max() <= self._num_classes:
            return None  # 255 wraps to 0: faster than a search for labels that are neither a class nor 255
        unknown = mask[(mask >= self._num_classes) & (mask != self._ignore_index)]
        return int(unknown[0]) if unknown.size else None

    def _locate_fault(self, call: _Call, fault: str) -> str:
        """Transform the sample again, traced, and say which transform was at fault and how."""
        composition = self._composition(copy.deepcopy(self._mask_safe))
        composition.start(call, copies=True)
        tracer = _FaultTracer(self._fault)
        for leaf in leaves(composition.transforms[0]):
            tracer.trace(leaf)
        # It is expected to fail again.
        with suppress(Exception):
            composition.transforms[0](**_copied(call.sample), **call.keywords)
        name = tracer.entered or type(composition.transforms[0]).__name__
        return tracer.verdict or f"{name} {fault}"


class _Call(NamedTuple):
    """The arguments of a call, with the arrays that the composition takes."""

    sample: Arrays
    make_generators: MakeGenerators
    keywords: Mapping[str, Any]
    partners: PartnerSource | None


class _Composition(NamedTuple):
    """A copy of the composition.

    Attributes:
        transforms: its `nested_transforms`, itself first.
        context: gives its mixing transforms their partners; None: there are none.
    """

    transforms: list[Any]
    context: PartnerContext | None

    def start(self, call: _Call, *, copies: bool) -> None:
        """Prepare it for a sample."""
        set_random_state(self.transforms, call.make_generators())
        if self.context is not None:
            height, width = call.sample["image"].shape[:2]
            self.context.start(call.partners, height * width, copies=copies)


def _read_only(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    view = pixels.view()
    view.flags.writeable = False
    return view


def _observe_leaf(leaf: Any, callback: Callable[[Any, np.ndarray[Any, Any], np.ndarray[Any, Any]], None]) -> None:
    apply = leaf.apply_with_params

    def shown(params: Any, *args: Any, **kwargs: Any) -> Any:
        before = np.array(kwargs["image"])
        result = apply(params, *args, **kwargs)
        callback(leaf, before, np.asarray(result["image"]))
        return result

    leaf.apply_with_params = shown


def _copied(sample: Mapping[str, np.ndarray[Any, Any]]) -> Arrays:
    return {name: pixels.copy() for name, pixels in sample.items()}


class _FaultTracer:
    """Records which transform of a composition ran last, and which one first broke the sample."""

    def __init__(self, fault: Callable[[Mapping[str, Any]], str | None]) -> None:
        self._fault = fault
        self.entered: str | None = None
        self.verdict: str | None = None

    def trace(self, leaf: Any) -> None:
        """Trace a transform."""
        apply, draw, name = leaf.apply_with_params, leaf.get_params, type(leaf).__name__

        def watched_draw() -> Any:
            self.entered = name
            return draw()

        def watched_apply(params: Any, *args: Any, **kwargs: Any) -> Any:
            result = apply(params, *args, **kwargs)
            fault = self._fault(result)
            if fault and self.verdict is None:
                self.verdict = f"{name} {fault}"
            return result

        leaf.get_params, leaf.apply_with_params = watched_draw, watched_apply
