"""How mixing transforms get their partners, when they are applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, overload

import numpy as np

from seqaug.augmentation.mixing.base import MixingTransform, PartnerRequest, partner_request
from seqaug.augmentation.mixing.labels import SOURCES, SourceLayers
from seqaug.augmentation.value_maps import ValueMaps

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


@dataclass(frozen=True)
class PartnerSample:
    """A sample that is drawn as a partner, and not loaded yet.

    Attributes:
        index: its index.
        describe: names it in messages.
        load: loads its arrays, prepared and before augmentation.
        class_id: the class that it was drawn for, or None.
    """

    index: int
    describe: Callable[[], str]
    load: Callable[[], Arrays]
    class_id: int | None


@dataclass
class PartnerSource:
    """Where the partners of one sample come from, and what is told of them.

    Attributes:
        draw: draws partners, by the transform's place, its number among the mixing transforms of the composition, and
            by how often it was applied to the sample before.
        shares: once the sample is transformed, the share in its label of each partner that labels were mixed with, by
            the partner's index; the rest is the sample's own.
    """

    draw: Callable[[int, int], Sequence[PartnerSample]]
    shares: dict[int, float] = field(default_factory=dict)


class PartnerLoadError(Exception):
    """Carries the error of a partner through the composition; it is not the transform's.

    Attributes:
        error: the error that names the partner.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class Partners(Sequence[dict[str, Any]]):
    """The partners of a transform's call: dicts like the sample; each is loaded when it is first indexed."""

    def __init__(self, loaders: Sequence[Callable[[], dict[str, Any]]]) -> None:
        self._loaders = loaders
        self._loaded: dict[int, dict[str, Any]] = {}

    def __len__(self) -> int:
        return len(self._loaders)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: Any) -> Any:
        numbers = range(len(self))[index]
        return [self._get(number) for number in numbers] if isinstance(index, slice) else self._get(numbers)

    def _get(self, number: int) -> dict[str, Any]:
        if number not in self._loaded:
            self._loaded[number] = self._loaders[number]()
        return self._loaded[number]


class PartnerContext:
    """The partners of the sample that a composition is transforming; its mixing transforms share one.

    Without a source, as where transforms are tried, a sample's partner is the sample itself, upside down.

    Args:
        values: the value maps among the targets.

    Attributes:
        loaded: the samples that were loaded as partners, in order.
        layers: what pixels and labels are mixed of.
    """

    def __init__(self, values: ValueMaps) -> None:
        self._values = values
        self.loaded: list[Arrays] = []
        self.layers = SourceLayers()
        self.start(None, 0)

    def start(self, source: PartnerSource | None, pixels: int, *, copies: bool = False) -> None:
        """Begin with another sample.

        Args:
            source: draws its partners; None: none are drawn.
            pixels: the number of its pixels.
            copies: whether to hand over copies, for transforms that write into them.
        """
        self._source = source
        self._calls: dict[int, int] = {}
        self._first = pixels
        self._copies = copies
        self.loaded = []
        self.layers = SourceLayers()
        self._drawn: Sequence[PartnerSample] = ()

    def partners(self, request: PartnerRequest, place: int, data: dict[str, Any], images: set[str]) -> Partners:
        """Draw the partners for a call."""
        if self._source is None:
            return Partners([lambda: _upside_down(data)] * request.number)
        call = self._calls.get(place, 0)
        self._drawn = self._source.draw(place, call)
        self._calls[place] = call + 1
        return Partners([partial(self.load, request, partner, data, images) for partner in self._drawn])

    def mix_labels(self, shares: Sequence[float]) -> None:
        """Note the shares, in the label, of the partners drawn last."""
        self.layers.blend({partner.index: share for partner, share in zip(self._drawn, shares, strict=False)})

    def load(
        self, request: PartnerRequest, partner: PartnerSample, data: dict[str, Any], images: set[str]
    ) -> dict[str, Any]:
        """Load a partner, in the form that arrays have inside the composition.

        Args:
            request: of the transform.
            partner: which sample.
            data: the sample's arrays; masks become uint16 where the partner's are.
            images: the names of images among them.
        """
        try:
            arrays = partner.load()
        except Exception as error:
            raise PartnerLoadError(error) from error
        self.loaded.append(arrays)
        inputs = arrays
        if self._values:
            moved = {name: arrays[name] for name in arrays if name in data}
            inputs = moved | self._values.pack(arrays, first=self._first)
            height, width = arrays["image"].shape[:2]
            self._first += height * width
        handed: dict[str, Any] = {name: self._as_given(pixels) for name, pixels in inputs.items() if name in data}
        if SOURCES in data:
            handed[SOURCES] = np.full(arrays["image"].shape[:2], self.layers.add(partner.index), np.uint8)
        _fit(request, partner, handed, data, images)
        return {**handed, "class_id": partner.class_id}

    def _as_given(self, pixels: Array) -> Array:
        if self._copies:
            return pixels.copy()
        view = pixels.view()
        view.flags.writeable = False
        return view


