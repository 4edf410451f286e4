"""`SegmentationSequence`: the Keras side of the house."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from seqaug.arguments import byte_count, height_and_width, one_of, target_kinds, whole_number
from seqaug.augmentation import Augmenter
from seqaug.cache import SampleCache, make_store
from seqaug.encoding import RowEncoding
from seqaug.engines import Engine, InlineEngine, ProcessEngine, ThreadEngine
from seqaug.errors import SampleError
from seqaug.keras_base import Sequence
from seqaug.labels import Labels
from seqaug.loader import Loader
from seqaug.palette import Palette, as_palette
from seqaug.pipeline import Pipeline
from seqaug.reading import COLOR_MODES
from seqaug.samples import (
    ArrayPairs,
    CacheKey,
    FilePairs,
    NumberedSamples,
    Source,
    are_arrays,
    pair_directories,
    read_csv_pairs,
    read_dataframe_pairs,
    split_indices,
)
from seqaug.sampling import make_order
from seqaug.skipping import SkippedSamples
from seqaug.statistics import ClassCounts, class_presence
from seqaug.sweep import sweep
from seqaug.warming import WarmUp

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]

# What makes batches, and does not go to workers inside the sequence.
_STAYS_HERE = ("_cache", "_engine", "_loader", "_lock", "_pipeline", "_skipped")


class SegmentationSequence(Sequence):
    """Augmented image/mask batches for semantic segmentation, as a `keras.utils.Sequence`.

    ```python
    train = SegmentationSequence(images, masks, batch_size=8, palette="camvid", transform=A.Compose([...]))
    model.fit(train, validation_data=val, epochs=50, shuffle=False)
    ```

    `len(seq)` counts batches; `seq[i]` is batch `i` of the current epoch, in any order and from any thread;
    `for x, y in seq` goes through the current epoch, preparing batches ahead; `seq.on_epoch_end()` moves to the next
    epoch, as `fit` does. What is in a batch depends on the samples, the transform, the seed, the epoch and `i` alone.

    With the defaults, a batch is `(x, y)`: `x` (B, H, W, C) float32 in 0..1, `y` (B, H, W) class ids, uint8 (int32
    where ids above 255 are possible).

    Args:
        images: paths of the images (JPEG, PNG, BMP, TIFF, WebP), or an array (N, H, W, C) or (N, H, W), or a sequence
            of arrays of any sizes; uint8, uint16 or float. Pixels come as stored: EXIF orientation tags are ignored,
            for images as for masks. None where a subclass overrides `load`.
        masks: as many paths, or (N, H, W) class ids, or (N, H, W, 3) palette colours, uint8.
        batch_size: samples in a batch; the last one of an epoch may be smaller.
        palette: what the colours of the masks stand for: a `Palette`, the name of a built-in one ("voc", "camvid",
            "cityscapes", "ade20k", "binary"), `{name: (r, g, b)}`, or the path of a CSV file with columns name,r,g,b;
            None: mask pixels are class ids (of an indexed PNG, its indices).
        transform: an Albumentations transform or composition, or None. A copy of it is used. Masks are only ever
            resampled by nearest neighbour, and pixels that a transform makes up become `ignore_index`.
        num_classes: how many classes there are; known from the palette. Say it where masks hold ids: out-of-range
            ids are then found, masks stay uint8, and one-hot masks are possible.
        color_mode: how image files are read: "rgb", "grey" or "rgba" give 3, 1 or 4 channels, uint8 (16 bits are
            scaled by 1/256); "unchanged" gives channels and depth as stored.
        image_size: (height, width) that every sample ends at, after the transform: bilinear for images, nearest
            neighbour for masks. None: as they come.
        shuffle: whether each epoch has a new order.
        oversample: None; "class_uniform": a class is drawn evenly among those present, then an image that contains it
            (all masks are read once, at construction); or one weight per sample, in proportion to which samples come.
        samples_per_epoch: positions in an epoch; by default the number of samples. Where shuffled, epochs go on in
            one another's passes, so that no sample comes again before all have come.
        ignore_index: the label that losses skip, 0 to 65,535; by default 255 (65,535 above 255 classes) where the
            palette has ignored colours, else none.
        mask_encoding: "sparse": (B, H, W) ids; "one_hot": (B, H, W, K) float32, ignored pixels all 0; "binary":
            (B, H, W, 1) float32, for two classes and no `ignore_index`.
        rescale: what uint8 images are multiplied by, giving float32; None keeps uint8. Float and uint16 images are
            left as they are, so `A.Normalize` or `A.ToFloat` are not scaled again.
        additional_targets: names of further arrays that `load` gives, and whether they are handled as an "image" or
            as a "mask", as in `A.Compose`.
        drop_remainder: whether a last, smaller batch is left out.
        cache: None; "memory": samples are decoded once and kept in memory that all workers share; or a directory, where
            they are kept between runs as well, as files that are mapped and not read whole. What is kept is the decoded
            image and the class ids, before the transform; batches are the same bytes with and without it. A file that
            changes (by its size or time) is decoded anew.
        cache_limit: how much memory "memory" may take, in bytes or as "8GB"; by default half of what is free at
            construction. What does not fit is decoded each time, which is said once.
        on_error: "raise", or "skip": a sample that cannot be used is replaced by the next one of its epoch, said in
            one warning, and kept in `skipped`.
        seed: of order, augmentation and split; an integer from 0.
        num_samples: how many samples there are, where a subclass overrides `load` and there are no paths or arrays.
        workers: threads or processes that prepare batches; 0: the thread that asks does it itself.
        use_multiprocessing: whether workers are processes. They start at the first batch, import neither Keras nor
            TensorFlow, write straight into the memory of the batches, and are replaced should they die. Keras itself
            always asks from threads (`seq.use_multiprocessing` is False), so that its own forking pool is never used.
        max_queue_size: batches that iteration, and Keras, have in hand before they are asked for.

    Attributes:
        samples: the image/mask pairs, by index: `seq.samples[3].image`.
        palette: the `Palette`, or None.
        num_classes: how many classes, or None where it is not known.
        class_names: the names of the classes in id order, or None without a palette.
        ignore_index: the label that losses skip, or None.
        batch_size: samples in a batch.
        seed: the seed.

    Raises:
        ValueError: an argument is out of range or contradicts another one.
        TypeError: an argument is of a wrong kind.
        SampleError: with "class_uniform", a mask cannot be used. Otherwise samples are read, and raise, when a batch
            with them is asked for.
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
        shuffle: bool = True,
        oversample: Any = None,
        samples_per_epoch: int | None = None,
        ignore_index: int | None = None,
        mask_encoding: str = "sparse",
        rescale: float | None = 1 / 255,
        additional_targets: Mapping[str, str] | None = None,
        drop_remainder: bool = False,
        cache: PathLike | None = None,
        cache_limit: int | str | None = None,
        on_error: str = "raise",
        seed: int = 0,
        num_samples: int | None = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        workers = whole_number("workers", workers, 0)
        max_queue_size = whole_number("max_queue_size", max_queue_size, 1)
        # Keras asks from threads in any case: the processes are ours, and its own would be forks of this one.
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=max_queue_size)
        self.batch_size = whole_number("batch_size", batch_size, 1)
        self.seed = whole_number("seed", seed, 0)
        skips = one_of("on_error", on_error, ("raise", "skip")) == "skip"
        if mask_encoding == "binary" and palette is None and num_classes is None:
            num_classes = 2
        labels = Labels(as_palette(palette), num_classes, ignore_index)
        self.palette: Palette | None = labels.palette
        self.num_classes: int | None = labels.num_classes
        self.class_names: list[str] | None = labels.class_names
        self.ignore_index: int | None = labels.ignore_index

        loads_itself = type(self).load is not SegmentationSequence.load
        self.samples: Source = _source(
            images,
            masks,
            num_samples,
            loads_itself=loads_itself,
            color_mode=one_of("color_mode", color_mode, COLOR_MODES),
            colored_masks=labels.palette is not None,
        )
        targets = target_kinds(additional_targets)
        if targets and not loads_itself:
            raise ValueError(
                f"additional_targets names {', '.join(map(repr, targets))}, and nothing gives these arrays; override "
                "load(self, index) in a subclass, and add them to super().load(index)"
            )
        self._cache = self._make_cache(cache, cache_limit, f"{labels.way} {targets}", loads_itself)
        self._pipeline = pipeline = Pipeline(
            load=self.load if loads_itself else self.samples.load,
            load_mask=self._load_mask if loads_itself else self.samples.load_mask,
            where=self.samples.where,
            cache=self._cache,
            labels=labels,
            augmenter=None
            if transform is None
            else Augmenter(transform, targets, labels.ignore_index, labels.num_classes),
            encoding=RowEncoding(labels, mask_encoding, rescale, targets),
            additional_targets=targets,
            image_size=None if image_size is None else height_and_width("image_size", image_size),
            seed=self.seed,
        )
        length = len(self.samples)
        if samples_per_epoch is not None:
            length = whole_number("samples_per_epoch", samples_per_epoch, 1)
        if drop_remainder and length < self.batch_size:
            raise ValueError(
                f"{length} samples in an epoch are less than one batch of {self.batch_size}, and drop_remainder leaves "
                "it out; expected a smaller batch_size, or drop_remainder=False"
            )
        self._skips, self._skipped = skips, SkippedSamples()

        def counts() -> ClassCounts:
            if labels.num_classes is None:
                raise ValueError('oversample="class_uniform" needs num_classes= (or a palette) to know the classes')
            presence = class_presence(
                pipeline.present_classes,
                len(self.samples),
                labels.num_classes,
                workers=workers,
                on_failure=self._skipped.note if skips else None,
            )
            return ClassCounts.from_rows(presence, labels.num_classes)

        self._engine = _engine(workers, bool(use_multiprocessing), max_queue_size)
        self._loader = Loader(
            pipeline,
            make_order(
                oversample,
                num_samples=len(self.samples),
                length=length,
                seed=self.seed,
                shuffle=bool(shuffle),
                counts=counts,
            ),
            length=length,
            batch_size=self.batch_size,
            drop_remainder=drop_remainder,
            engine=self._engine,
            ahead=max_queue_size if workers else 0,
            early=workers + 1 if workers else 0,
            skipped=self._skipped if skips else None,
        )
        self._lock = threading.Lock()
        self._epoch = 0
        self._has_begun = False
        self._counted_in: int | None = None

    @classmethod
    def from_directory(
        cls,
        images: PathLike,
        masks: PathLike,
        *,
        validation_split: float | None = None,
        subset: str | None = None,
        **arguments: Any,
    ) -> SegmentationSequence:
        """Make a sequence of two directories, pairing files by relative stem: `images/a/b.jpg`, `masks/a/b.png`.

        Subdirectories are walked; hidden files and files that are no images are passed over. Files without a partner
        are left out and reported in a warning.

        Args:
            images: the directory of the images.
            masks: the directory of the masks.
            validation_split: the share of samples that goes to validation, above 0 and below 1, drawn by the seed.
            subset: "training" or "validation": which part this sequence is. The two are disjoint, together
                everything, and the same for the same seed.
            **arguments: those of the class.

        Raises:
            ValueError: a directory is missing or empty, nothing can be paired, or as for the class.
        """
        return cls._of_files(*pair_directories(images, masks), validation_split, subset, arguments)

    @classmethod
    def from_dataframe(
        cls,
        df: Any,
        *,
        image_col: str = "image",
        mask_col: str = "mask",
        root: PathLike | None = None,
        validation_split: float | None = None,
        subset: str | None = None,
        **arguments: Any,
    ) -> SegmentationSequence:
        """Make a sequence of two columns of paths in a data frame.

        Args:
            df: a data frame, pandas' or another one with `columns` and `df[column]`.
            image_col: the column with the images' paths.
            mask_col: the column with the masks' paths.
            root: where relative paths start; None: at the working directory.
            validation_split: as in `from_directory`.
            subset: as in `from_directory`.
            **arguments: those of the class.

        Raises:
            ValueError: a column or a path is missing, or as for the class.
        """
        return cls._of_files(*read_dataframe_pairs(df, image_col, mask_col, root), validation_split, subset, arguments)

    @classmethod
    def from_csv(
        cls,
        path: PathLike,
        *,
        image_col: str = "image",
        mask_col: str = "mask",
        root: PathLike | None = None,
        validation_split: float | None = None,
        subset: str | None = None,
        **arguments: Any,
    ) -> SegmentationSequence:
        """Make a sequence of two columns of paths in a CSV file with a header.

        Args:
            path: the CSV file.
            image_col: the column with the images' paths.
            mask_col: the column with the masks' paths.
            root: where relative paths start; None: at the directory of the CSV file.
            validation_split: as in `from_directory`.
            subset: as in `from_directory`.
            **arguments: those of the class.

        Raises:
            ValueError: a column or a path is missing, or as for the class.
            FileNotFoundError: there is no such CSV file.
        """
        return cls._of_files(*read_csv_pairs(path, image_col, mask_col, root), validation_split, subset, arguments)

    @classmethod
    def _of_files(
        cls,
        images: list[str],
        masks: list[str],
        validation_split: float | None,
        subset: str | None,
        arguments: dict[str, Any],
    ) -> SegmentationSequence:
        if validation_split is None and subset is not None:
            raise ValueError(f"subset={subset!r} without validation_split; expected both, or neither")
        if validation_split is not None:
            seed = whole_number("seed", arguments.get("seed", 0), 0)
            chosen = split_indices(len(images), validation_split, subset, seed)
            images, masks = [images[i] for i in chosen], [masks[i] for i in chosen]
        return cls(images, masks, **arguments)

    def load(self, index: int) -> Mapping[str, Array]:
        """Load a sample; override it for data that is not an image file and a mask file.

        It is called from several threads at once, in any order, and again in every epoch.

        Args:
            index: which sample, from 0.

        Returns:
            A dict of arrays: "image", (H, W, C) or (H, W), uint8, uint16 or float; "mask", (H, W) class ids or
            (H, W, 3) palette colours; and what `additional_targets` names, of the same height and width.

        Raises:
            ReadError: a file cannot be read. Whatever an override raises is reported as a `SampleError` with the
                index, or skipped with `on_error="skip"`.
        """
        return dict(self.samples.load(index))

    def _load_mask(self, index: int) -> Array:
        return self.load(index)["mask"]

    def cache_key(self, index: int) -> str | None:
        """Say what a sample is, for `cache`; override it beside `load`, whose samples are not cached else.

        Samples of equal keys must have equal content, in this run and in later ones, so the key names all that `load`
        reads, and its version: `f"{super().cache_key(index)} depth 2"`.

        Args:
            index: which sample, from 0.

        Returns:
            Any text, or None for a sample that is not to be cached. By default, the absolute paths, sizes and times of
            both files; None where there are no files.
        """
        key = self.samples.cache_key(index)
        return None if key is None else f"{key.name}\n{key.state}"

    def _own_cache_key(self, index: int) -> CacheKey | None:
        key = self.cache_key(index)
        return None if key is None else CacheKey(key, "")

    def _make_cache(self, cache: Any, limit: Any, way: str, loads_itself: bool) -> SampleCache | None:
        if cache is None:
            if limit is not None:
                raise ValueError(f'cache_limit={limit!r} without cache; expected cache="memory" beside it')
            return None
        names_itself = type(self).cache_key is not SegmentationSequence.cache_key
        if not names_itself and (loads_itself or isinstance(self.samples, ArrayPairs)):
            warnings.warn(
                f"cache={cache!r} keeps nothing: "
                + ("override cache_key(self, index) beside load" if loads_itself else "arrays are in memory already"),
                stacklevel=4,
            )
            return None
        kind = type(self)
        way = f"{self.samples.way} {way} {f'{kind.__module__}.{kind.__qualname__}' if loads_itself else ''}"
        limit = None if limit is None else byte_count("cache_limit", limit)
        store = make_store(cache, limit, way=way, num_samples=len(self.samples))
        key_of = self._own_cache_key if names_itself else self.samples.cache_key
        return None if store is None else SampleCache(store, key_of)

    def warm_cache(self) -> None:
        """Fill the cache now, with the sequence's workers, and show how far it is; else the first epoch does it.

        Raises:
            ValueError: there is no `cache`.
            SampleError: a sample cannot be loaded; with `on_error="skip"` it is noted in `skipped`.
        """
        if self._cache is None:
            raise ValueError('warm_cache() without a cache; expected cache="memory" or a directory at construction')
        for swept in sweep(self._engine, WarmUp(self._pipeline), np.arange(len(self.samples)), "Filling the cache"):
            for error in swept.errors:
                if not self._skips:
                    raise error
                self._skipped.note(error)
        self._cache.warn_of_trouble()

    def _assembled(self, batch: dict[str, Array]) -> Any:
        if self._cache is not None:
            self._cache.warn_of_trouble()
        return self.assemble(batch)

    def assemble(self, batch: dict[str, Array]) -> Any:
        """Put a batch together as the model takes it; override it for other inputs or targets.

        Args:
            batch: the stacked arrays: "image", (B, H, W, C), rescaled; "mask", encoded as `mask_encoding` says; the
                additional targets; and "index", (B,) int64, the indices of the samples.

        Returns:
            `(x, y)` or `(x, y, sample_weight)`: arrays, or dicts or tuples of arrays.
        """
        return batch["image"], batch["mask"]

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return len(self._loader)

    def __getitem__(self, index: int) -> Any:
        """Make batch `index` of the current epoch.

        Raises:
            IndexError: there is no such batch.
            SampleError: a sample cannot be used (or, with `on_error="skip"`, none of the epoch can).
            TransformError: the transform failed on a sample.
            ValueError: samples of different sizes reach the batch.
        """
        number = range(len(self))[index]
        with self._lock:
            epoch, self._counted_in = self._epoch, None
        return self._assembled(self._loader.batch(epoch, number))

    def __iter__(self) -> Iterator[Any]:
        """Go through the current epoch, batch by batch in order, while the workers prepare those that follow."""
        for batch in self._loader.batches(self.epoch):
            yield self._assembled(batch)

    @property
    def epoch(self) -> int:
        """The current epoch, from 0."""
        with self._lock:
            return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Move to an epoch: its batches are the same however it was reached."""
        epoch = whole_number("epoch", epoch, 0)
        with self._lock:
            self._epoch, self._counted_in = epoch, None

    @property
    def num_batches(self) -> int:
        """Count the batches of an epoch; Keras asks so, and others by `len`."""
        with self._lock:
            self._counted_in = threading.get_ident()
        return len(self)

    def on_epoch_begin(self) -> None:
        """Begin the current epoch; Keras calls it."""
        with self._lock:
            self._has_begun, self._counted_in = True, None

    def on_epoch_end(self) -> None:
        """Move to the next epoch; Keras calls it, and so do loops of one's own.

        `fit` and `evaluate` end an epoch before they have begun one, when they reset their iterator. That end moves
        nothing, so that the first epoch of `fit` is the sequence's current one. After an epoch that was begun,
        workers prepare the first batches of the next one, while Keras validates.
        """
        with self._lock:
            # Keras' reset counts batches and ends the epoch, and nothing between; nobody else does that.
            is_reset = not self._has_begun and self._counted_in == threading.get_ident()
            had_begun, self._has_begun, self._counted_in = self._has_begun, False, None
            if is_reset:
                return
            self._epoch += 1
            epoch = self._epoch
        if had_begun:
            self._loader.prepare(epoch)

    @property
    def skipped(self) -> dict[int, SampleError]:
        """The samples that could not be used so far, by index, with `on_error="skip"`.

        Each value has the attributes `index`, `where` (its files) and `reason`.
        """
        return self._skipped.by_index()

    def close(self) -> None:
        """End the workers and free what is cached in memory; both begin anew should another batch be asked for."""
        self._loader.close()
        if self._cache is not None:
            self._cache.clear()

    def __getstate__(self) -> dict[str, Any]:
        """Give what a worker process needs for `load`: all but what makes batches."""
        return {name: value for name, value in self.__dict__.items() if name not in _STAYS_HERE}

    def __enter__(self) -> SegmentationSequence:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _engine(workers: int, use_multiprocessing: bool, max_queue_size: int) -> Engine:
    if not workers:
        return InlineEngine()
    if not use_multiprocessing:
        return ThreadEngine(workers)
    # As many batches as can be in hand at once: those in the queue, those being made, the one in use and the next.
    return ProcessEngine(workers, slots=max_queue_size + workers + 2)


def _source(
    images: Any,
    masks: Any,
    num_samples: int | None,
    *,
    loads_itself: bool,
    color_mode: str,
    colored_masks: bool,
) -> Source:
    if images is None and masks is None:
        if not loads_itself or num_samples is None:
            raise ValueError(
                "neither images nor masks; expected two sequences of paths, two arrays, or a subclass that overrides "
                "load(self, index) and says num_samples="
            )
        return NumberedSamples(whole_number("num_samples", num_samples, 1))
    if images is None or masks is None:
        raise ValueError(f"{'images' if images is None else 'masks'} is missing; expected both images and masks")
    if num_samples is not None:
        raise ValueError(f"num_samples={num_samples} beside images and masks, which say how many there are")
    if are_arrays(images) != are_arrays(masks):
        raise TypeError("images and masks are paths on one side and arrays on the other; expected the same for both")
    source: Source
    if are_arrays(images):
        source = ArrayPairs(images, masks)
    else:
        source = FilePairs(images, masks, color_mode=color_mode, colored_masks=colored_masks)
    if not len(source):
        raise ValueError("no samples: images and masks are empty; expected at least one pair")
    return source
