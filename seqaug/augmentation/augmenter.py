"""Applying a transform to a sample."""

from __future__ import annotations

import copy
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from seqaug.augmentation.mask_safety import always, prepare
from seqaug.augmentation.mirrored import MirroredClasses, mirroring_transform
from seqaug.augmentation.reach import leaves, reached, set_random_state
from seqaug.augmentation.repeating import unrepeatable
from seqaug.augmentation.values import ValueMaps
from seqaug.errors import TransformError

Arrays = dict[str, np.ndarray[Any, Any]]
Draws = Callable[[], tuple[np.random.Generator, random.Random]]


class Augmenter:
    """A user's transform, ready to be applied to samples from any thread.

    Args:
        transform: an Albumentations transform or composition; it is copied and not changed.
        additional_targets: names of further arrays of a sample, and what they are: "image", "mask", "value" or
            "value_nearest".
        ignore_index: the label of mask pixels that a transform makes up, or None.
        num_classes: labels from here on, other than `ignore_index`, are errors; None where it is not known.
        has_mask: whether samples have a "mask".
        value_fill: see `seqaug.augmentation.values.ValueMaps`.
        mirrored_ids: pairs of ids that change places in the "mask" of a sample that the transform has mirrored.

    Raises:
        TypeError, ValueError: see `seqaug.augmentation.mask_safety.prepare`, `seqaug.augmentation.values.ValueMaps` and
            `MirroredClasses.follow`.
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
    ) -> None:
        masks = {"mask": "mask"} if has_mask else {}
        self._values = ValueMaps(additional_targets, value_fill)
        others = {name: kind for name, kind in additional_targets.items() if name not in self._values.names}
        self._targets = {"image": "image", **masks, **others}
        self._prepared = prepare(transform, additional_targets, ignore_index, has_mask=has_mask, values=self._values)
        self._mirrored = MirroredClasses(mirrored_ids) if mirrored_ids else None
        if self._mirrored is not None:
            self._mirrored.follow(self._prepared)
        self._ignore_index = ignore_index
        self._num_classes = num_classes
        self._takes_class = "class_id" in self._prepared.available_keys
        self._writes_in_place = False
        # A composition keeps its state in itself, so each call takes one for itself, and gives it back; each with the
        # transforms in it that are to be seeded.
        self._idle: deque[list[Any]] = deque()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_idle": deque()}

    def mirroring_transform(self) -> str | None:
        """Name a transform that can mirror samples, found by trying each; None where none is seen to."""
        return mirroring_transform(self._prepared)

    def unrepeatable(
        self, sample: Arrays, draws: Draws, class_id: int | None = None, *, is_suspect: bool = False
    ) -> list[str]:
        """Name the transforms that make something else of a sample each time: see `repeating.unrepeatable`."""
        told = {"class_id": class_id} if self._takes_class and class_id is not None else {}
        return unrepeatable(self._prepared, self._given(sample), draws, told, is_suspect=is_suspect)

    def __call__(self, sample: Arrays, draws: Draws, class_id: int | None = None) -> Arrays:
        """Transform the arrays of a sample together; they themselves are never changed, whatever the transform does.

        Args:
            sample: "image", (H, W, C); "mask", (H, W), uint8 or uint16, if it has one; and the additional targets.
                They may be read-only. Those that are memory-mapped are read as far as the transform reads them.
            draws: makes the generators from which all that is drawn is drawn, the same ones at each call.
            class_id: the class for which the sample was drawn, told to transforms that know the key "class_id", such as
                `ClassCrop`; or None.

        Returns:
            The same names; images keep three dimensions. Arrays that nothing was done to are read-only. Where there are
            maps of numbers, `MADE_UP` too: (H, W) bool, the pixels that were made up.

        Raises:
            TransformError: a transform failed, or one dropped an array, gave another size to the mask than to the
                image, float labels, a label that is no class, or made-up pixels of a map for which there is no fill.
                The message names the transform.
        """
        told = {"class_id": class_id} if self._takes_class and class_id is not None else {}
        given = self._given(sample)
        try:
            result = self._transformed(given, draws, told)
        except Exception as error:
            raise TransformError(self._blame(given, draws, told, f"failed: {error}")) from error
        fault = self._fault(result)
        if fault:
            raise TransformError(self._blame(given, draws, told, fault))
        transformed = {
            name: result[name][..., np.newaxis] if kind == "image" and result[name].ndim == 2 else result[name]
            for name, kind in self._targets.items()
        }
        if self._mirrored is not None:
            try:
                transformed["mask"] = self._mirrored.changed(result)
            except ValueError as error:
                raise TransformError(f"the transform {error}") from error
        return transformed | self._values.unpacked(result, sample) if self._values else transformed

    def _given(self, sample: Mapping[str, np.ndarray[Any, Any]]) -> Arrays:
        """Make what the composition is given of a sample."""
        given = dict(sample)
        if self._values:
            given = {name: sample[name] for name in self._targets} | self._values.packed(sample)
        if self._mirrored is not None:
            given |= self._mirrored.places(sample["image"])
        return given

    @property
    def transforms(self) -> list[Any]:
        """The single transforms of the composition, as they are applied; not to be changed."""
        return list(leaves(self._prepared))

    def watch(
        self,
        sample: Mapping[str, np.ndarray[Any, Any]],
        draws: Draws,
        class_id: int | None,
        see: Callable[[Any, np.ndarray[Any, Any], np.ndarray[Any, Any]], None],
    ) -> None:
        """Transform a copy of a sample, every transform being applied, and show the image before and after each.

        Args:
            sample: as for a call.
            draws: as for a call.
            class_id: as for a call.
            see: gets a transform, the image that it was given, and the one that it made. A transform that fails ends
                the walk without an error.
        """
        composition = copy.deepcopy(self._prepared)
        set_random_state(reached(composition), draws())
        always(composition)
        for leaf in leaves(composition):
            _show(leaf, see)
        told = {"class_id": class_id} if self._takes_class and class_id is not None else {}
        with suppress(Exception):
            composition(**_copied(self._given(sample)), **told)

    def _transformed(self, sample: Arrays, draws: Draws, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Transform views that cannot be written to, and where that fails, copies, from then on at once.

        The arrays may be the user's own, or a cache's, which a transform that writes into its input would spoil.
        """
        if not self._writes_in_place:
            # Whatever it was, it is met again below, if the copies do not cure it.
            with suppress(Exception):
                return self._composed({name: _read_only(pixels) for name, pixels in sample.items()}, draws, told)
        result = self._composed(_copied(sample), draws, told)
        self._writes_in_place = True
        return result

    def _composed(self, sample: Arrays, draws: Draws, told: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            transforms = self._idle.pop()
        except IndexError:
            transforms = reached(copy.deepcopy(self._prepared))
        set_random_state(transforms, draws())
        result: Mapping[str, Any] = transforms[0](**sample, **told)
        # One that failed is not used again.
        self._idle.append(transforms)
        return result

    def _fault(self, result: Mapping[str, Any]) -> str | None:
        """Say what is wrong with a transformed sample, or None."""
        for name in (*self._targets, *self._values.moved):
            pixels = result.get(name)
            if not isinstance(pixels, np.ndarray):
                given = "dropped it" if pixels is None else f"made it a {type(pixels).__name__}"
                return f"was given {name!r} and {given}; expected a NumPy array (ToTensorV2 is for torch)"
            if pixels.shape[:2] != result["image"].shape[:2]:
                return (
                    f"made {name!r} {pixels.shape[0]}x{pixels.shape[1]} pixels and the image "
                    f"{result['image'].shape[0]}x{result['image'].shape[1]}; expected the same size"
                )
            if name == "mask" and (pixels.dtype.kind not in "biu" or pixels.ndim != 2):
                return (
                    f"made the mask {pixels.dtype} of shape {pixels.shape}; expected integer class ids, (H, W): "
                    "a transform of pixel values must leave masks alone"
                )
            if name == "mask" and (stray := self._stray_label(pixels)) is not None:
                return f"put the label {stray} into the mask; expected ids below num_classes={self._num_classes}" + (
                    "" if self._ignore_index is None else f" or ignore_index={self._ignore_index}"
                )
        return self._values.fault(result) if self._values else None

    def _stray_label(self, mask: np.ndarray[Any, Any]) -> int | None:
        if self._num_classes is None or mask.size == 0 or mask.max() < self._num_classes:
            return None
        if mask.dtype == np.uint8 and self._ignore_index == 255 and (mask + np.uint8(1)).max() <= self._num_classes:
            return None  # 255 has become 0, which is quicker than to look for what is neither class nor 255
        stray = mask[(mask >= self._num_classes) & (mask != self._ignore_index)]
        return int(stray[0]) if stray.size else None

    def _blame(self, sample: Arrays, draws: Draws, told: Mapping[str, Any], fault: str) -> str:
        """Transform the sample again, watching, and say which transform was at fault and how."""
        composition = copy.deepcopy(self._prepared)
        set_random_state(reached(composition), draws())
        watch = _Watch(self._fault)
        for leaf in leaves(composition):
            watch.over(leaf)
        # That it may fail again is why it is watched.
        with suppress(Exception):
            composition(**_copied(sample), **told)
        return watch.verdict or f"{watch.entered or type(composition).__name__} {fault}"


def _read_only(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    view = pixels.view()
    view.flags.writeable = False
    return view


def _show(leaf: Any, see: Callable[[Any, np.ndarray[Any, Any], np.ndarray[Any, Any]], None]) -> None:
    apply = leaf.apply_with_params

    def shown(params: Any, *args: Any, **kwargs: Any) -> Any:
        before = np.array(kwargs["image"])
        result = apply(params, *args, **kwargs)
        see(leaf, before, np.asarray(result["image"]))
        return result

    leaf.apply_with_params = shown


def _copied(sample: Mapping[str, np.ndarray[Any, Any]]) -> Arrays:
    return {name: pixels.copy() for name, pixels in sample.items()}


class _Watch:
    """Sees each transform of a composition begin and end."""

    def __init__(self, fault: Callable[[Mapping[str, Any]], str | None]) -> None:
        self._fault = fault
        self.entered: str | None = None
        self.verdict: str | None = None

    def over(self, leaf: Any) -> None:
        """Watch a transform: the last one that began, and the first after which the sample is at fault."""
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
