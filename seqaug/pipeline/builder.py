"""The builder of pipelines: the settings of a sequence, a command or a profile, applied to a data source."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.preparer import Preparer, serialized_form
from seqaug.augmentation.value_maps import ValueMaps
from seqaug.cache.sample_cache import SampleCache
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.image_encoding import ImageEncoding
from seqaug.pipeline.label_encoding import LabelEncoding
from seqaug.pipeline.mask_encoding import MaskEncoding
from seqaug.pipeline.padding import make_padding, tile_fills
from seqaug.pipeline.partners import GetCounts, PartnerSampler
from seqaug.pipeline.pipeline import Load, Pipeline
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.pipeline.row_encoding import RowEncoding
from seqaug.pipeline.tiling import TileCutter
from seqaug.sources.base import DataSource
from seqaug.sources.tiled import TiledSource
from seqaug.statistics.counts import ClassCounts

AppliesT = TypeVar("AppliesT", Augmenter, Preparer)


@dataclass(kw_only=True, eq=False)
class PipelineBuilder:
    """Builds pipelines, with an augmenter that they share.

    Attributes:
        labels: the classes of masks, and the label of pixels that a transform makes up.
        has_masks: whether samples have masks.
        transform, prepare, image_size, rescale, dtype, data_format, pad_batches, seed, mask_encoding: as for
            `SegmentationSequence`.
        additional_targets: kinds of further arrays by name, as for `Pipeline`.
        value_fill: see `seqaug.augmentation.value_maps.ValueMaps`.
        mirrored_ids: pairs of class ids that change places whenever the geometry mirrors.
        count_classes: counts the classes of a source, where a transform draws samples by class and `pipeline` gets no
            `counts`; or None.
        warns: whether hazards of the transform are warned about; `seqaug.augmentation.lint` lists them all.
        augmenter: the transform, made safe for masks; None without one.
        preparer: the transform before the cache; None without one.

    Raises:
        TypeError, ValueError: a transform is invalid, see `seqaug.augmentation.augmenter.Augmenter` and
            `seqaug.augmentation.preparer.Preparer`; or both are the same.
    """

    labels: LabelSpec = field(default_factory=lambda: LabelSpec(None, None, None))
    has_masks: bool = True
    transform: Any = None
    prepare: Any = None
    image_size: tuple[int, int] | None = None
    rescale: float | None = DEFAULT_RESCALE
    dtype: str = "float32"
    data_format: str = "channels_last"
    pad_batches: bool | int | None = None
    seed: int = 0
    mask_encoding: str = "sparse"
    additional_targets: Mapping[str, str] = field(default_factory=dict)
    value_fill: Any = None
    mirrored_ids: Sequence[tuple[int, int]] = ()
    count_classes: Callable[[Any], ClassCounts] | None = None
    warns: bool = True
    augmenter: Augmenter | None = field(default=None, init=False)
    preparer: Preparer | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        _refuse_same(self.prepare, self.transform)
        with ExitStack() as stack:
            if not self.warns:
                stack.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
            self.preparer = None if self.prepare is None else self._applied_by(Preparer, self.prepare)
            self.augmenter = None if self.transform is None else self._applied_by(Augmenter, self.transform)

    def _applied_by(self, kind: type[AppliesT], transform: Any) -> AppliesT:
        further = dict.fromkeys(self.labels.map_names[1:], "mask") if self.has_masks else {}
        return kind(
            transform,
            {**self.additional_targets, **further},
            self.labels.fill_label,
            self.labels.num_labels,
            has_mask=self.has_masks,
            value_fill=self.value_fill,
            mirrored_ids=self.mirrored_ids,
            overlapping=self.labels.overlapping,
        )

    def mirroring_transform(self) -> str | None:
        """Name a transform that can mirror samples, found by trying each; None if none does."""
        for applied in (self.preparer, self.augmenter):
            name = None if applied is None else applied.mirroring_transform()
            if name is not None:
                return name
        return None

    def pipeline(
        self,
        source: DataSource,
        *,
        load: Load | None = None,
        takes_rng: bool = False,
        cache: SampleCache | None = None,
        pixel_weights: np.ndarray[Any, Any] | float | None = None,
        counts: GetCounts | None = None,
        only_loads: bool = False,
        mixed_labels: LabelEncoding | None = None,
        caches_by_file: bool = True,
    ) -> Pipeline:
        """Build the pipeline of a data source.

        Args:
            source: the samples.
            load: loads a sample in place of the source.
            takes_rng: whether `load` also takes a generator, as `rng`.
            cache: keeps loaded samples, or None.
            pixel_weights: as for `MaskEncoding`.
            counts: gives the class counts, where a transform draws samples by class; it is told which one.
            mixed_labels: as for `Pipeline`.
            caches_by_file: whether `cache`, of a source of tiles, holds whole samples.
            only_loads: whether samples are loaded, but not augmented.

        Raises:
            TypeError, ValueError: `rescale`, `dtype`, `data_format`, `mask_encoding` or `pad_batches` is invalid, see
                `ImageEncoding`, `MaskEncoding` and `make_padding`; or other samples that a transform needs cannot be
                drawn, see `PartnerSampler`.
        """
        masks = MaskEncoding(self.labels, self.mask_encoding, pixel_weights) if self.has_masks else None
        images = ImageEncoding(self.rescale, self.dtype, self.data_format)
        encoding = RowEncoding(images, self.additional_targets, masks)
        return Pipeline(
            load=source.load if load is None else load,
            takes_rng=takes_rng,
            describe=source.describe,
            cache=cache,
            labels=self.labels if self.has_masks else None,
            augmenter=self.augmenter,
            preparer=self.preparer,
            partners=None if only_loads else self._partners(source, counts),
            encoding=encoding,
            additional_targets=self.additional_targets,
            value_fill=self.value_fill,
            mixed_labels=mixed_labels,
            image_size=self.image_size,
            seed=self.seed,
            tiles=self._tile_cutter(source, encoding, caches_by_file, only_loads)
            if isinstance(source, TiledSource)
            else None,
            padding=make_padding(
                self.pad_batches,
                image_size=self.image_size,
                ignore_index=self.labels.ignore_index,
                mask_encoding=self.mask_encoding if self.has_masks else None,
                weights=encoding.weight_names,
                additional_targets=self.additional_targets,
                values=ValueMaps(self.additional_targets, self.value_fill),
                data_format=self.data_format,
            ),
        )

    def _tile_cutter(
        self, source: TiledSource, encoding: RowEncoding, caches_by_file: bool, only_loads: bool
    ) -> TileCutter:
        values = ValueMaps(self.additional_targets, self.value_fill)
        fills = {}
        if source.tiles.edge == "pad":
            fills = tile_fills(
                self.labels,
                mask_encoding=self.mask_encoding if self.has_masks else None,
                has_weights=only_loads or bool(encoding.weight_names),
                additional_targets=self.additional_targets,
                values=values,
            )
        return TileCutter(source, fills, by_file=caches_by_file, marks_padding=bool(values))

    def _partners(self, source: DataSource, counts: GetCounts | None) -> PartnerSampler | None:
        requests = [] if self.augmenter is None else self.augmenter.partner_requests
        if not requests:
            return None
        count_classes = self.count_classes
        if counts is None and count_classes is not None:
            counts = lambda _: count_classes(source)  # noqa: E731
        return PartnerSampler(requests, len(source), self.seed, self.labels if self.has_masks else None, counts)


def _refuse_same(prepare: Any, transform: Any) -> None:
    """Refuse one transform in both places, which would be applied twice."""
    if prepare is None or transform is None:
        return
    is_same = prepare is transform
    # What has no serialized form cannot be compared; other types are refused later.
    with suppress(ValueError, AttributeError):
        is_same = is_same or serialized_form(prepare) == serialized_form(transform)
    if is_same:
        raise ValueError(
            "prepare= and transform= are the same transform, which would be applied twice; expected it in one of them: "
            "what is the same for a sample in every epoch in prepare=, and what is random in transform="
        )
