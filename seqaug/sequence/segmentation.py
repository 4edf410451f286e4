"""`SegmentationSequence`: images and masks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any, cast

import numpy as np

from seqaug.augmentation.augmenter import Augmenter
from seqaug.core.rng import load_generator
from seqaug.core.user_warnings import warn_user
from seqaug.jobs.class_scan import Scan
from seqaug.jobs.count_classes import ClassCounter
from seqaug.loader.data_loader import DEFAULT_MAX_QUEUE_SIZE, Loader
from seqaug.palette.coercion import as_palette
from seqaug.palette.first_masks_check import FirstMasksCheck
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.mask_subset import MaskSubset
from seqaug.palette.mirrored_classes import left_right_pairs, mirrored_pairs
from seqaug.palette.palette import Palette
from seqaug.pipeline.empty_rows import mention_empty_rows
from seqaug.pipeline.mask_encoding import MaskEncoding
from seqaug.pipeline.pipeline import Pipeline
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.pipeline.row_encoding import RowEncoding
from seqaug.reading.images import COLOR_MODES
from seqaug.sampling.factory import strategy_of, strategy_statistics
from seqaug.sequence.base import BatchSequence
from seqaug.sequence.description import images_line, masks_line, transform_line
from seqaug.sequence.from_pairs import FromPairs
from seqaug.sequence.label_targets import LabelTargetsCheck
from seqaug.sequence.loading import takes_rng
from seqaug.sequence.prediction import refuse_without_masks
from seqaug.sources.arrays import ArrayPairs, ImageArrays, are_arrays
from seqaug.sources.base import DataSource, ImageMaskSource
from seqaug.sources.files import FilePairs, ImageFiles
from seqaug.sources.index_only import IndexOnlySource
from seqaug.statistics.class_statistics import ClassStatistics
from seqaug.statistics.class_weights import resolve_class_weights
from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.store import ScanStore
from seqaug.utils.redaction import shown
from seqaug.utils.validation import height_and_width, one_of, target_kinds, whole_number
from seqaug.visualization.batch_images import image_picture, mask_picture
from seqaug.visualization.page import page_width
from seqaug.visualization.preview import Preview, make_preview
from seqaug.visualization.selection import requests_to_show

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]


class SegmentationSequence(FromPairs, BatchSequence):
    """Augmented image/mask batches for semantic segmentation, as a `keras.utils.Sequence`.

    ```python
    train = SegmentationSequence(images, masks, batch_size=8, palette="camvid", transform=A.Compose([...]))
    model.fit(train, validation_data=val, epochs=50, shuffle=False)
    ```

    `len(seq)` counts batches; `seq[i]` is batch `i` of the current epoch, in any order and from any thread;
    `for x, y in seq` goes through the current epoch, preparing batches ahead; `seq.on_epoch_end()` moves to the next
    epoch, as `fit` does. What is in a batch depends on the samples, the transform, the seed, the epoch and `i` alone.

    With the defaults, a batch is `(x, y)`: `x` (B, H, W, C) float32 in 0..1, `y` (B, H, W) class ids, uint8 (int32
    where ids above 255 are possible). Without masks, a batch is `x` alone, in the order of the samples, for `predict`:
    `model.predict(SegmentationSequence(images))` gives the result of `seq.samples[i]` in row `i`.

    Args:
        images: paths of the images (JPEG, PNG, BMP, TIFF, WebP), or URLs that fsspec reads; or an array (N, H, W, C) or
            (N, H, W), or a sequence of arrays of any sizes; uint8, uint16 or float. Pixels come as stored: EXIF
            orientation tags are ignored, for images as for masks. None where a subclass overrides `load`.
        masks: as many paths or URLs, or (N, H, W) class ids, or (N, H, W, 3) palette colours, uint8. Lists of paths
            whose names pair otherwise than their order, or have nothing in common, are warned of. None: images without
            masks, to predict on; a transform is applied all the same.
        batch_size: samples in a batch; the last one of an epoch may be smaller.
        palette: what the colours of the masks stand for: a `Palette`, the name of a built-in one ("voc", "camvid",
            "cityscapes", "ade20k", "binary"), `{name: (r, g, b)}`, or a CSV file, or its URL, with columns name,r,g,b;
            None: mask pixels are class ids (of an indexed PNG, its indices).
        transform: an Albumentations transform or composition, or None. A copy of it is used. Masks are only ever
            resampled by nearest neighbour, and pixels that a transform makes up become `ignore_index`.
        num_classes: how many classes there are; known from the palette. Say it where masks hold ids: out-of-range
            ids are then found, masks stay uint8, and one-hot masks are possible.
        color_mode: how image files are read: "rgb", "grayscale" or "rgba" give 3, 1 or 4 channels, uint8 (16 bits are
            scaled by 1/256); "unchanged" gives channels and depth as stored, pages of a TIFF as channels.
        image_size: (height, width) that every sample ends at, after the transform: bilinear for images, nearest
            neighbour for masks. None: as they come.
        shuffle: whether each epoch has a new order; None: True with masks, and False without.
        oversample: None; "class_uniform", "repeat_factor" or "rare_class", or one of these with parameters:
            `seqaug.ClassUniform`, `seqaug.RepeatFactor`, `seqaug.RareClass` (all masks are read once, at construction);
            or one weight per sample, in proportion to which samples come. Where more than a third of the samples never
            come, or a class or a sample takes too many positions, a warning gives figures and better values.
        samples_per_epoch: positions in an epoch; by default the number of samples. Where shuffled, epochs go on in
            one another's passes, so that no sample comes again before all have come.
        ignore_index: the label that losses skip, 0 to 65,535; by default 255 (65,535 above 255 classes) where the
            palette has ignored colours, else none.
        mirrored_classes: pairs of classes that change places whenever the transform has mirrored a sample, such as
            `[("left lung", "right lung")]`: names of the palette, or ids where there is none. Mirrored is what no
            rotation could undo: by `A.HorizontalFlip`, `A.VerticalFlip` (a rotation by 180 degrees away from it),
            `A.Transpose`, half of `A.D4`, a negative scale, wherever it stands in the composition; two of them cancel.
            It is found by following the pixels of each sample, two more masks in its geometric transforms. Only "mask"
            is changed; `class_statistics()`, `oversample` and `ClassCrop` go by the masks as they are stored. None: a
            palette with names for left and right beside a transform that mirrors is warned of; `[]`: it is meant.
        mask_encoding: "sparse": (B, H, W) ids; "one_hot": (B, H, W, K) float32, ignored pixels all 0, which
            `seqaug.losses` and `seqaug.metrics` skip and most of Keras' do not; "binary": (B, H, W, 1) float32, for two
            classes and no `ignore_index`.
        class_weights: None; "uniform", 1 for every class, so that weighted metrics skip ignored pixels; a method of
            `compute_class_weights()`; or one weight per class, as a list or as a dict by ids or names. Batches are then
            `(x, y, sample_weight)`: `sample_weight`, (B, H, W) float32, holds the weight of each pixel's class, and 0
            where it is ignored. Keras' own `fit(class_weight=)` is wrong for masks.
        rescale: what integer images are multiplied by, giving float32; None keeps them as they are. The default,
            1 / 255, is for uint8 alone: uint16 images are left as they are, with a warning, so give `1 / 65535`, or
            `1 / 4095` for 12 bits. Float images are never rescaled, so `A.Normalize` or `A.ToFloat` are not scaled
            again.
        additional_targets: names of further arrays that `load` gives, and what they are. "image": photographs, changed
            as the image is. "mask": labels, moved as the mask is, with `ignore_index` in made-up pixels. "value":
            numbers that measure something, such as depth, (H, W) or (H, W, C), of any dtype: moved as the image is, by
            bilinear resampling, and never changed otherwise (vectors are not turned); they end as float32.
            "value_nearest": numbers with holes (NaN, 0), or ids of instances: moved by nearest neighbour; integers keep
            their dtype.
        value_fill: what made-up pixels of "value" and "value_nearest" become: a number, float("nan") among them, or
            {name: number}. None: a transform that makes up pixels is an error. With `class_weights`, made-up
            pixels have weight 0 where there are such maps, whether there is an `ignore_index` or not.
        drop_remainder: whether a last, smaller batch is left out.
        cache: None; "memory": samples are decoded once and kept in memory that all workers share; or a directory, where
            they are kept between runs as well, as files that are mapped and not read whole. What is kept is the decoded
            image and the class ids, before the transform; batches are the same bytes with and without it. A file that
            changes (by its size or time; of URLs, see `cache_key`) is decoded anew.
        cache_limit: how much memory "memory" may take, in bytes or as "8GB"; by default half of what is free at
            construction, on the machine and in the container or job, shared by all sequences of the process. What does
            not fit is decoded each time, which is said once.
        statistics_dir: where the count of the masks' pixels is kept between runs; by default in `cache`, if that is a
            directory.
        shard: (index, count): this host's part of every epoch, where `count` processes train one model, each with a
            sequence of its own that differs in `index` alone. All go through one epoch: side by side, the hosts'
            batches i are batch i of one host with `count * batch_size`, and the hosts have equally many, so that up to
            `count - 1` positions at the end of an epoch are left out. None: as `keras.distribution` says where it is
            active at construction and leaves it to the data (`auto_shard_dataset=False`); else everything, (0, 1).
        on_error: "raise", or "skip": a sample that cannot be used is replaced by the next one of its epoch, said in
            one warning, and kept in `skipped`. So is what `predict` gives: its row for a skipped sample is another's.
        seed: of order, augmentation and split; an integer from 0.
        num_samples: how many samples there are, where a subclass overrides `load` and there are no paths or arrays.
        workers: threads or processes that prepare batches; 0: the thread that asks does it itself.
        use_multiprocessing: whether workers are processes. They start when they are first needed, import neither Keras
            nor TensorFlow, write straight into the memory of the batches, and are replaced should they die; after a
            minute with nothing to do, they end until they are needed again. Keras itself always asks from threads
            (`seq.use_multiprocessing` is False), so that its own forking pool is never used.
        max_queue_size: batches that iteration, and Keras, have in hand before they are asked for.
        executor: any `concurrent.futures.Executor`, whose threads or processes prepare batches in the place of workers
            of this machine: Dask's `client.get_executor()`, `seqaug.ray.RayExecutor()`, or a pool of your own. Up to
            `max_queue_size` batches are being made at a time, each as one task; `workers` says nothing. Files must be
            where all of them see them. The executor stays yours: it is not shut down.

    Attributes:
        samples: the image/mask pairs, or the images, by index: `seq.samples[3].image`.
        palette: the `Palette`, or None.
        num_classes: how many classes, or None where it is not known.
        class_names: the names of the classes in id order, or None without a palette.
        ignore_index: the label that losses skip, or None.
        batch_size: samples in a batch.
        seed: the seed.
        shard: (index, count), which part of every epoch this host has.

    Raises:
        ValueError: an argument is out of range or contradicts another one.
        TypeError: an argument is of a wrong kind.
        ImportError, ReadError: what reads a URL is not installed, or its protocol is unknown.
        SampleError: a mask cannot be used, where `oversample` or `class_weights` needs all of them. Otherwise samples
            are read, and raise, when a batch with them is asked for.
    """

    def __init__(
        self,
        images: Any = None,
        masks: Any = None,
        *,
        batch_size: int = 8,
        palette: Any = None,
        transform: Any = None,
        num_classes: int | None = None,
        color_mode: str = "rgb",
        image_size: tuple[int, int] | None = None,
        shuffle: bool | None = None,
        oversample: Any = None,
        samples_per_epoch: int | None = None,
        ignore_index: int | None = None,
        mirrored_classes: Sequence[tuple[Any, Any]] | None = None,
        mask_encoding: str = "sparse",
        class_weights: str | Sequence[float] | Mapping[int | str, float] | Array | None = None,
        rescale: float | None = DEFAULT_RESCALE,
        additional_targets: Mapping[str, str] | None = None,
        value_fill: float | Mapping[str, float] | None = None,
        drop_remainder: bool = False,
        cache: PathLike | None = None,
        cache_limit: int | str | None = None,
        statistics_dir: PathLike | None = None,
        on_error: str = "raise",
        shard: tuple[int, int] | None = None,
        seed: int = 0,
        num_samples: int | None = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = DEFAULT_MAX_QUEUE_SIZE,
        executor: Executor | None = None,
    ) -> None:
        super().__init__(
            batch_size=batch_size,
            seed=seed,
            on_error=on_error,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            max_queue_size=max_queue_size,
            executor=executor,
        )
        # Where there are not even images, a subclass loads both.
        has_masks = masks is not None or images is None
        if not has_masks:
            refuse_without_masks(
                {
                    "oversample": oversample,
                    "class_weights": class_weights,
                    "mask_encoding": None if mask_encoding == "sparse" else mask_encoding,
                    "statistics_dir": statistics_dir,
                    "mirrored_classes": mirrored_classes,
                }
            )
            if type(self).assemble is SegmentationSequence.assemble:
                self._lacking = "masks"
        shuffle = self._settled_shuffle(shuffle, has_masks)
        if mask_encoding == "binary" and palette is None and num_classes is None:
            num_classes = 2
        labels = LabelSpec(as_palette(palette), num_classes, ignore_index)
        self.palette: Palette | None = labels.palette
        self.num_classes: int | None = labels.num_classes
        self.class_names: list[str] | None = labels.class_names
        self.ignore_index: int | None = labels.ignore_index
        self._labels = labels
        self._transform = transform

        loads_itself = type(self).load is not SegmentationSequence.load
        self._has_masks = has_masks
        self.samples: DataSource = _source(
            images,
            masks,
            num_samples,
            loads_itself=loads_itself,
            color_mode=one_of("color_mode", color_mode, COLOR_MODES),
            colored_masks=labels.palette is not None,
        )
        mask_subset = self._make_mask_subset(labels, loads_itself) if has_masks else None
        targets = target_kinds(additional_targets)
        if targets and not loads_itself:
            raise ValueError(
                f"additional_targets names {', '.join(map(repr, targets))}, and nothing gives these arrays; override "
                "load(self, index) in a subclass, and add them to super().load(index)"
            )
        image_size = None if image_size is None else height_and_width("image_size", image_size)
        mirrored_ids = mirrored_pairs(mirrored_classes, labels.class_names, labels.num_classes, labels.ignore_index)
        augmenter = None
        if transform is not None:
            augmenter = Augmenter(
                transform,
                targets,
                labels.ignore_index,
                labels.num_classes,
                has_mask=has_masks,
                value_fill=value_fill,
                mirrored_ids=mirrored_ids,
            )
            if has_masks and mirrored_classes is None and labels.class_names is not None:
                _warn_of_sides(labels.class_names, augmenter)
        self._rescale = rescale
        self._takes_rng = loads_itself and takes_rng(self.load)
        division = self._divided(samples_per_epoch, drop_remainder=drop_remainder, shuffle=shuffle, shard=shard)
        self._strategies = partial(strategy_statistics, chosen=strategy_of(oversample), length=division.length)
        fingerprint = self._fingerprint(labels.fingerprint, targets, loads_itself=loads_itself)
        self._cache = self._make_cache(cache, cache_limit, fingerprint, loads_itself)
        self._scan: Scan | None = None
        if has_masks:
            self._recipe.counts_dir = cache if statistics_dir is None else statistics_dir
            self._scan = self._make_scan(labels, self._recipe.counts_dir, loads_itself)
        pixel_weights = resolve_class_weights(
            class_weights, self.compute_class_weights, labels.num_classes, labels.class_names
        )
        if mask_encoding == "one_hot" and labels.ignore_index is not None and pixel_weights is None:
            mention_empty_rows(labels.ignore_index)
        pipeline = Pipeline(
            load=self.load if loads_itself else self.samples.load,
            describe=self.samples.describe,
            cache=self._cache,
            labels=labels if has_masks else None,
            augmenter=augmenter,
            encoding=RowEncoding(
                rescale, targets, MaskEncoding(labels, mask_encoding, pixel_weights) if has_masks else None
            ),
            additional_targets=targets,
            value_fill=value_fill,
            image_size=image_size,
            seed=self.seed,
            takes_rng=self._takes_rng,
        )
        are_files = (has_masks and isinstance(self.samples, FilePairs)) or isinstance(self.samples, ImageFiles)
        masks_said = "y: none, images without masks to predict on"
        if has_masks:
            masks_said = masks_line(labels, mask_encoding, image_size, has_weights=pixel_weights is not None)
        self._batch_lines = (
            images_line(image_size, color_mode, are_files, rescale),
            masks_said,
            transform_line(transform),
        )
        checks = self._checks_of_samples(
            pipeline, augmenter, rescale=rescale, color_mode=color_mode, loads_itself=loads_itself
        )
        if mask_subset is not None:
            checks.append(FirstMasksCheck(labels, mask_subset, only_of_batch=loads_itself))
        if augmenter is not None and labels.ignore_index is not None:
            checks.append(LabelTargetsCheck(targets, labels.ignore_index))
        self._serve(pipeline, oversample, self._counts, division=division, shuffle=shuffle, checks=checks)

    def _make_mask_subset(self, labels: LabelSpec, loads_itself: bool) -> MaskSubset:
        load_mask = self._load_mask if loads_itself else cast(ImageMaskSource, self.samples).load_mask
        are_files = isinstance(self.samples, FilePairs) and not loads_itself
        mask_subset = MaskSubset(load_mask, len(self.samples), are_files=are_files)
        labels.set_mask_subset(mask_subset)
        return mask_subset

    def _make_scan(self, labels: LabelSpec, directory: Any, loads_itself: bool) -> Scan | None:
        if labels.num_classes is None:
            return None
        key_of = self._key_of_samples(loads_itself)
        store = None
        if key_of is not None and directory is not None and directory != "memory":
            store = ScanStore(
                directory, self._fingerprint(labels.fingerprint, {}, loads_itself=loads_itself), labels.num_classes
            )
        return Scan(
            self._engine,
            ClassCounter(
                load_mask=self._load_mask if loads_itself else cast(ImageMaskSource, self.samples).load_mask,
                describe=self.samples.describe,
                labels=labels,
            ),
            num_samples=len(self.samples),
            num_classes=labels.num_classes,
            store=store,
            key_of=key_of,
            on_failure=self._skipped.note if self._skips else None,
        )

    def _remake_scan(self) -> None:
        recipe = self._recipe
        self._scan = None
        if self._has_masks:
            self._scan = self._make_scan(self._labels, recipe.counts_dir, recipe.cache.loads_itself)
        if self._scan is not None and recipe.counts is not None:
            self._scan.adopt(recipe.counts)

    def _counts(self, wanted: str) -> ClassCounts:
        if not self._has_masks:
            raise ValueError(f"{wanted} needs masks, and the sequence was made without")
        if self._scan is None:
            raise ValueError(f"{wanted} needs num_classes= (or a palette) to know the classes")
        return self._scan.counts()

    def class_statistics(self) -> ClassStatistics:
        """Count the pixels of each class in all masks, as they are stored; print the result to see it as a table.

        The first call reads all masks, with the sequence's workers and a progress bar; others know the answer. With a
        directory as `cache` or `statistics_dir`, so do later runs: only masks that are new or have changed are read.

        Returns:
            For each class, its pixels, their share and the images that contain it, and what each way to `oversample`
            makes of that; see `ClassStatistics`.

        Raises:
            ValueError: it is not known how many classes there are.
            SampleError: a mask cannot be used; with `on_error="skip"` it counts as empty and is noted in `skipped`.
        """
        return ClassStatistics(self._counts("class_statistics()"), self.class_names, self._strategies)

    def compute_class_weights(self, method: str, *, beta: float = 0.999) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Compute a weight for each class, the higher the rarer it is, from `class_statistics`.

        Args:
            method: "median_frequency" (Eigen & Fergus 2015; SegNet), "inverse", "enet" (Paszke et al. 2016) or
                "effective_number" (Cui et al. 2019); formulas in
                `seqaug.statistics.class_weights.compute_class_weights`.
            beta: of "effective_number", from 0 to below 1.

        Returns:
            (num_classes,), float64; 0 for classes that no mask contains.

        Raises:
            ValueError: the method is unknown, `beta` is out of range, or there is no labelled pixel; or as for
                `class_statistics`.
            SampleError: as for `class_statistics`.
        """
        return self.class_statistics().compute_class_weights(method, beta=beta)

    def preview(
        self,
        n: int = 4,
        *,
        index: int | Iterable[int] | None = None,
        epoch: int | None = None,
        width: int = 1240,
    ) -> Preview:
        """Draw samples as they are loaded and as they are trained on, each with its mask laid over it.

        Ignored pixels are hatched, or white where they are thin; the classes that occur are named, and below stands
        what to mind about the transform. The background of binary masks has no colour. Captions say the dtype and the
        range that the image has in the batch. A notebook shows the result; `.save("preview.png")` writes it (or .jpg,
        .webp, .pdf, .svg; in numbered files where it would be more than 4,000 pixels high), and `.advice` is the list
        of remarks.

        Args:
            n: how many samples, from the beginning of the epoch.
            index: samples to show instead, by their indices.
            epoch: whose order and augmentation to show; by default the current one's.
            width: of the picture, in pixels, 400 to 10,000.

        Raises:
            ImportError: matplotlib is missing: pip install "seqaug[plot]".
            SampleError, TransformError: as for a batch.
            TypeError, ValueError: there is no such sample or epoch, or `width` is out of range.
        """
        epoch = self.epoch if epoch is None else whole_number("epoch", epoch, 0)
        order = self._loader.order(epoch)
        return make_preview(
            self._pipeline,
            requests_to_show(order, epoch, n=n, index=index, num_samples=len(self.samples)),
            labels=self._labels,
            transform=self._transform,
            name_of=self._name_of,
            width=page_width("width", width),
        )

    def _name_of(self, index: int) -> str:
        image = self.samples[index].image
        return os.path.basename(shown(image)) if isinstance(image, str | os.PathLike) else ""

    def load(self, index: int) -> Mapping[str, Array]:
        """Load a sample; override it for data that is not an image file and a mask file.

        It is called from several threads at once, in any order, and again in every epoch. What it draws, it draws from
        `rng`, where it is `load(self, index, rng)`: a `np.random.Generator` made of (seed, epoch, position), so that
        batches stay the same everywhere; `super().load(index)` does without. Where a mask is loaded for what is no
        batch (`class_statistics`, `oversample`), it is that of epoch 0 and position `index`. With `rng`, there is no
        `cache`, which would keep what was drawn once.

        Args:
            index: which sample, from 0.

        Returns:
            A dict of arrays: "image", (H, W, C) or (H, W), uint8, uint16 or float; "mask", (H, W) class ids or
            (H, W, 3) palette colours; and what `additional_targets` names, of the same height and width. Maps of
            numbers keep the dimensions that they have: give (H, W, 1) where a model's input has a channel.

        Raises:
            ReadError: a file cannot be read. Whatever an override raises is reported as a `SampleError` with the
                index, or skipped with `on_error="skip"`.
        """
        return dict(self.samples.load(index))

    def _load_mask(self, index: int) -> Array:
        # Any subclass's `load` may take more than this one's.
        load: Any = self.load
        mask: Array = (load(index, rng=load_generator(self.seed, 0, index)) if self._takes_rng else load(index))["mask"]
        return mask

    def assemble(self, batch: dict[str, Array]) -> Any:
        """Put a batch together as the model takes it; override it for other inputs or targets.

        Args:
            batch: the stacked arrays: "image", (B, H, W, C), rescaled; "mask", encoded as `mask_encoding` says, where
                there are masks; the additional targets; with `class_weights`, "sample_weight",
                (B, H, W) float32; and "index", (B,) int64, the indices of the samples.

        Returns:
            `(x, y)` or `(x, y, sample_weight)`, or, without masks, `x`: arrays, or dicts or tuples of arrays.
        """
        if "mask" not in batch:
            return batch["image"]
        if "sample_weight" in batch:
            return batch["image"], batch["mask"], batch["sample_weight"]
        return batch["image"], batch["mask"]

    def _assembled(self, batch: dict[str, Array], loader: Loader, epoch: int, number: int) -> Any:
        try:
            return super()._assembled(batch, loader, epoch, number)
        except KeyError as error:
            if self._has_masks or error.args != ("mask",):
                raise
            raise ValueError(
                "assemble() asks for batch['mask'], and the sequence was made without masks; expected an assemble that "
                "returns the inputs alone where 'mask' is not in batch"
            ) from error

    def _pictures(self, batch: dict[str, Array], row: int) -> dict[str, Array]:
        pictures = {"_image": image_picture(batch["image"][row], self._rescale)}
        if self._has_masks:
            pictures["_mask"] = mask_picture(batch["mask"][row], self.palette, self.ignore_index)
        return pictures


