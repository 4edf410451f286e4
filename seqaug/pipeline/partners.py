"""Which other samples a sample is mixed with."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from seqaug.augmentation.mixing.base import PartnerRequest
from seqaug.core.rng import partner_generator
from seqaug.core.sample_request import SampleRequest
from seqaug.core.user_warnings import warn_user
from seqaug.palette.label_spec import LabelSpec
from seqaug.statistics.counts import ClassCounts, SamplesByClass

GetCounts = Callable[[str], ClassCounts]
Generator = np.random.Generator

RARE = "rare"


class PartnerSampler:
    """Draws the partners of samples, from (seed, epoch, position) and the place of the transform alone.

    The partners of a call differ from each other and from the sample, and all other samples are equally probable. For a
    request with classes, a class is drawn for each partner, evenly, and then a sample that contains it; the sample
    itself if no other does.

    Args:
        requests: the requests of the mixing transforms, in the order of their places.
        num_samples: number of samples.
        seed: the seed of the sequence.
        labels: the classes; None: samples have no masks.
        counts: gives the class counts; it is told what needs them. None: there are none.

    Raises:
        ValueError: there are fewer samples than a transform needs, a class is unknown, or no mask contains one.
    """

    def __init__(
        self,
        requests: Sequence[PartnerRequest],
        num_samples: int,
        seed: int,
        labels: LabelSpec | None = None,
        counts: GetCounts | None = None,
    ) -> None:
        self._requests = list(requests)
        self._num_samples = num_samples
        self._seed = seed
        self._classes: dict[int, list[int]] = {}
        self._samples: dict[int, np.ndarray[Any, Any]] = {}
        self._planned: dict[tuple[SampleRequest, int], list[SampleRequest]] = {}
        for place, request in enumerate(self._requests):
            # With classes, a sample may be its own partner.
            if num_samples <= request.number and request.classes is None:
                raise ValueError(
                    f"{request.name} mixes each sample with {_others(request.number)}, and there "
                    f"{'is' if num_samples == 1 else 'are'} {num_samples} in all; expected at least "
                    f"{request.number + 1} samples"
                )
            if request.classes is not None:
                self._classes[place] = self._resolve(request, labels, counts)

    def _resolve(self, request: PartnerRequest, labels: LabelSpec | None, counts: GetCounts | None) -> list[int]:
        """Find the ids of a request's classes, and the samples that contain them."""
        if labels is None or counts is None:
            raise ValueError(f"{request.name} looks for classes in masks, and the samples have none")
        known = counts(request.name)
        pixels = known.pixels_per_class()
        present = np.flatnonzero(pixels)
        if isinstance(request.classes, str) and request.classes == RARE:
            # Ascending by pixels; of equally rare ones, the lower id.
            wanted = sorted(present[np.argsort(pixels[present], kind="stable")][: max(len(present) // 2, 1)].tolist())
        else:
            wanted = [class_id_of(given, labels, request.name) for given in request.classes]
        found = [class_id for class_id in dict.fromkeys(wanted) if pixels[class_id]]
        if not found:
            raise ValueError(
                f"{request.name} looks for samples with the classes {wanted}, and no mask contains any of them; "
                "expected classes that occur, see class_statistics()"
            )
        if len(found) < len(set(wanted)):
            missing = [class_id for class_id in dict.fromkeys(wanted) if class_id not in found]
            warn_user(f"{request.name} looks for samples with the classes {missing} too, and no mask contains them")
        by_class = SamplesByClass(known)
        self._samples |= {class_id: by_class[class_id] for class_id in found}
        return found

    @property
    def examples(self) -> list[int]:
        """One sample with each class that samples are drawn for."""
        return [int(samples[0]) for samples in self._samples.values()]

    def draw(self, request: SampleRequest, place: int, call: int) -> list[SampleRequest]:
        """Draw the partners of a sample.

        Args:
            request: the sample.
            place: the transform's number among the mixing transforms.
            call: how often it was applied to the sample before.

        Returns:
            Requests of other indices, with the class that each was drawn for, or None.

        Raises:
            ValueError: all other samples are unusable.
        """
        if not call and (planned := self._planned.get((request, place))):
            return planned
        generator = partner_generator(self._seed, request.epoch, request.position, place, call)
        classes = self._classes.get(place)
        unusable = set(request.unusable)
        taken = {request.index, *unusable}
        drawn: list[SampleRequest] = []
        for number in range(self._requests[place].number):
            class_id = None
            if classes is None:
                index = self._other(generator, taken)
            else:
                class_id, index = self._with_class(generator, classes, taken, unusable)
            taken.add(index)
            drawn.append(SampleRequest(index, request.epoch, request.position, class_id, partner=(place, call, number)))
        return drawn

    def possible(self, request: SampleRequest) -> Iterator[int]:
        """List the indices that a sample may be mixed with, if each transform is applied once."""
        for place in range(len(self._requests)):
            # Without usable samples, the transform fails where it is applied.
            with suppress(ValueError):
                yield from [partner.index for partner in self.draw(request, place, 0)]

    def planned(self, requests: Iterable[SampleRequest]) -> PartnerSampler:
        """Return the same sampler, which has drawn the partners of some requests for each transform's first call."""
        planned = copy.copy(self)
        planned._planned = {}
        for request in requests:
            for place in range(len(self._requests)):
                with suppress(ValueError):
                    planned._planned[request, place] = self.draw(request, place, 0)
        return planned

    def _other(self, generator: Generator, taken: set[int]) -> int:
        if len(taken) >= self._num_samples:
            raise ValueError("all other samples that it could be mixed with cannot be used")
        while True:
            index = int(generator.integers(self._num_samples))
            if index not in taken:
                return index

    def _with_class(
        self, generator: Generator, classes: list[int], taken: set[int], unusable: set[int]
    ) -> tuple[int, int]:
        """Draw a class, and a sample with it; the next class if none of its samples is usable."""
        first = int(generator.integers(len(classes)))
        for class_id in (*classes[first:], *classes[:first]):
            samples = self._samples[class_id]
            index = int(samples[generator.integers(len(samples))])
            if index not in taken:
                return class_id, index
            for others in (taken, unusable):
                free = samples[~np.isin(samples, list(others))]
                if len(free):
                    return class_id, int(free[generator.integers(len(free))])
        raise ValueError("all samples that it could be mixed with cannot be used")


def _others(number: int) -> str:
    return "another one" if number == 1 else f"{number} others"


def class_id_of(given: Any, labels: LabelSpec, name: str) -> int:
    """Return the id of a class given by id or name.

    Raises:
        ValueError: there is no such class.
    """
    names, num_classes = labels.class_names or [], labels.num_classes or 0
    expected = f"one of {', '.join(map(repr, names))}" if names else f"ids from 0 to {num_classes - 1}"
    if isinstance(given, str):
        if given not in names:
            raise ValueError(f"{name}: the class {given!r} is unknown; expected {expected}")
        return names.index(given)
    if isinstance(given, bool) or not isinstance(given, int | np.integer):
        raise ValueError(f"{name}: {given!r} is no class; expected ids or names of classes")
    if not 0 <= given < num_classes or given == labels.ignore_index:
        raise ValueError(
            f"{name}: the class {given} is unknown; expected ids from 0 to {num_classes - 1}"
            + ("" if labels.ignore_index is None else f", other than ignore_index={labels.ignore_index}")
        )
    return int(given)
