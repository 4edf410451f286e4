"""`Mixture`: one sequence of several."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from seqaug.checking.dataset import check_samples
from seqaug.checking.report import Report
from seqaug.engines.factory import Workers
from seqaug.loader.data_loader import DEFAULT_MAX_QUEUE_SIZE, Loader, request_at
from seqaug.pipeline.mixture import MixturePipeline
from seqaug.sampling.mixture import MixtureSampler, Part
from seqaug.sequence.arguments import OnError
from seqaug.sequence.base import BatchSequence
from seqaug.sequence.cache_setup import NO_CACHE
from seqaug.sequence.element_spec import ArraySpec, map_arrays
from seqaug.sequence.previewing import preview_of
from seqaug.sequence.segmentation import SegmentationSequence
from seqaug.sources.mixture import MixtureSource
from seqaug.statistics.class_statistics import ClassStatistics
from seqaug.statistics.class_weights import WeightMethod
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import positive_number, whole_number
from seqaug.visualization.preview import Preview

Array = np.ndarray[Any, Any]
Parts = Mapping[SegmentationSequence, float] | Iterable[tuple[SegmentationSequence, float]]


class Mixture(BatchSequence):
    """One sequence of several `SegmentationSequence`s, whose rows are mixed in every batch, by weight.

    ```python
    train = Mixture({city: 0.7, country: 0.3}, workers=4)
    model.fit(train, validation_data=val, epochs=50, shuffle=False)
    ```

    Parts may differ in files, palettes (of the same classes; `class_map` and `Palette` bring others to them),
    transforms, `oversample`, caches and seeds. Their batches must be alike: equal classes, dtypes, encodings, and
    shapes of a row.

    With n positions in an epoch, a part of weight w gets n w / sum of them, rounded up or down in each epoch and exact
    on average. They are the next positions of its own order, which goes on over the epochs: in n positions a small part
    of great weight comes several times over, and a great part of small weight in part.

    A batch depends on the parts, `seed`, the epoch and its index alone, with any workers. `batch["index"]` counts
    through all parts, as `samples` does; `part_of(index)` gives the part and the index there. Workers, `batch_size`,
    `shard`, `on_error` and prefetching are the mixture's own: those of the parts have no effect.

    Args:
        parts: weights by part, or pairs of a part and its weight; weights are above 0 and need not sum to 1.
        batch_size: rows per batch; default: that of the first part.
        shuffle: whether parts are mixed at random; else they alternate evenly. The order inside a part is its own.
        samples_per_epoch: positions per epoch; default: those of the parts together.
        drop_remainder, on_error, shard, seed, workers, use_multiprocessing, max_queue_size, executor: as for
            `SegmentationSequence`; `seed` is that of the mixing.

    Attributes:
        parts: the sequences.
        weights: their shares, which sum to 1.
        samples: the samples of all parts, one after another.
        palette: that of the first part.
        num_classes, class_names, ignore_index: those of all parts.

    Raises:
        TypeError: a part is no `SegmentationSequence`, or a weight no number.
        ValueError: parts differ in what a batch is, are shards, repeat samples or override `assemble`; or an argument
            is out of range.
        SampleError, TransformError: the first sample of a part cannot be made; it is read to compare the parts.
    """

    samples: MixtureSource

    def __init__(
        self,
        parts: Parts,
        *,
        batch_size: int | None = None,
        shuffle: bool = True,
        samples_per_epoch: int | None = None,
        drop_remainder: bool = False,
        on_error: OnError = "raise",
        shard: tuple[int, int] | None = None,
        seed: int = 0,
        workers: Workers = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = DEFAULT_MAX_QUEUE_SIZE,
        executor: Executor | None = None,
    ) -> None:
        self.parts, weights = _checked_parts(parts)
        first = self.parts[0]
        super().__init__(
            batch_size=first.batch_size if batch_size is None else batch_size,
            repeats=1,
            seed=seed,
            on_error=on_error,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            max_queue_size=max_queue_size,
            executor=executor,
        )
        _check_alike(self.parts)
        self.weights = [weight / sum(weights) for weight in weights]
        self.palette, self.num_classes = first.palette, first.num_classes
        self.class_names, self.ignore_index = first.class_names, first.ignore_index
        self.samples = MixtureSource([part.samples for part in self.parts])
        self._rescale = first._rescale
        self._missing_targets = first._missing_targets
        self._is_unshuffled_by_default = False
        self._cache = self._make_cache(NO_CACHE)
        pipeline = self._mixture_pipeline()
        lengths = [part._loader.batch_sampler.length for part in self.parts]
        batch_sampler = self._make_batch_sampler(
            sum(lengths) if samples_per_epoch is None else whole_number("samples_per_epoch", samples_per_epoch, 1),
            drop_remainder=drop_remainder,
            shuffle=shuffle,
            shard=shard,
        )
        # Copies: the parts may be given other weights, and the mixture's order must not change by that.
        sampled = [
            Part(copy.copy(part._scheduled), length, start, weight)
            for part, length, start, weight in zip(self.parts, lengths, pipeline.starts[:-1], self.weights, strict=True)
        ]
        self._batch_lines = (
            *first._batch_lines[:-1],
            *(
                f"{weight:.1%} of the rows: {len(part.samples)} samples, {part._batch_lines[-1]}"
                for part, weight in zip(self.parts, self.weights, strict=True)
            ),
        )
        sampler = MixtureSampler(sampled, batch_sampler.length, self.seed, bool(shuffle))
        made: Any = pipeline  # does what a Pipeline does
        self._finish_construction(made, sampler, _no_counts, batch_sampler=batch_sampler, shuffle=bool(shuffle))
        mixed = "parts mixed at random" if shuffle else "parts alternate"
        self._order_line = f"order: {mixed}, seed {self.seed}"

    def _mixture_pipeline(self) -> MixturePipeline:
        return MixturePipeline([part._pipeline for part in self.parts], [len(part.samples) for part in self.parts])

    def _rebound_pipeline(self, cache: Any) -> Any:
        return self._mixture_pipeline()

    def part_of(self, index: int) -> tuple[int, int]:
        """Return the number of a sample's part, and the sample's index there.

        Args:
            index: of the sample in `samples`, as in `batch["index"]`.
        """
        return self.samples.part_of(index)

    def assemble(self, batch: dict[str, Array]) -> Any:
        """Assemble a batch as the model takes it, as the parts do; see `SegmentationSequence.assemble`."""
        return self.parts[0].assemble(batch)

    def loss(self, *, from_logits: bool) -> Any:
        """Return the loss that fits the masks; see `SegmentationSequence.loss`."""
        return self.parts[0].loss(from_logits=from_logits)

    def metrics(self, *, from_logits: bool) -> list[Any]:
        """Return the metrics that fit the masks; see `SegmentationSequence.metrics`."""
        return self.parts[0].metrics(from_logits=from_logits)

    def class_statistics(self) -> ClassStatistics:
        """Count the pixels of each class in the masks of all parts, each mask once, whatever the weights.

        See `SegmentationSequence.class_statistics`; those of a part are `mixture.parts[0].class_statistics()`.

        Raises:
            ValueError: the number of classes is unknown.
            SampleError: a mask cannot be used.
        """
        counts = ClassCounts.concatenate([part._counts("class_statistics()") for part in self.parts])
        overlapping = self.parts[0]._labels.overlapping is not None
        return ClassStatistics(counts, self.class_names, overlapping=overlapping)

    def compute_class_weights(
        self, method: WeightMethod, *, beta: float = 0.999
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Compute a weight per class from `class_statistics`; see `SegmentationSequence.compute_class_weights`.

        Give them to every part as `class_weights=`, so that a class weighs the same in all of them.
        """
        return self.class_statistics().compute_class_weights(method, beta=beta)

    def check(self, validation: SegmentationSequence | None = None) -> Report:
        """Read every sample of all parts once and report issues; see `SegmentationSequence.check`.

        Images that are in two parts of the mixture are duplicates.

        Args:
            validation: another sequence, of the same classes, whose samples are checked too.

        Raises:
            TypeError: `validation` is no `SegmentationSequence`.
        """
        parts = [part._part("training") for part in self.parts]
        return check_samples([*parts, *self.parts[0]._validation_parts(validation)], self._engine)

    def preview(
        self,
        n: int = 4,
        *,
        index: int | Iterable[int] | None = None,
        epoch: int | None = None,
        width: int = 1240,
    ) -> Preview:
        """Draw samples before and after augmentation; see `SegmentationSequence.preview`.

        Args:
            n: number of samples, from the start of the epoch.
            index: indices of the samples in `samples` to show instead.
            epoch: epoch whose order and augmentation to show; default: the current one.
            width: width of the picture in pixels, 400 to 10,000.

        Raises:
            ImportError: matplotlib is missing: pip install "seqaug[plot]".
            SampleError, TransformError: as for a batch.
            TypeError, ValueError: there is no such sample or epoch, or `width` is out of range.
        """
        # Each part has its own transform, with advice in its own preview.
        return preview_of(self, self.parts[0]._labels, None, n=n, index=index, epoch=epoch, width=width)

    def _name_of(self, index: int) -> str:
        number, local = self.part_of(index)
        return f"part {number}, {local}: {self.parts[number]._name_of(local)}".removesuffix(": ")

    def check_takes_weights(self) -> None:
        """Refuse weights per sample: the parts have theirs.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "weights of the samples of a Mixture, whose parts decide how often their samples come; expected weights of "
            "the parts, Mixture({part: weight}), or a part with oversample="
        )

    def warm_cache(self) -> None:
        """Fill the caches of the parts now, see `SegmentationSequence.warm_cache`.

        Raises:
            ValueError: no part has a cache.
        """
        cached = [part for part in self.parts if part._cache is not None]
        if not cached:
            raise ValueError("warm_cache() has nothing to fill: no part has a cache")
        for part in cached:
            part.warm_cache()

    def close(self) -> None:
        """Stop the workers, and those of the parts, and free the parts' caches; the next batch starts them again."""
        super().close()
        for part in self.parts:
            part.close()

    def _finish_batch(self, batch: dict[str, Array], loader: Loader, epoch: int, batch_index: int) -> Any:
        """Check a batch, and the first rows of each part; assemble it."""
        indices, positions = loader.indices(epoch), loader.batch_sampler.positions(batch_index)
        numbers = np.searchsorted(self.samples.starts, batch["index"], side="right") - 1
        for number in np.unique(numbers):
            part, rows = self.parts[number], np.flatnonzero(numbers == number)
            if not part._first_batch_checks.is_pending:
                continue
            start = self.samples.starts[number]
            request = request_at(indices, epoch, positions[int(rows[0])])
            index = int(batch["index"][rows[0]])
            if request.index != index:  # a substitute for a skipped sample
                request = request._replace(class_id=None)
            own = {name: array[rows] for name, array in batch.items()}
            own["index"] = own["index"] - start
            part._first_batch_checks.run(own, request._replace(index=index - start))
        return super()._finish_batch(batch, loader, epoch, batch_index)

    def _pictures(self, batch: dict[str, Array], row: int) -> dict[str, Array]:
        return self.parts[0]._pictures(batch, row)