def _warn_of_sides(names: Sequence[str], augmenter: Augmenter) -> None:
    pairs = [(names[left], names[right]) for left, right in left_right_pairs(names)]
    mirroring = augmenter.mirroring_transform() if pairs else None
    if mirroring is not None:
        warn_user(
            f"{mirroring} mirrors samples, and {pairs[0][0]!r} then looks like {pairs[0][1]!r} and keeps its label; "
            f"set mirrored_classes={pairs}, which change places in mirrored samples, or leave {mirroring} out; "
            "mirrored_classes=[] says that it is meant"
        )


def _source(
    images: Any,
    masks: Any,
    num_samples: int | None,
    *,
    loads_itself: bool,
    color_mode: str,
    colored_masks: bool,
) -> DataSource:
    if images is None and masks is None:
        if not loads_itself or num_samples is None:
            raise ValueError(
                "neither images nor masks; expected two sequences of paths, two arrays, or a subclass that overrides "
                "load(self, index) and says num_samples="
            )
        return IndexOnlySource(whole_number("num_samples", num_samples, 1))
    if images is None:
        raise ValueError("images is missing; expected both images and masks, or images alone to predict on")
    if num_samples is not None:
        raise ValueError(f"num_samples={num_samples} beside images and masks, which say how many there are")
    source: DataSource
    if masks is None:
        source = ImageArrays(images) if are_arrays(images) else ImageFiles(images, color_mode=color_mode)
        if not len(source):
            raise ValueError("no samples: images is empty; expected at least one")
        return source
    if are_arrays(images) != are_arrays(masks):
        raise TypeError("images and masks are paths on one side and arrays on the other; expected the same for both")
    if are_arrays(images):
        source = ArrayPairs(images, masks)
    else:
        source = FilePairs(images, masks, color_mode=color_mode, colored_masks=colored_masks)
    if not len(source):
        raise ValueError("no samples: images and masks are empty; expected at least one pair")
    if isinstance(source, FilePairs):
        for doubt in source.pairing_warnings():
            warn_user(doubt)
    return source