class Handover:
    """A mixing transform's `update_transform_params`, which runs once it is decided that the transform is applied.

    Its `apply_with_params` becomes `apply`.

    Args:
        leaf: the transform, which is changed.
        request: which partners it needs.
        place: its number among the mixing transforms of the composition.
        context: draws them.

    Attributes:
        before: called with the call's data first, to change it in place; or None.
        after: the same with its result.
    """

    def __init__(self, leaf: Any, request: PartnerRequest, place: int, context: PartnerContext) -> None:
        self._leaf = leaf
        self.request = request
        self._place = place
        self.context = context
        self.before: Callable[[dict[str, Any]], None] | None = None
        self.after: Callable[[dict[str, Any]], None] | None = None
        leaf.update_transform_params = self
        leaf.apply_with_params = self.apply

    def __call__(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Put the partners into the call's data, unless the caller has."""
        if self.before is not None:
            self.before(data)
        key = self.request.key
        if key not in data:
            images = {"image", *(name for name, kind in self._leaf._additional_targets.items() if kind == "image")}
            data[key] = self.context.partners(self.request, self._place, data, images)
        updated: dict[str, Any] = type(self._leaf).update_transform_params(self._leaf, params=params, data=data)
        return updated

    def apply(self, params: dict[str, Any], *args: Any, **data: Any) -> dict[str, Any]:
        """Apply the transform, and note how labels mix."""
        if isinstance(self._leaf, MixingTransform) and self._leaf.label_mixing == "weights":
            self.context.mix_labels(self._leaf.label_shares(params))
        result: dict[str, Any] = type(self._leaf).apply_with_params(self._leaf, params, *args, **data)
        if isinstance(result.get(self.request.key), Partners):
            del result[self.request.key]
        if self.after is not None:
            self.after(result)
        return result


def hand_over_partners(every_leaf: Iterable[Any], values: ValueMaps) -> None:
    """Let the mixing transforms of a composition get partners, in place."""
    context = PartnerContext(values)
    requests = [(leaf, request) for leaf in every_leaf if (request := partner_request(leaf)) is not None]
    for place, (leaf, request) in enumerate(requests):
        Handover(leaf, request, place, context)


def handovers(every_leaf: Iterable[Any]) -> Iterator[Handover]:
    """Walk the handovers of a composition's single transforms, in the order of their places."""
    for leaf in every_leaf:
        found = vars(leaf).get("update_transform_params")
        if isinstance(found, Handover):
            yield found


def _upside_down(data: dict[str, Any]) -> dict[str, Any]:
    arrays = {
        name: np.ascontiguousarray(value[::-1])
        for name, value in data.items()
        if isinstance(value, np.ndarray) and value.ndim >= 2
    }
    # Of a class that occurs, for transforms that look for one.
    return {**arrays, "class_id": _rarest(data.get("mask"))}


def _rarest(labels: Any) -> int | None:
    if not isinstance(labels, np.ndarray) or labels.ndim != 2 or labels.dtype.kind not in "iu" or not labels.size:
        return None
    found, counts = np.unique(labels[::4, ::4], return_counts=True)
    return int(found[np.argmin(counts)])


def _fit(
    request: PartnerRequest, partner: PartnerSample, arrays: dict[str, Any], data: dict[str, Any], images: set[str]
) -> None:
    """Check a partner's arrays against the sample's, and bring masks to one dtype."""
    for key, pixels in arrays.items():
        own = data[key]
        if pixels.shape[2:] != own.shape[2:]:
            raise ValueError(
                f"its partner {partner.describe()} has {_channels(pixels)} in {key!r}, and the sample "
                f"{_channels(own)}; expected samples of one kind, and {request.name} before transforms that change "
                "channels: partners come as they are loaded"
            )
        if pixels.dtype == own.dtype:
            continue
        if key in images or not {pixels.dtype.kind, own.dtype.kind} <= set("iu"):
            raise ValueError(
                f"its partner {partner.describe()} has {pixels.dtype} in {key!r}, and the sample {own.dtype}; expected "
                f"samples of one kind, and {request.name} before transforms that change the dtype, such as "
                "A.Normalize: partners come as they are loaded"
            )
        wider = np.result_type(pixels, own)
        arrays[key], data[key] = pixels.astype(wider), own.astype(wider)


def _channels(pixels: Array) -> str:
    return "one channel" if pixels.ndim == 2 else f"{pixels.shape[2]} channels"