def _no_counts(purpose: str) -> ClassCounts:
    raise ValueError(f"{purpose} of a Mixture; expected it of its parts")


def _checked_parts(parts: Any) -> tuple[list[SegmentationSequence], list[float]]:
    """Check the argument `parts`; return the sequences and their weights."""
    pairs = list(parts.items() if isinstance(parts, Mapping) else parts)
    expected = "expected {sequence: weight}, or pairs of a sequence and a weight"
    if not pairs:
        raise ValueError(f"Mixture of no parts; {expected}")
    sequences: list[SegmentationSequence] = []
    weights = []
    for pair in pairs:
        if isinstance(pair, SegmentationSequence):
            raise TypeError(f"a part of a Mixture has no weight; {expected}, such as {{city: 0.7, country: 0.3}}")
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[0], SegmentationSequence):
            kind = type(pair[0] if isinstance(pair, tuple | list) and pair else pair).__name__
            raise TypeError(f"a part of a Mixture is {kind}; {expected}, where each is a SegmentationSequence")
        if any(pair[0] is other for other in sequences):
            raise ValueError("a sequence is part of a Mixture twice, with the same order; expected it once, or a copy")
        sequences.append(pair[0])
        weights.append(positive_number("a part's weight", pair[1]))
    return sequences, weights


