"""`ClassificationSequence`: images and labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import Transform
from seqaug.augmentation.mixing.labels import check_label_mixing, mixes_labels
from seqaug.core.user_warnings import warn_user
from seqaug.engines.factory import Workers
from seqaug.loader.data_loader import DEFAULT_MAX_QUEUE_SIZE
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.pipeline.image_encoding import DataFormat, ImageDtype, channels_last
from seqaug.pipeline.label_encoding import LABEL_MODES, LabelEncoding, LabelMode
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.reading.images import COLOR_MODES, ColorMode
from seqaug.sampling.drawn_counts import double_compensation_warning
from seqaug.sampling.factory import Oversample
from seqaug.sequence.arguments import Cache, Images, Labels, OnError
from seqaug.sequence.base import BatchSequence
from seqaug.sequence.cache_setup import CacheRecipe
from seqaug.sequence.description import images_line, labels_line, padding_lines, prepare_lines, transform_line
from seqaug.sequence.from_labelled import FromLabelled
from seqaug.sequence.loading import takes_rng
from seqaug.sequence.source_arguments import source_of_images
from seqaug.sources.base import DataSource
from seqaug.sources.class_labels import ClassLabels
from seqaug.sources.files import ImageFiles
from seqaug.statistics.class_statistics import LabelStatistics
from seqaug.statistics.class_weights import ClassWeightsLike, WeightMethod, resolve_class_weights
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import height_and_width, one_of
from seqaug.visualization.batch_images import to_png_image

Array = np.ndarray[Any, Any]


class ClassificationSequence(FromLabelled, BatchSequence):
    """Augmented image batches with labels, for classification, as a `keras.utils.Sequence`.

    ```python
    train = ClassificationSequence.from_directory("photos", image_size=(224, 224), transform=A.Compose([...]))
    model.fit(train, validation_data=val, epochs=50, shuffle=False)
    ```

    `len(seq)` counts batches. `seq[i]` is batch `i` of the current epoch: random access, from any thread.
    `for x, y in seq` iterates over the current epoch and prefetches its batches. `seq.on_epoch_end()` moves to the next
    epoch, as `fit` does. A batch depends only on the samples, the transform, the seed, the epoch and `i`.

    By default a batch is `(x, y)`: `x` (B, H, W, C) float32 in 0..1; `y` (B,) int32 class ids.

    The arguments `batch_size`, `repeats`, `color_mode`, `samples_per_epoch`, `rescale`, `dtype`, `data_format`,
    `drop_remainder`, `cache_limit`, `shard`, `seed`, `workers`, `use_multiprocessing`, `max_queue_size` and `executor`
    are those of `SegmentationSequence`.

    Args:
        images: paths or fsspec URLs of images (JPEG, PNG, BMP, TIFF, WebP); an array (N, H, W, C) or (N, H, W); or a
            sequence of arrays of any sizes; uint8, uint16, float, or other integers, which become float32. EXIF
            orientation is ignored. None if a subclass overrides `load`.
        labels: one class id or class name per image; for "multi_label", a list of either per image; or an array of 0
            and 1 with a column per class, (N, K). None with `label_mode=None`.
        label_mode: form of `y`. "int": class ids, (B,) int32. "categorical": one-hot, (B, K) float32. "binary": 0 or 1,
            (B, 1) float32, for two classes. "multi_label": 1 for each class of the sample, of which there may be
            several or none, (B, K) float32. None: batches are `x` alone, for prediction; labels, if given, still serve
            `oversample` and splits.
        class_names: class names in id order; default: all names that occur in `labels`, sorted.
        num_classes: number of classes; default: as many as there are names, or up to the highest id. Set it if a part
            of the data may lack the last class.
        prepare: an Albumentations transform without randomness, applied once per image, before the cache, which then
            holds prepared images: `A.Resize(224, 224)`, `A.ToGray(p=1)`, your own, or a composition of these. What is
            random belongs into `transform`, and is refused here.
        transform: an Albumentations transform or composition, or None; the sequence uses a copy.
        image_size: (height, width) of every image after the transform, bilinear. None: sizes stay as they are.
        shuffle: whether each epoch has a new order. None: True; but False with `label_mode=None` and no `oversample`.
        oversample: None; "class_uniform": draw a class evenly among those present, then an image of it;
            "repeat_factor": repeat images of rare classes; "rare_class": draw a class, more often the rarer its labels
            are; one of these with parameters (`seqaug.ClassUniform`, `seqaug.RepeatFactor`, `seqaug.RareClass`; each
            label counts as one pixel); a sampler of your own, see `seqaug.Sampler`; or one weight per sample, in
            proportion to which samples are drawn.
        class_weights: None; "uniform": 1 for every class; a method of `compute_class_weights()`, or one with parameters
            (`seqaug.ClassWeights`); or one weight per class, as a list or as a dict by id or name. Batches are then
            `(x, y, sample_weight)`: `sample_weight`, (B,) float32, holds the weight of each sample's class. Not for
            "multi_label".
        pad_batches: False; True: images of unequal sizes are padded with 0, at the bottom and on the right, to the
            largest height and width of their batch; or a number, to a multiple of which these are rounded up. Not with
            `image_size`.
        cache: None; "memory": decode images once, into memory that all workers share; or a directory: keep them across
            runs as well. Batches are byte-identical with and without it. A file that changes (size or time) is decoded
            again.
        on_error: "raise"; or "skip": replace a sample that cannot be used, and its label, by the next one of its epoch,
            warn once and record it in `skipped`.
        num_samples: number of samples, if a subclass overrides `load` and there are no images.

    Attributes:
        samples: the images, by index: `seq.samples[3].image`.
        num_classes: number of classes, or None without labels.
        class_names: class names in id order, or None where classes are numbers.
        batch_size: rows per batch.
        repeats: rows of each sample that is read.
        seed: the seed.
        shard: (index, count), this host's part of every epoch.

    Raises:
        ValueError: an argument is out of range or contradicts another one, or a label is not one of the classes.
        TypeError: an argument has the wrong type.
    """

    def __init__(
        self,
        images: Images | None = None,
        labels: Labels | None = None,
        *,
        batch_size: int = 8,
        label_mode: LabelMode | None = "int",
        class_names: Sequence[str] | None = None,
        num_classes: int | None = None,
        prepare: Transform | None = None,
        transform: Transform | None = None,
        repeats: int = 1,
        color_mode: ColorMode = "rgb",
        image_size: tuple[int, int] | None = None,
        shuffle: bool | None = None,
        oversample: Oversample | None = None,
        samples_per_epoch: int | None = None,
        class_weights: ClassWeightsLike | None = None,
        rescale: float | None = DEFAULT_RESCALE,
        dtype: ImageDtype = "float32",
        data_format: DataFormat = "channels_last",
        pad_batches: bool | int = False,
        drop_remainder: bool = False,
        cache: Cache | None = None,
        cache_limit: int | str | None = None,
        on_error: OnError = "raise",
        shard: tuple[int, int] | None = None,
        seed: int = 0,
        num_samples: int | None = None,
        workers: Workers = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = DEFAULT_MAX_QUEUE_SIZE,
        executor: Executor | None = None,
    ) -> None:
        super().__init__(
            batch_size=batch_size,
            repeats=repeats,
            seed=seed,
            on_error=on_error,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            max_queue_size=max_queue_size,
            executor=executor,
        )
        if label_mode is None and type(self).assemble is ClassificationSequence.assemble:
            self._missing_targets = "labels"
        shuffle = self._resolve_shuffle(shuffle, default=label_mode is not None or oversample is not None)
        loads_itself = type(self).load is not ClassificationSequence.load
        color_mode = one_of("color_mode", color_mode, COLOR_MODES)
        self.samples: DataSource = source_of_images(
            images, num_samples, loads_itself=loads_itself, color_mode=color_mode
        )
        if label_mode is not None:
            label_mode = one_of("label_mode", label_mode, LABEL_MODES)
        self._labels = _labels(labels, label_mode, class_names, num_classes, len(self.samples))
        self.num_classes: int | None = None if self._labels is None else self._labels.num_classes
        self.class_names: list[str] | None = None if self._labels is None else self._labels.class_names
        self._label_mode = label_mode
        image_size = None if image_size is None else height_and_width("image_size", image_size)
        builder = PipelineBuilder(
            has_masks=False,
            prepare=prepare,
            transform=transform,
            image_size=image_size,
            rescale=rescale,
            dtype=dtype,
            data_format=data_format,
            pad_batches=pad_batches,
            seed=self.seed,
        )
        leaves = [] if builder.augmenter is None else builder.augmenter.transforms
        if label_mode is not None:
            check_label_mixing(leaves, label_mode)
        has_mixed_labels = label_mode is not None and any(map(mixes_labels, leaves))
        self._rescale = rescale
        self._transform = transform
        self._takes_rng = loads_itself and takes_rng(self.load)
        batch_sampler = self._make_batch_sampler(
            samples_per_epoch, drop_remainder=drop_remainder, shuffle=shuffle, shard=shard
        )
        sampling = {"oversample": oversample, "length": batch_sampler.length // self.repeats, "shuffle": shuffle}
        self._encoding = self._label_encoding(label_mode, class_weights, sampling)
        warning = double_compensation_warning(class_weights, oversample, None)
        if warning is not None:
            warn_user(warning)
        fingerprint = self._fingerprint(
            loads_itself=loads_itself, prepared=self._prepare_key(builder.preparer, "cache", cache)
        )
        self._cache = self._make_cache(CacheRecipe(cache, cache_limit, fingerprint, loads_itself))
        pipeline = builder.pipeline(
            self.samples,
            load=self.load if loads_itself else None,
            takes_rng=self._takes_rng,
            cache=self._cache,
            mixed_labels=self._encoding if has_mixed_labels else None,
        )
        self._batch_lines = (
            images_line(
                image_size,
                color_mode,
                isinstance(self.samples, ImageFiles),
                rescale,
                dtype=dtype,
                data_format=data_format,
            ),
            *padding_lines(pad_batches),
            labels_line(label_mode, self.num_classes, self.class_names, has_weights=class_weights is not None),
            *prepare_lines(prepare),
            transform_line(transform),
        )
        checks = self._sample_checks(
            pipeline, builder.augmenter, rescale=rescale, dtype=dtype, color_mode=color_mode, loads_itself=loads_itself
        )
        self._finish_construction(
            pipeline, oversample, self._counts, batch_sampler=batch_sampler, shuffle=shuffle, checks=checks
        )

    def _label_encoding(
        self, label_mode: str | None, class_weights: Any, sampling: dict[str, Any]
    ) -> LabelEncoding | None:
        if label_mode is None:
            if class_weights is not None:
                raise ValueError(
                    "class_weights with label_mode=None, whose batches have no labels; expected one of them"
                )
            return None
        if label_mode != "multi_label":
            class_weights = resolve_class_weights(
                class_weights,
                lambda weights: self._class_weights(weights, self._counts("class_weights"), sampling),
                self.num_classes,
                self.class_names,
            )
            self._resolved_weights = class_weights
        return LabelEncoding(self._require_labels("label_mode").counts, label_mode, class_weights)

    def _weights_by_counts(self, counts: ClassCounts, method: WeightMethod, *, beta: float) -> Any:
        return LabelStatistics(counts).compute_class_weights(method, beta=beta)

    def _require_labels(self, purpose: str) -> ClassLabels:
        """Return the labels, for a purpose that errors name."""
        if self._labels is None:
            raise ValueError(f"{purpose} needs labels, and the sequence has none; expected labels in its constructor")
        return self._labels

    def _counts(self, purpose: str) -> ClassCounts:
        counts = self._require_labels(purpose).counts
        if not len(counts.indices):
            raise ValueError(f"{purpose} needs labels, and none of the {len(counts)} samples has a class")
        return counts

    @property
    def labels(self) -> Any:
        """Class ids of the samples, (N,) int32; a list of tuples if some samples have several or none; or None."""
        return None if self._labels is None else self._labels.ids()

    @property
    def class_indices(self) -> dict[str, int]:
        """Class ids by name, in id order, as on ImageDataGenerator's iterators.

        Raises:
            ValueError: the classes have no names.
        """
        if self.class_names is None:
            raise ValueError("class_indices needs names of classes; expected labels that are names, or class_names=")
        return {name: class_id for class_id, name in enumerate(self.class_names)}

    def class_statistics(self) -> LabelStatistics:
        """Count the images of each class; print the result as a table.

        Returns:
            Per class, its images and their share in all labels; see
            `seqaug.statistics.class_statistics.LabelStatistics`.

        Raises:
            ValueError: there are no labels.
        """
        return LabelStatistics(self._require_labels("class_statistics()").counts, self.class_names)

    def compute_class_weights(
        self, method: WeightMethod, *, beta: float = 0.999
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Compute a weight per class: the rarer, the higher.

        Keras' `fit(class_weight=)` takes `dict(enumerate(seq.compute_class_weights("inverse")))`, as an alternative to
        the sequence's own argument `class_weights`.

        Args:
            method: "inverse", "effective_number" (Cui et al. 2019), "median_frequency" or "enet"; formulas in
                `seqaug.statistics.class_statistics.LabelStatistics.compute_class_weights`.
            beta: parameter of "effective_number", from 0 to below 1.

        Returns:
            (num_classes,), float64; 0 for classes without images.

        Raises:
            ValueError: there are no labels, the method is unknown, or `beta` is out of range.
        """
        return self.class_statistics().compute_class_weights(method, beta=beta)

    def loss(self, *, from_logits: bool) -> Any:
        """Return the cross-entropy that fits `label_mode`.

        ```python
        model.compile("adam", train.loss(from_logits=True), metrics=train.metrics(from_logits=True))
        ```

        "int": `keras.losses.SparseCategoricalCrossentropy`; "categorical": `CategoricalCrossentropy`; "binary" (a model
        of one output) and "multi_label" (of `num_classes` outputs): `BinaryCrossentropy`.

        Args:
            from_logits: whether the model returns logits; False: probabilities, of a softmax or sigmoid at its end. A
                wrong value trains badly, without an error.

        Raises:
            ValueError: batches have no labels.
        """
        from seqaug.losses.of_targets import label_loss

        return label_loss(self._require_mode("loss()"), from_logits=from_logits)

    def metrics(self, *, from_logits: bool) -> list[Any]:
        """Return the metrics that fit `label_mode`: accuracy; for "multi_label", the area under the ROC curve as well.

        Args:
            from_logits: as for `loss`.

        Raises:
            ValueError: batches have no labels.
        """
        from seqaug.metrics.of_targets import label_metrics

        return label_metrics(self._require_mode("metrics()"), self.num_classes, from_logits=from_logits)

    def _require_mode(self, purpose: str) -> str:
        if self._label_mode is None:
            raise ValueError(f"{purpose} needs labels in the batches, and label_mode is None; expected another one")
        return self._label_mode

    def load(self, index: int) -> Mapping[str, Array]:
        """Load an image; override it for data that is not an image file.

        Called from several threads at once, in any order, and again in every epoch. To draw random numbers, declare it
        as `load(self, index, rng)` and draw from `rng`; see `SegmentationSequence.load`.

        Args:
            index: index of the sample, from 0.

        Returns:
            A dict with "image", (H, W, C) or (H, W), uint8, uint16 or float.

        Raises:
            ReadError: the file cannot be read. Any exception of an override becomes a `SampleError` with the index, or
                is skipped with `on_error="skip"`.
        """
        return dict(self.samples.load(index))

    def assemble(self, batch: dict[str, Array]) -> Any:
        """Assemble a batch as the model takes it; override it for other inputs or targets.

        Args:
            batch: the stacked arrays: "image", (B, H, W, C), rescaled; "label", as `label_mode` says, unless that is
                None; with `class_weights`, "sample_weight", (B,) float32; and "index", (B,) int64, the indices of the
                samples.

        Returns:
            `x`, `(x, y)` or `(x, y, sample_weight)`: arrays, or dicts or tuples of arrays.
        """
        if "label" not in batch:
            return batch["image"]
        if "sample_weight" in batch:
            return batch["image"], batch["label"], batch["sample_weight"]
        return batch["image"], batch["label"]

    def _assembled(self, batch: dict[str, Array]) -> Any:
        if self._encoding is not None:
            is_mixed = "label" in batch
            encoded = self._encoding.encode_mixed(batch["label"]) if is_mixed else self._encoding.encode(batch["index"])
            batch = {**batch, **encoded}
        return super()._assembled(batch)

    def _pictures(self, batch: dict[str, Array], row: int) -> dict[str, Array]:
        image = channels_last(batch["image"][row], self._pipeline.data_format)
        picture = to_png_image(image, self._rescale)
        if self._labels is None:
            return {"": picture}
        classes = self._labels.of_sample(int(batch["index"][row]))
        names = [str(class_id) if self.class_names is None else self.class_names[class_id] for class_id in classes]
        # Other characters than letters and digits, of any script, may have a meaning in a path.
        return {"".join("-" + re.sub(r"\W+", "_", name) for name in names): picture}


def _labels(
    labels: Any,
    label_mode: str | None,
    class_names: Sequence[str] | None,
    num_classes: int | None,
    num_samples: int,
) -> ClassLabels | None:
    if labels is None:
        if label_mode is not None:
            raise ValueError(f"label_mode={label_mode!r} without labels; expected labels, or label_mode=None")
        return None
    if (
        label_mode == "binary"
        and class_names is None
        and num_classes is None
        and not isinstance(next(iter(labels), None), str)
    ):
        num_classes = 2
    class_labels = ClassLabels(
        labels, multi_label=label_mode in ("multi_label", None), class_names=class_names, num_classes=num_classes
    )
    if len(class_labels) != num_samples:
        raise ValueError(f"{num_samples} images and {len(class_labels)} labels; expected one label for each image")
    return class_labels
