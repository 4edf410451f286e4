"""Counting the classes of masks, for statistics, class weights and oversampling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from seqaug.core.rng import load_generator
from seqaug.engines.base import SampleProcessor
from seqaug.jobs.class_scan import Scan
from seqaug.jobs.count_classes import ClassCounter, PreparedClassCounter
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.pipeline import Pipeline
from seqaug.sequence.base import BatchSequence
from seqaug.sources.base import ImageMaskSource
from seqaug.statistics.class_statistics import ClassStatistics, StrategyStatistics
from seqaug.statistics.class_weights import WeightMethod
from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.store import ScanStore

Array = np.ndarray[Any, Any]


class MaskStatistics(BatchSequence):
    """What a sequence with masks knows of their classes; it reads all masks once."""

    _has_masks: bool
    _labels: LabelSpec
    _scan: Scan | None
    _strategies: Callable[[ClassCounts], list[StrategyStatistics]]

    def _make_scan(self, labels: LabelSpec, directory: Any, loads_itself: bool, pipeline: Pipeline) -> Scan | None:
        if labels.num_classes is None:
            return None
        key_of = self._key_of_samples(loads_itself)
        preparer = pipeline.preparer
        # What changes images alone leaves the counts, and the quicker scan of masks alone.
        preparer = preparer if preparer is not None and preparer.moves_masks else None
        store = None
        if key_of is not None and directory is not None and directory != "memory":
            prepared = self._prepare_key(preparer, "statistics_dir", directory)
            store = ScanStore(
                directory,
                self._fingerprint(labels.fingerprint, {}, loads_itself=loads_itself, prepared=prepared),
                labels.num_classes,
            )
        counter: SampleProcessor = ClassCounter(
            load_mask=self._load_mask if loads_itself else cast(ImageMaskSource, self.samples).load_mask,
            describe=self.samples.describe,
            labels=labels,
        )
        if preparer is not None:
            counter = PreparedClassCounter(pipeline, labels)
        return Scan(
            self._engine,
            counter,
            num_samples=len(self.samples),
            num_classes=labels.num_classes,
            store=store,
            key_of=key_of,
            on_failure=self._skipped.note if self._skips else None,
        )

    def _construct_scan(self) -> None:
        recipe = self._recipe
        self._scan = None
        if self._has_masks:
            self._scan = self._make_scan(self._labels, recipe.counts_dir, recipe.cache.loads_itself, self._pipeline)
        if self._scan is not None and recipe.counts is not None:
            self._scan.adopt(recipe.counts)

    def _counts(self, purpose: str) -> ClassCounts:
        """Count the classes, for a purpose that errors name."""
        self._require_masks(purpose)
        if self._scan is None:
            raise ValueError(f"{purpose} needs num_classes= (or a palette) to know the classes")
        return self._scan.counts()

    def _require_masks(self, purpose: str) -> None:
        """Refuse what needs masks, where there are none."""
        if not self._has_masks:
            raise ValueError(f"{purpose} needs masks, and the sequence has none; expected masks in its constructor")

    def class_statistics(self) -> ClassStatistics:
        """Count the pixels of each class in all masks, after `prepare`; print the result as a table.

        The first call reads all masks, with the sequence's workers and a progress bar; later calls reuse its counts.
        With a directory as `cache` or `statistics_dir`, so do later runs: they read only masks that are new or have
        changed.

        Masks count before `transform`. Without `prepare` they are as stored; a `prepare` that moves masks is applied
        first, which needs the images too, as batches do: a centre crop changes shares, and may cut classes off. The
        samples that are read then fill the cache.

        Returns:
            Per class, its pixels, their share and the images that contain it, and the effect of each `oversample`
            strategy; see `ClassStatistics`.

        Raises:
            ValueError: the number of classes is unknown.
            SampleError: a mask cannot be used; with `on_error="skip"` it counts as empty and is recorded in `skipped`.
        """
        return ClassStatistics(
            self._counts("class_statistics()"),
            self.class_names,
            self._strategies,
            overlapping=self._labels.overlapping is not None,
        )

    def compute_class_weights(
        self, method: WeightMethod, *, beta: float = 0.999
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Compute a weight per class from `class_statistics`: the rarer, the higher.

        Args:
            method: "median_frequency" (Eigen & Fergus 2015; SegNet), "inverse", "enet" (Paszke et al. 2016) or
                "effective_number" (Cui et al. 2019); formulas in
                `seqaug.statistics.class_weights.compute_class_weights`.
            beta: parameter of "effective_number", from 0 to below 1.

        Returns:
            (num_classes,), float64; 0 for classes that no mask contains.

        Raises:
            ValueError: the method is unknown, `beta` is out of range, there is no labelled pixel, or classes overlap,
                whose weights are `class_statistics().pos_weight`; or as for `class_statistics`.
            SampleError: as for `class_statistics`.
        """
        return self.class_statistics().compute_class_weights(method, beta=beta)

    def _load_mask(self, index: int) -> Array:
        mask: Array = self._load_own(index)["mask"]
        return mask

    def _load_own(self, index: int) -> Mapping[str, Array]:
        """Load a sample by a subclass's `load`, which may take `rng`, outside of a batch."""
        load: Any = self.load
        sample: Mapping[str, Array] = (
            load(index, rng=load_generator(self.seed, 0, index)) if self._takes_rng else load(index)
        )
        return sample