def _check_alike(parts: Sequence[SegmentationSequence]) -> None:
    """Check that batches of the parts are alike.

    Raises:
        ValueError: they differ; the message says in what.
    """
    for number, part in enumerate(parts):
        if part.shard != (0, 1):
            raise ValueError(
                f"part {number} of a Mixture has shard={part.shard}; expected shard= of the Mixture, and parts without"
            )
        if part.repeats > 1:
            raise ValueError(f"part {number} of a Mixture has repeats={part.repeats}; expected repeats=1")
        if type(part).assemble is not SegmentationSequence.assemble:
            raise ValueError(
                f"part {number} of a Mixture overrides assemble(), which would be given samples of other parts; "
                "expected a subclass of Mixture that overrides it"
            )
    first = parts[0]
    for number, part in enumerate(parts[1:], 1):
        for what in ("num_classes", "class_names", "ignore_index"):
            one, other = getattr(first, what), getattr(part, what)
            if one != other:
                raise ValueError(
                    f"parts 0 and {number} of a Mixture differ in {what}: {one!r} and {other!r}; expected the same "
                    "classes in the same order: class_map= merges and maps ids, and a Palette gives colours to names"
                )
        if repr(first._pipeline.padding) != repr(part._pipeline.padding):
            raise ValueError(
                f"parts 0 and {number} of a Mixture differ in pad_batches=, or what pads; expected the same"
            )
        one, other = _rows_of(first.element_spec), _rows_of(part.element_spec)
        if one != other:
            raise ValueError(
                f"parts 0 and {number} of a Mixture have batches of {first.element_spec} and {part.element_spec}; "
                "expected the same sizes, dtypes and encodings: image_size= or crops, rescale=, dtype=, color_mode=, "
                "mask_encoding=, class_weights=, additional_targets="
            )


def _rows_of(spec: Any) -> Any:
    """Return a structure of shapes and dtypes without the number of samples."""

    def row(one: ArraySpec) -> tuple[Any, ...]:
        return one.shape[1:], str(one.dtype)

    return map_arrays(row, spec)
