"""`SegmentationSequence`: images and masks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any, cast

import numpy as np

from seqaug.augmentation.albumentations import Transform
from seqaug.checking.dataset import check_samples
from seqaug.checking.report import Report
from seqaug.checking.samples import Part, whole_samples
from seqaug.core.user_warnings import warn_user
from seqaug.engines.factory import Workers
from seqaug.jobs.class_scan import Scan
from seqaug.loader.data_loader import DEFAULT_MAX_QUEUE_SIZE
from seqaug.palette.class_map import ClassMapLike, as_class_map
from seqaug.palette.coercion import PaletteLike, as_palette
from seqaug.palette.first_masks_check import FirstMasksCheck
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.mask_subset import MaskSubset
from seqaug.palette.mirrored_classes import left_right_pairs, mirrored_pairs
from seqaug.palette.palette import Palette
from seqaug.palette.polygon_labels import refuse_label_map
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.pipeline.empty_rows import warn_of_empty_rows
from seqaug.pipeline.image_encoding import DataFormat, ImageDtype, channels_last
from seqaug.pipeline.mask_encoding import MaskEncodingName
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.reading.images import COLOR_MODES, ColorMode
from seqaug.reading.readers import Reader
from seqaug.sampling.drawn_counts import double_compensation_warning
from seqaug.sampling.factory import Oversample, resolve_strategy, strategy_statistics
from seqaug.sequence.additional_arguments import batch_sides, named_targets
from seqaug.sequence.arguments import Cache, Images, OnError, PathLike
from seqaug.sequence.cache_setup import CacheRecipe
from seqaug.sequence.description import (
    additional_lines,
    images_line,
    masks_line,
    padding_lines,
    prepare_lines,
    transform_line,
)
from seqaug.sequence.from_annotations import FromAnnotations
from seqaug.sequence.label_arguments import (
    ClassValuesCheck,
    OverlapCheck,
    by_class,
    labels_of,
    refuse_weights_by_class,
)
from seqaug.sequence.label_targets import LabelTargetsCheck
from seqaug.sequence.loading import takes_rng
from seqaug.sequence.mask_statistics import MaskStatistics
from seqaug.sequence.nodata import nodata_warning
from seqaug.sequence.prediction import refuse_without_masks
from seqaug.sequence.previewing import preview_of
from seqaug.sequence.range_check import AdditionalRangeCheck
from seqaug.sequence.source_arguments import readers_of, source_of_images, source_of_pairs
from seqaug.sequence.tiling import selected, tiled, tiles_line
from seqaug.sources.additional import with_additional
from seqaug.sources.annotated import AnnotatedFiles
from seqaug.sources.base import DataSource, ImageMaskSource
from seqaug.sources.files import FilePairs, ImageFiles
from seqaug.sources.tiled import TiledSource
from seqaug.sources.tiles import Tiles
from seqaug.statistics.class_weights import ClassWeightsLike, resolve_class_weights
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.redaction import shown
from seqaug.utils.validation import TargetKind, height_and_width, one_of
from seqaug.visualization.additional import additional_pictures, class_pictures
from seqaug.visualization.batch_images import to_png_image, to_png_mask
from seqaug.visualization.preview import Preview

Array = np.ndarray[Any, Any]


class SegmentationSequence(FromAnnotations, MaskStatistics):
    """Augmented image/mask batches for semantic segmentation, as a `keras.utils.Sequence`.

    ```python
    train = SegmentationSequence(images, masks, batch_size=8, palette="camvid", transform=A.Compose([...]))
    model.fit(train, validation_data=val, epochs=50, shuffle=False)
    ```

    `len(seq)` counts batches. `seq[i]` is batch `i` of the current epoch: random access, from any thread.
    `for x, y in seq` iterates over the current epoch and prefetches its batches. `seq.on_epoch_end()` moves to the next
    epoch, as `fit` does. A batch depends only on the samples, the transform, the seed, the epoch and `i`.

    By default a batch is `(x, y)`: `x` (B, H, W, C) float32 in 0..1; `y` (B, H, W) class ids, uint8 (int32 where ids
    above 255 are possible). Without masks a batch is `x` alone, in the order of the samples, for `predict`: row `i` of
    `model.predict(SegmentationSequence(images))` belongs to `seq.samples[i]`.

    Args:
        images: paths or fsspec URLs of images (JPEG, PNG, BMP, TIFF, WebP, and .npy and .npz of NumPy; a .npz of
            several arrays has an "image" and a "mask"); an array (N, H, W, C) or (N, H, W); or a sequence of arrays of
            any sizes; uint8, uint16, float, or other integers (see `color_mode`). EXIF orientation is ignored, for
            images and masks alike. None if a subclass overrides `load`.
        masks: as many paths or URLs; class ids (N, H, W); or palette colours (N, H, W, 3), uint8. Path lists that look
            mispaired (their names pair in another order, or share nothing) cause a warning. None: images alone, for
            prediction; the transform still applies. `{"organ": paths, "lesion": paths}`: a file for each class,
            non-zero inside, None where a sample has none of it; with "multi_label" a pixel may have several classes,
            otherwise it has the last of them, and id 0 is "background". With "multi_label" also arrays (N, H, W, K), or
            files of K bands. Polygon files (.json) of Cityscapes and LabelMe are drawn, as their own tools do, where
            `class_map` or `palette` names their labels; later shapes lie over earlier ones.
        batch_size: samples per batch; the last batch of an epoch may be smaller.
        palette: classes of the mask colours: a `Palette`; a built-in name ("voc", "camvid", "cityscapes", "ade20k",
            "camvid32", "binary"); `{name: (r, g, b)}`, or a list of several colours of one class; or the path or URL of
            a CSV file with the columns name,r,g,b. None: mask pixels are class ids (of an indexed PNG, its indices).
        class_map: for masks of ids: `{stored id: class id}`, with None for ids that are ignored. Other ids are an error
            that names them, unless the key "default" says what they become. Or the map of a data set, which has its
            names and colours: "cityscapes" (labelIds to the 19 classes that are evaluated), "ade20k" (1 to 150 become 0
            to 149, 0 is ignored), "coco_stuff" (the 171 classes of its PNGs), "oxford_pets" (trimaps: background and
            pet; the border is ignored), "binary" (0, and one of 1, 255 and 65,535). With it, `palette` only names and
            colours the classes. For polygon files, `{label: class id}` likewise, or "cityscapes"; pixels outside of all
            polygons are of the label "background", "_background_" or "unlabeled", else 0 if no label is, else ignored.
        prepare: an Albumentations transform without randomness, applied once to image, mask and additional targets
            together, before the cache: `A.Resize(512, 1024)`, `A.CenterCrop`, `A.ToGray(p=1)`, your own, or a
            composition of these. The cache then holds prepared samples, and class counts are those of prepared masks.
            The rules of `transform` for masks and filled pixels apply. Transforms that are random, or have `p` below 1,
            are refused: they belong into `transform`.
        transform: an Albumentations transform or composition, or None; the sequence uses a copy. Masks are only ever
            resampled by nearest neighbour, and pixels that the transform fills become `ignore_index`.
        repeats: rows of each sample that is read, each augmented by itself and side by side in the batch (Hoffer et al.
            2020, "Augment your batch"): position p of an epoch is repeat `p % repeats` of the sample read as number
            `p // repeats`. An epoch still reads `samples_per_epoch` samples, so that it has `repeats` times as many
            batches; `batch_size` counts rows, and must be a multiple of `repeats`.
        num_classes: number of classes; taken from the palette or the class map if there is one. For masks of ids, set
            it to detect out-of-range ids, keep masks uint8 and allow one-hot masks.
        color_mode: how image files are read. "rgb", "grayscale", "rgba": 3, 1 or 4 channels, uint8 (16-bit files are
            scaled by 1/256). "unchanged": channels and depth as stored; the pages of a TIFF become channels. Integers
            other than uint8 and uint16, such as the int16 of CT and elevation, become float32: the same numbers, up to
            2**24, above which they are an error.
        read_image: your function from a path to an image, (H, W, C) or (H, W), uint8, uint16 or float, in the place of
            the built-in reader: for NIfTI, DICOM, RAW or HDF5. It gets each path as it was given, which may name a part
            of a file, as in "scans.h5#12", and is sent to the workers.
        read_mask: your function from a path to a mask, class ids (H, W) or colours (H, W, 3), likewise.
        reader_name: identifies your readers where `cache` or `statistics_dir` is a directory, which outlives them: any
            text that changes whenever they do, such as "nifti 1".
        tiles: `seqaug.Tiles(512)`: samples are windows of the images, which are too large to train on whole. Whatever
            counts samples counts tiles, such as `samples_per_epoch` and `class_statistics()`; splits are by file. Sizes
            are read from the files' headers at construction. Files that must be decoded whole, such as PNG, are
            shuffled a few at a time, which stay decoded. `cache` holds whole images. Not with `prepare`.
        image_size: (height, width) of every sample after the transform: bilinear for images, nearest neighbour for
            masks. None: sizes stay as they are.
        shuffle: whether each epoch has a new order. None: True with masks, False without.
        oversample: None; "class_uniform", "repeat_factor" or "rare_class"; one of these with parameters
            (`seqaug.ClassUniform`, `seqaug.RepeatFactor`, `seqaug.RareClass`); a sampler of your own, see
            `seqaug.Sampler`; or one weight per sample, in proportion to which samples are drawn. The strategies read
            all masks once, at construction. If more than a third of the samples are never drawn, or a class or sample
            takes too many positions, a warning gives the figures and better values.
        samples_per_epoch: samples read per epoch; default: the number of samples. Shuffled passes over the samples
            continue across epochs, so that no sample repeats before all have been drawn.
        ignore_index: label that losses skip, 0 to 65,535. Default: 255 (65,535 above 255 classes) if the palette or the
            class map ignores some pixels, else none.
        mirrored_classes: pairs of classes that swap whenever the transform mirrors a sample, such as
            `[("left lung", "right lung")]`: names of the palette, or ids without one. A mirrored sample is one that no
            rotation maps back: after `A.HorizontalFlip`, `A.VerticalFlip`, `A.Transpose`, half of `A.D4` or a negative
            scale, anywhere in the composition; two of them cancel. Mirroring is detected by following the pixels of
            each sample, at the cost of two more masks in its geometric transforms. Only "mask" changes;
            `class_statistics()`, `oversample` and `ClassCrop` use masks before `transform`. None: a palette with left
            and right names causes a warning if the transform mirrors. `[]`: labels stay, without a warning.
        mask_encoding: "sparse": ids, (B, H, W). "one_hot": (B, H, W, K) float32, all 0 at ignored pixels, which
            `seqaug.losses` and `seqaug.metrics` skip and most of Keras' do not. "binary": (B, H, W, 1) float32, for two
            classes and no `ignore_index`; masks of 0 and 1, or 0 and 255, need neither palette nor `class_map`.
            "multi_label": (B, H, W, K) float32, a 1 for each class of a pixel; pixels that a transform fills have none.
        class_weights: None; "uniform": 1 for every class, so that weighted metrics skip ignored pixels; a method of
            `compute_class_weights()`, or one with parameters (`seqaug.ClassWeights`: of what `oversample` draws, with
            a limit); or one weight per class, as a list or as a dict by id or name. Batches are then
            `(x, y, sample_weight)`: `sample_weight`, (B, H, W) float32, holds the weight of each pixel's class, and 0
            where it is ignored. Keras' own `fit(class_weight=)` is wrong for masks.
        rescale: factor of uint8 and uint16 images, giving float32; None: they stay. The default, 1 / 255, applies to
            uint8 alone; uint16 images stay as they are, with a warning: set `1 / 65535`, or `1 / 4095` for 12 bits.
            Float images, and other integers, which become floats when read, are never rescaled, so that `A.Normalize`
            and `A.ToFloat` are not scaled again.
        dtype: of images that are floats in the batch: "float32", "float16" or "bfloat16" (a dtype of `ml_dtypes`),
            rounded to nearest from float32 by the workers. 16 bits halve the memory of a batch, and are what a model
            computes in under Keras' policies "mixed_float16" and "mixed_bfloat16". Masks, `sample_weight` and values
            keep their dtypes: losses need them exact.
        data_format: "channels_last"; or "channels_first": images (B, C, H, W), "one_hot" masks (B, K, H, W), "binary"
            masks (B, 1, H, W), and additional targets of three axes likewise. "sparse" masks and `sample_weight` stay
            (B, H, W). Keras' losses then need `axis=1`; `seqaug.losses` and `seqaug.metrics` take channels last.
        pad_batches: False; True: samples of unequal sizes are padded, at the bottom and on the right, to the largest
            height and width of their batch; or a number, to a multiple of which these are rounded up, as networks that
            halve sizes need it: 32. Images are padded with 0 (after `rescale` and transforms), masks with
            `ignore_index`, one-hot masks with zeros, `sample_weight` with 0, and values with `value_fill`. Sizes then
            differ between batches. Not with `image_size`. Costs one more copy of each batch, in this process.
        additional: further arrays of each sample, by name, such as `{"depth": paths}`: as many paths, URLs or arrays as
            images, of the images' sizes. Files keep their depth and channels. `additional_targets` says what they are.
        additional_targets: kinds of the further arrays, those of `additional` and those that an own `load` returns, by
            name. "image": a picture, transformed like the image; an input. All others are targets. "mask": labels,
            moved like the mask, `ignore_index` in filled pixels. "value": measurements such as depth, (H, W) or
            (H, W, C), of any dtype; moved like the image, bilinearly, otherwise unchanged (vectors are not rotated),
            and float32 in the batch. "value_nearest": measurements with holes (NaN, 0), or instance ids; moved by
            nearest neighbour; integers keep their dtype. Where a batch has several inputs, `x` is a dict by name,
            `{"image": ..., "left": ...}`; where it has several targets, `y` is one, `{"mask": ..., "depth": ...}`, and
            so is `sample_weight`. Of `additional`, numbers are (B, H, W, C), and labels (B, H, W).
        value_fill: value of filled pixels in "value" and "value_nearest": a number, `float("nan")` included, or
            `{name: number}`. None: a transform that fills pixels is an error. With `class_weights`, filled pixels
            have weight 0 where there are such arrays, with or without `ignore_index`.
        drop_remainder: whether to drop a smaller last batch.
        cache: None; "memory": decode samples once, into memory that all workers share; or a directory: keep them across
            runs as well, in memory-mapped files. The cache holds decoded images and class ids, after `prepare` and
            before `transform`; batches are byte-identical with and without it. A file that changes (size or time; for
            URLs see `cache_key`) is decoded again.
        cache_limit: memory limit of "memory", in bytes or as "8GB". Default: half of the memory free at construction,
            on the machine and in the container or job, shared by all sequences of the process. Samples that do not fit
            are decoded each time, with one warning.
        statistics_dir: directory that keeps the pixel counts of the masks across runs; default: `cache`, if that is a
            directory.
        shard: (index, count): this host's part of every epoch, where `count` processes train one model, each with its
            own sequence that differs in `index` alone. Side by side, the hosts' batches `i` are batch `i` of one host
            with `count * batch_size`. All hosts have equally many batches; up to `count - 1` positions at the end of an
            epoch are dropped. None: taken from `keras.distribution` if that is active at construction and leaves
            sharding to the data (`auto_shard_dataset=False`); else (0, 1), everything.
        on_error: "raise"; or "skip": replace a sample that cannot be used by the next one of its epoch, warn once and
            record it in `skipped`. In the result of `predict`, the row of a skipped sample belongs to its replacement.
        seed: seed of order, augmentation and split; an integer from 0.
        num_samples: number of samples, if a subclass overrides `load` and there are no paths or arrays.
        workers: threads or processes that prepare batches; 0: the calling thread prepares them. "auto": number and kind
            are chosen when the first batch is requested, from the cores and the free memory that this process may use,
            and a trial of about 0.3 seconds; the logger "seqaug" tells the choice and why (level INFO). With
            `use_multiprocessing=True`, only the number is chosen.
        use_multiprocessing: whether workers are processes. They start when first needed, import neither Keras nor
            TensorFlow, write straight into the memory of the batches, are replaced if they die, and stop after an idle
            minute until they are needed again. Keras itself always asks from threads (`seq.use_multiprocessing` is
            False), so that its own forking pool is never used.
        max_queue_size: number of prefetched batches, for iteration and for Keras.
        executor: a `concurrent.futures.Executor` used instead of local workers: Dask's `client.get_executor()`,
            `seqaug.ray.RayExecutor()` or your own pool. Each batch is one task, up to `max_queue_size` at a time;
            `workers` has no effect. Its workers must be able to read the files. The sequence never shuts it down.

    Attributes:
        samples: image/mask pairs, or images, by index: `seq.samples[3].image`, `seq.samples[3].additional["depth"]`;
            with `tiles` also `seq.samples[3].window`: (top, left, height, width).
        palette: the `Palette`, or None.
        num_classes: number of classes, or None if unknown.
        class_names: class names in id order, or None without a palette.
        ignore_index: label that losses skip, or None.
        batch_size: rows per batch.
        repeats: rows of each sample that is read.
        seed: the seed.
        shard: (index, count), this host's part of every epoch.

    Raises:
        ValueError: an argument is out of range or contradicts another one.
        TypeError: an argument has the wrong type.
        ImportError, ReadError: the package that reads a URL is not installed, or its protocol is unknown.
        SampleError: a mask cannot be used, where `oversample` or `class_weights` needs all of them. Otherwise samples
            are read, and errors raised, when a batch needs them.
    """

    def __init__(
        self,
        images: Images | None = None,
        masks: Images | Mapping[str, Any] | None = None,
        *,
        batch_size: int = 8,
        palette: PaletteLike | None = None,
        class_map: ClassMapLike | None = None,
        prepare: Transform | None = None,
        transform: Transform | None = None,
        repeats: int = 1,
        num_classes: int | None = None,
        color_mode: ColorMode = "rgb",
        read_image: Reader | None = None,
        read_mask: Reader | None = None,
        reader_name: str | None = None,
        tiles: Tiles | None = None,
        image_size: tuple[int, int] | None = None,
        shuffle: bool | None = None,
        oversample: Oversample | None = None,
        samples_per_epoch: int | None = None,
        ignore_index: int | None = None,
        mirrored_classes: Sequence[tuple[int, int] | tuple[str, str]] | None = None,
        mask_encoding: MaskEncodingName = "sparse",
        class_weights: ClassWeightsLike | None = None,
        rescale: float | None = DEFAULT_RESCALE,
        dtype: ImageDtype = "float32",
        data_format: DataFormat = "channels_last",
        pad_batches: bool | int = False,
        additional: Mapping[str, Images | PathLike] | None = None,
        additional_targets: Mapping[str, TargetKind] | None = None,
        value_fill: float | Mapping[str, float] | None = None,
        drop_remainder: bool = False,
        cache: Cache | None = None,
        cache_limit: int | str | None = None,
        statistics_dir: PathLike | None = None,
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
        # Without images too, a subclass loads both.
        has_masks = masks is not None or images is None
        loads_itself = type(self).load is not SegmentationSequence.load
        targets = named_targets(
            additional, additional_targets, has_images=images is not None, loads_itself=loads_itself
        )
        self._targets = targets
        self._inputs, self._outputs = batch_sides(targets, has_masks=has_masks)
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
            if type(self).assemble is SegmentationSequence.assemble and not self._outputs:
                self._missing_targets = "masks"
        shuffle = self._resolve_shuffle(shuffle, default=bool(self._outputs))
        labels = labels_of(
            masks,
            mask_encoding,
            palette=as_palette(palette),
            num_classes=num_classes,
            ignore_index=ignore_index,
            class_map=as_class_map(class_map),
            additional_targets=targets,
        )
        self.palette: Palette | None = labels.palette
        self.num_classes: int | None = labels.num_classes
        self.class_names: list[str] | None = labels.class_names
        self.ignore_index: int | None = labels.ignore_index
        self._labels = labels
        self._transform = transform

        self._has_masks = has_masks
        self._mask_encoding = mask_encoding
        one_of("color_mode", color_mode, COLOR_MODES)
        readers = readers_of(
            read_image,
            read_mask,
            reader_name,
            color_mode=color_mode,
            has_masks=masks is not None,
            directories={"cache": cache, "statistics_dir": statistics_dir},
        )
        self.samples: DataSource
        if masks is not None:
            self.samples = source_of_pairs(
                images,
                masks,
                num_samples,
                color_mode=color_mode,
                labels=labels,
                readers=readers,
            )
        else:
            self.samples = source_of_images(
                images,
                num_samples,
                loads_itself=loads_itself,
                color_mode=color_mode,
                readers=readers,
                missing="neither images nor masks; expected two sequences of paths, two arrays",
            )
        if getattr(self.samples, "polygons", None) is None:
            refuse_label_map(labels)
        load_planes = getattr(self.samples, "load_planes", None) if labels.overlapping is None else None
        load_by_class = getattr(self.samples, "load_by_class", None)
        are_files = isinstance(self.samples, FilePairs | ImageFiles | AnnotatedFiles) and read_image is None
        if additional:
            self.samples = with_additional(self.samples, additional, targets)
        self._takes_rng = loads_itself and takes_rng(self.load)
        if tiles is not None:
            self.samples = tiled(
                self.samples,
                tiles,
                labels,
                prepare=prepare,
                has_masks=has_masks,
                directory=cache if statistics_dir is None else statistics_dir,
            )
        image_size = None if image_size is None else height_and_width("image_size", image_size)
        mirrored_ids = mirrored_pairs(mirrored_classes, labels.class_names, labels.num_classes, labels.ignore_index)
        builder = PipelineBuilder(
            labels=labels,
            has_masks=has_masks,
            prepare=prepare,
            transform=transform,
            image_size=image_size,
            rescale=rescale,
            dtype=dtype,
            data_format=data_format,
            pad_batches=pad_batches,
            seed=self.seed,
            mask_encoding=mask_encoding,
            additional_targets=targets,
            value_fill=value_fill,
            mirrored_ids=mirrored_ids,
        )
        augmenter, preparer = builder.augmenter, builder.preparer
        self._builder = builder
        self._color_mode = color_mode
        self._read_image = read_image
        warning = nodata_warning(self.samples, labels) if has_masks else None
        if warning is not None:
            warn_user(warning)
        if has_masks and mirrored_classes is None and labels.class_names is not None:
            _warn_of_mirroring(labels.class_names, builder)
        self._rescale = rescale
        tile_counts = self._select_tiles(builder, cache if statistics_dir is None else statistics_dir, loads_itself)
        mask_subset = self._make_mask_subset(labels, loads_itself) if has_masks else None
        batch_sampler = self._make_batch_sampler(
            samples_per_epoch, drop_remainder=drop_remainder, shuffle=shuffle, shard=shard
        )
        self._strategies = partial(
            strategy_statistics, chosen=resolve_strategy(oversample), length=batch_sampler.length // self.repeats
        )
        fingerprint = self._fingerprint(
            labels.fingerprint, targets, loads_itself=loads_itself, prepared=self._prepare_key(preparer, "cache", cache)
        )
        self._cache = self._make_cache(CacheRecipe(cache, cache_limit, fingerprint, loads_itself))
        self._scan: Scan | None = None
        if has_masks:
            self._recipe.counts_dir = cache if statistics_dir is None else statistics_dir
            # Only to load samples: rows are written by the pipeline below, which knows the weights.
            loading = builder.pipeline(
                self.samples,
                load=self.load if loads_itself else None,
                takes_rng=self._takes_rng,
                cache=self._cache,
                only_loads=True,
                caches_by_file=self._caches_by_file(loads_itself),
            )
            self._scan = self._make_scan(labels, self._recipe.counts_dir, loads_itself, loading)
            if self._scan is not None and tile_counts is not None:
                self._scan.adopt(tile_counts)
        sampling = {"oversample": oversample, "length": batch_sampler.length // self.repeats, "shuffle": shuffle}
        if labels.overlapping is not None:
            refuse_weights_by_class(class_weights)
        pixel_weights = resolve_class_weights(
            class_weights,
            lambda weights: self._class_weights(weights, self._counts("class_weights"), sampling),
            labels.num_classes,
            labels.class_names,
        )
        self._resolved_weights = pixel_weights
        warning = double_compensation_warning(
            class_weights, oversample, None if augmenter is None else augmenter.class_crop
        )
        if warning is not None:
            warn_user(warning)
        if mask_encoding == "one_hot" and labels.ignore_index is not None and pixel_weights is None:
            warn_of_empty_rows(labels.ignore_index)
        pipeline = builder.pipeline(
            self.samples,
            load=self.load if loads_itself else None,
            takes_rng=self._takes_rng,
            cache=self._cache,
            pixel_weights=pixel_weights,
            counts=self._counts,
            caches_by_file=self._caches_by_file(loads_itself),
        )
        masks_text = "y: none, images without masks to predict on"
        if has_masks:
            masks_text = masks_line(
                labels, mask_encoding, image_size, has_weights=pixel_weights is not None, data_format=data_format
            )
        self._batch_lines = (
            images_line(image_size, color_mode, are_files, rescale, dtype=dtype, data_format=data_format),
            *((masks_text,) if has_masks or not self._outputs else ()),
            *additional_lines(self._inputs, self._outputs, targets, data_format=data_format),
            *padding_lines(pad_batches),
            *([tiles_line(self.samples)] if isinstance(self.samples, TiledSource) else []),
            *prepare_lines(prepare),
            transform_line(transform),
        )
        checks = self._sample_checks(
            pipeline, augmenter, rescale=rescale, dtype=dtype, color_mode=color_mode, loads_itself=loads_itself
        )
        if len(self._inputs) > 1:
            checks.append(AdditionalRangeCheck(self._inputs[1:], rescale=rescale))
        if load_planes is not None and isinstance(masks, Mapping):
            tiles_of = self.samples if isinstance(self.samples, TiledSource) else None
            if tiles_of is None:
                checks.append(OverlapCheck(load_planes, list(masks)))
            else:  # of one file: it may be large
                checks.append(OverlapCheck(lambda index: load_planes(tiles_of.parent(index)), list(masks), most=1))
        if labels.overlapping is not None or (load_by_class is not None and not loads_itself):
            checks.append(self._class_values_check(load_by_class, loads_itself))
        if mask_subset is not None:
            checks.append(FirstMasksCheck(labels, mask_subset, only_of_batch=loads_itself))
        if (augmenter is not None or preparer is not None) and labels.ignore_index is not None:
            checks.append(LabelTargetsCheck(targets, labels.ignore_index))
        self._finish_construction(
            pipeline, oversample, self._counts, batch_sampler=batch_sampler, shuffle=shuffle, checks=checks
        )

    def _select_tiles(self, builder: PipelineBuilder, directory: Any, loads_itself: bool) -> ClassCounts | None:
        """Leave out tiles by their labels, if that is asked for; return the class counts of the others."""
        if not isinstance(self.samples, TiledSource) or not self.samples.tiles.selects:
            return None
        load = self.load if loads_itself else None
        loading = builder.pipeline(self.samples, load=load, takes_rng=self._takes_rng, only_loads=True)
        self._scan = self._make_scan(self._labels, directory, loads_itself, loading)
        counts = self._counts("tiles=Tiles(min_labelled=, classes=)")
        kept = selected(self.samples.tiles, counts, self._labels)
        self.samples = self.samples.subset(kept)
        return counts.take(kept)

    def _class_values_check(self, load: Any, loads_itself: bool) -> ClassValuesCheck:
        """Return the check of masks by class, which `load` loads by the index of a file; None: planes are loaded."""
        if load is None or loads_itself:
            load_mask = self._load_mask if loads_itself else cast(ImageMaskSource, self.samples).load_mask
            return ClassValuesCheck(by_class(load_mask, self._labels))
        tiles = self.samples if isinstance(self.samples, TiledSource) else None
        # Of tiles, one file: it may be large.
        return ClassValuesCheck(load) if tiles is None else ClassValuesCheck(lambda index: load(tiles.parent(index)), 1)

    def _make_mask_subset(self, labels: LabelSpec, loads_itself: bool) -> MaskSubset:
        load_mask = self._load_mask if loads_itself else cast(ImageMaskSource, self.samples).load_mask
        mask_subset = MaskSubset(load_mask, len(self.samples))
        labels.set_mask_subset(mask_subset)
        return mask_subset

    def loss(self, *, from_logits: bool) -> Any:
        """Return the cross-entropy that fits `mask_encoding` and `ignore_index`, for a model of `num_classes` channels.

        ```python
        model.compile("adam", train.loss(from_logits=True), metrics=train.metrics(from_logits=True))
        ```

        The mean is over labelled pixels. For "sparse" masks it is `keras.losses.SparseCategoricalCrossentropy` with
        `ignore_class`; for "one_hot", `seqaug.losses.CategoricalCrossentropy`; for "binary" (a model of one channel)
        and "multi_label", `keras.losses.BinaryCrossentropy`.

        Args:
            from_logits: whether the model returns logits; False: probabilities, of a softmax or sigmoid at its end. A
                wrong value trains badly, without an error.

        Raises:
            ValueError: the sequence has no masks, or `data_format` is "channels_first", which Keras' losses do not take
                on every backend.
        """
        from seqaug.losses.of_targets import mask_loss

        self._require_masks("loss()")
        self._require_channels_last("loss()")
        return mask_loss(self._mask_encoding, self.ignore_index, from_logits=from_logits)

    def metrics(self, *, from_logits: bool) -> list[Any]:
        """Return the metrics that fit the masks: `seqaug.metrics.MeanIoU` over labelled pixels.

        For "multi_label" it is `keras.metrics.BinaryIoU`, of the pixels of all classes together.

        With `class_weights`, pass them as `metrics`, not as `weighted_metrics`, to count all labelled pixels alike.

        Args:
            from_logits: as for `loss`.

        Raises:
            ValueError: the sequence has no masks or an unknown number of classes, or as for `loss`.
        """
        from seqaug.metrics.of_targets import mask_metrics, overlapping_metrics

        self._require_masks("metrics()")
        if self.num_classes is None:
            raise ValueError("metrics() needs num_classes= (or a palette) to know the classes")
        self._require_channels_last("metrics()")
        if self._labels.overlapping is not None:
            return overlapping_metrics(from_logits=from_logits)
        return mask_metrics(self.num_classes, self.ignore_index, from_logits=from_logits)

    def _require_channels_last(self, purpose: str) -> None:
        if self._pipeline.data_format != "channels_last":
            raise ValueError(
                f'{purpose} has no loss or metric for data_format="channels_first"; expected "channels_last", or a '
                "model that turns its outputs and a loss of your own"
            )

    def preview(
        self,
        n: int = 4,
        *,
        index: int | Iterable[int] | None = None,
        epoch: int | None = None,
        width: int = 1240,
    ) -> Preview:
        """Draw samples before and after augmentation, each with its mask as an overlay.

        Ignored pixels are hatched (white where thin); the classes present are named; remarks about the transform stand
        below. The background of binary masks has no colour. Captions give dtype and range of the image in the batch.
        Notebooks show the result; `.save("preview.png")` writes it (or .jpg, .webp, .pdf, .svg; several numbered files
        if it would be more than 4,000 pixels high), and `.advice` lists the remarks.

        Args:
            n: number of samples, from the start of the epoch.
            index: indices of the samples to show instead.
            epoch: epoch whose order and augmentation to show; default: the current one.
            width: width of the picture in pixels, 400 to 10,000.

        Raises:
            ImportError: matplotlib is missing: pip install "seqaug[plot]".
            SampleError, TransformError: as for a batch.
            TypeError, ValueError: there is no such sample or epoch, or `width` is out of range.
        """
        return preview_of(self, self._labels, self._transform, n=n, index=index, epoch=epoch, width=width)

    def check(self, validation: SegmentationSequence | None = None) -> Report:
        """Read every sample once, with the sequence's workers, and report issues: what `seqaug check` finds.

        Samples are checked as they are stored, before `prepare`, `tiles` and `transform`: unreadable files, arrays of
        a sample of different sizes, unknown colours or ids, masks by class that overlap, duplicates and more.

        Args:
            validation: another sequence, of the same classes, whose samples are checked too; images that are in both
                are issues as well.

        Returns:
            The `seqaug.checking.report.Report`: prints as text, is true if there are `issues`, and `to_json()` gives
            all of them.

        Raises:
            TypeError: `validation` is no `SegmentationSequence`.
        """
        return check_samples([self._part("training"), *self._validation_parts(validation)], self._engine)

    @staticmethod
    def _validation_parts(validation: Any) -> list[Part]:
        if validation is not None and not isinstance(validation, SegmentationSequence):
            raise TypeError(f"validation={validation!r}; expected a SegmentationSequence, or None")
        return [] if validation is None else [validation._part("validation")]

    def _part(self, name: str) -> Part:
        """Return the whole samples as a part of a data set that is checked."""
        if type(self).load is SegmentationSequence.load:
            return Part(name, whole_samples(self.samples), self._labels)
        return Part(name, self.samples, self._labels, self._load_own, self._targets)

    def _name_of(self, index: int) -> str:
        image = self.samples[index].image
        name = os.path.basename(shown(image)) if isinstance(image, str | os.PathLike) else ""
        if isinstance(self.samples, TiledSource):
            top, left, *_ = self.samples.window(index)
            name = f"{name} at row {top}, column {left}".strip()
        return name

    def load(self, index: int) -> Mapping[str, Array]:
        """Load a sample; override it for data that is not an image file and a mask file.

        Called from several threads at once, in any order, and again in every epoch. To draw random numbers, declare it
        as `load(self, index, rng)`: `rng` is a `np.random.Generator` seeded by (seed, epoch, position), so that batches
        stay reproducible; `super().load(index)` needs none. Masks loaded outside of a batch (`class_statistics`,
        `oversample`) are those of epoch 0 and position `index`. With `rng` there is no `cache`, which would freeze what
        was drawn first.

        Args:
            index: index of the sample, from 0.

        Returns:
            A dict of arrays: "image", (H, W, C) or (H, W), uint8, uint16 or float; "mask", class ids (H, W) or palette
            colours (H, W, 3); and the arrays that `additional_targets` names, of the same height and width. Arrays of
            kind "value" keep their dimensions: return (H, W, 1) where a model's input has a channel.

        Raises:
            ReadError: a file cannot be read. Any exception of an override becomes a `SampleError` with the index, or is
                skipped with `on_error="skip"`.
        """
        return dict(self.samples.load(index))

    def assemble(self, batch: dict[str, Array]) -> Any:
        """Assemble a batch as the model takes it; override it for other inputs or targets.

        Args:
            batch: the stacked arrays: "image", (B, H, W, C), rescaled; "mask", as `mask_encoding` says, if there are
                masks; the additional targets; with `class_weights`, "sample_weight", (B, H, W) float32, and beside it,
                for each additional target that is no image, "<name>_weight", 0 in filled and ignored pixels, else 1;
                and "index", (B,) int64, the indices of the samples.

        Returns:
            `(x, y)` or `(x, y, sample_weight)`, or, without targets, `x`: arrays, or dicts or tuples of arrays. Here
            `x` is the image, or a dict by name of it and the additional images; `y` and its weights likewise for the
            mask and the other additional targets.
        """
        x, y = _one_or_all(batch, self._inputs), _one_or_all(batch, self._outputs)
        if "sample_weight" in batch:
            return x, y, self._sample_weights(batch)
        return (x, y) if self._outputs else x

    def _sample_weights(self, batch: dict[str, Array]) -> Any:
        """Return the weights of pixels, by name where there are several targets: those of "mask" are its classes'."""
        if self._outputs == ["mask"]:
            return batch["sample_weight"]
        return {"mask": batch["sample_weight"], **{name: batch[f"{name}_weight"] for name in self._outputs[1:]}}

    def _assembled(self, batch: dict[str, Array]) -> Any:
        try:
            return super()._assembled(batch)
        except KeyError as error:
            if self._has_masks or error.args != ("mask",):
                raise
            raise ValueError(
                "assemble() reads batch['mask'], and the sequence has no masks; expected an assemble that returns the "
                "inputs alone if 'mask' is not in batch"
            ) from error

    def _pictures(self, batch: dict[str, Array], row: int) -> dict[str, Array]:
        data_format = self._pipeline.data_format
        pictures = {"_image": to_png_image(channels_last(batch["image"][row], data_format), self._rescale)}
        if self._has_masks:
            mask = channels_last(batch["mask"][row], data_format)
            if self._labels.overlapping is None:
                pictures["_mask"] = to_png_mask(mask, self.palette, self.ignore_index)
            else:
                pictures |= class_pictures(mask, self.class_names)
        for name in (*self._inputs[1:], *self._outputs[self._has_masks :]):
            array = channels_last(batch[name][row], data_format)
            pictures |= additional_pictures(name, array, self._targets[name], self._rescale)
        return pictures


def _one_or_all(batch: Mapping[str, Array], names: Sequence[str]) -> Any:
    """Return the only array of a side of a batch, or the arrays by name."""
    arrays = {name: batch[name] for name in names}
    return arrays if len(arrays) != 1 else arrays[names[0]]


def _warn_of_mirroring(names: Sequence[str], builder: PipelineBuilder) -> None:
    pairs = [(names[left], names[right]) for left, right in left_right_pairs(names)]
    mirroring = builder.mirroring_transform() if pairs else None
    if mirroring is not None:
        warn_user(
            f"{mirroring} mirrors samples, and {pairs[0][0]!r} then looks like {pairs[0][1]!r} but keeps its label; "
            f"set mirrored_classes={pairs}, to swap the labels in mirrored samples, or leave {mirroring} out; "
            "mirrored_classes=[] says that it is intended"
        )
