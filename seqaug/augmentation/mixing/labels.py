"""Labels of images that are mixed of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from seqaug.augmentation.mixing.base import MixingTransform, is_mixing

# Name of an array that a composition moves like a mask: which sample each pixel is of, as numbered by `SourceLayers`.
SOURCES: Final = "seqaug_sources"
# Of pixels that a transform fills.
FILLED_SOURCE: Final = 255


class SourceLayers:
    """What the pixels of a mixed image consist of, by their layer: 0 is the sample, others are partners."""

    def __init__(self) -> None:
        # The share of each partner in a layer, by the partner's index; the rest is the sample's own.
        self._layers: list[dict[int, float]] = [{}]

    def add(self, index: int) -> int:
        """Add a layer for a partner; return its number."""
        self._layers.append({index: 1.0})
        return min(len(self._layers) - 1, FILLED_SOURCE - 1)

    def blend(self, shares: Mapping[int, float]) -> None:
        """Blend partners into all layers."""
        own = 1 - sum(shares.values())
        for layer in self._layers:
            for index in layer:
                layer[index] *= own
            for index, share in shares.items():
                layer[index] = layer.get(index, 0.0) + share

    def shares(self, sources: np.ndarray[Any, Any] | None) -> dict[int, float]:
        """Return the share of each partner in the image; the rest is the sample's own.

        Args:
            sources: the layer of each pixel, (H, W) uint8, or `FILLED_SOURCE`, which does not count.
        """
        areas = np.zeros(len(self._layers))
        counts = () if sources is None else np.bincount(sources.reshape(-1), minlength=256)[:FILLED_SOURCE]
        areas[: len(counts)] = counts[: len(areas)]
        if not areas.any():
            areas[0] = 1
        found: dict[int, float] = {}
        for layer, area in zip(self._layers, areas / areas.sum(), strict=True):
            for index, share in layer.items():
                found[index] = found.get(index, 0.0) + float(area) * share
        return found


def mixes_labels(leaf: Any) -> bool:
    """Tell whether a single transform says how labels mix."""
    return isinstance(leaf, MixingTransform) and leaf.label_mixing is not None


def check_label_mixing(every_leaf: Iterable[Any], label_mode: str) -> None:
    """Refuse transforms that mix images whose labels do not mix.

    Args:
        every_leaf: the single transforms.
        label_mode: as for `ClassificationSequence`.

    Raises:
        ValueError: there is one.
    """
    for leaf in every_leaf:
        name = type(leaf).__name__
        if is_mixing(leaf) and not mixes_labels(leaf):
            raise ValueError(
                f"{name} mixes images and not their labels; expected CutMix or MixUp in a ClassificationSequence, or "
                "label_mode=None; a MixingTransform of your own says it in label_mixing"
            )
        if is_mixing(leaf) and label_mode != "categorical":
            raise ValueError(
                f"{name} makes soft labels, such as 0.7 of one class and 0.3 of another, for which "
                f'label_mode={label_mode!r} has no place; expected label_mode="categorical"'
            )
