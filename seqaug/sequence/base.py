"""Batches and epochs, as Keras and loops of one's own take them."""

from __future__ import annotations

import copy
import operator
import os
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Sequence as SequenceOf
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from seqaug.augmentation.augmenter import Augmenter
from seqaug.cache.sample_cache import SampleCache, check_cache_name, make_store
from seqaug.callbacks import iteration_events
from seqaug.callbacks.batch_timings import BatchTimings, EpochStarted, announce
from seqaug.callbacks.input_advice import InputSettings
from seqaug.callbacks.keras_resets import caller_of, note_begin, note_reset
from seqaug.core.forks import ForkLock
from seqaug.core.keras_base import Sequence
from seqaug.core.user_warnings import warn_user
from seqaug.engines.base import Engine
from seqaug.engines.executor.engine import ExecutorEngine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.serialization import is_for_workers
from seqaug.engines.threads import ThreadEngine
from seqaug.errors import SampleError
from seqaug.jobs.class_scan import Scan
from seqaug.jobs.parallel_map import parallel_map
from seqaug.jobs.warm_cache import WarmUp
from seqaug.loader.data_loader import Loader
from seqaug.loader.skipped import SkippedSamples
from seqaug.pipeline.pipeline import Pipeline
from seqaug.reading.opencv import check_opencv
from seqaug.remote.urls import checked_local
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.coverage_warnings import coverage_warnings
from seqaug.sampling.factory import make_sampler, resolve_strategy
from seqaug.sampling.samplers import Sampler
from seqaug.sequence.checkpoint import (
    Position,
    RunFingerprint,
    check_fingerprint,
    order_digest,
    position_in,
    state_of,
    warn_of_versions,
)
from seqaug.sequence.copies import CacheRecipe, Recipe
from seqaug.sequence.description import SeenImages, order_line
from seqaug.sequence.executors import check_executor
from seqaug.sequence.first_batch import Check, FirstBatchChecks
from seqaug.sequence.fixed import missing_attribute, refuse_change
from seqaug.sequence.keras_proxy import KerasProxy, close_lent, lend_to_keras
from seqaug.sequence.loading import GlobalRandomCheck
from seqaug.sequence.migration_hints import explain_foreign_words
from seqaug.sequence.prediction import fault_for_prediction, refuse_training
from seqaug.sequence.range_check import RangeCheck
from seqaug.sequence.repeating import RepeatingCheck
from seqaug.sequence.sharding import check_keras_shares, settle_shard
from seqaug.sequence.tf_data import Example, element_spec, make_dataset, shard_of_strategy
from seqaug.sources.base import CacheKey, DataSource
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import byte_count, one_of, whole_number
from seqaug.visualization.batch_images import write_png

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]
KeyOf = Callable[[int], CacheKey | None]

# What makes batches, and does not go to workers inside the sequence.
_STAYS_HERE = (
    "_cache",
    "_deliveries",
    "_engine",
    "_first_batch_checks",
    "_lent",
    "_loader",
    "_lock",
    "_pipeline",
    "_recipe",
    "_scan",
    "_skipped",
    "_transform",
)
# What else a copy gets along; the rest it makes anew when it is first used.
_TRAVELS = ("_pipeline", "_recipe", "_transform")
_starting_a_copy = threading.RLock()


class BatchSequence(Sequence):
    """What sequences of all kinds have in common, whatever is in their batches.

    Args:
        batch_size, seed, on_error, workers, use_multiprocessing, max_queue_size, executor: see `SegmentationSequence`.

    Attributes:
        samples: what the sequence is made of, by index.
        class_names: the names of the classes in id order, or None.
        batch_size: samples in a batch.
        seed: of order, augmentation and split.
        shard: (index, count), which part of every epoch this process has.
    """

    samples: DataSource
    class_names: list[str] | None
    shard: tuple[int, int]
    _rescale: float | None

    # What batches that are images alone were made without, "masks" or "labels"; None where there is more in them.
    _lacking: str | None = None
    # Whether a subclass's `load` draws, so that a sample is another one each time.
    _takes_rng = False
    # What batches hold, a line for each of their parts, and the transform.
    _batch_lines: tuple[str, ...] = ()
    # Whether the constructor is done, and what it was given cannot be changed any more.
    _is_made = False

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        """Say what arguments are called here, before Python says that it does not know them."""
        explain_foreign_words(cls, named)
        return super().__new__(cls)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._is_made:
            refuse_change(self, name, value)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        attributes = self.__dict__
        if name in _STAYS_HERE and attributes.get("_is_made") and "_recipe" in attributes:
            self._start_copy()
            if name in attributes:
                return attributes[name]
        raise missing_attribute(self, name)

    def __init__(
        self,
        *,
        batch_size: int,
        seed: int,
        on_error: str,
        workers: int,
        use_multiprocessing: bool,
        max_queue_size: int,
        executor: Executor | None,
    ) -> None:
        check_opencv()
        workers = whole_number("workers", workers, 0)
        max_queue_size = whole_number("max_queue_size", max_queue_size, 1)
        if executor is not None:
            check_executor(executor, use_multiprocessing)
            # Keras has as many batches in hand as it has threads, which do nothing here but wait.
            workers = max_queue_size
        # Keras asks from threads in any case: the processes are ours, and its own would be forks of this one.
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=max_queue_size)
        self.batch_size = whole_number("batch_size", batch_size, 1)
        self.seed = whole_number("seed", seed, 0)
        self._skips = one_of("on_error", on_error, ("raise", "skip")) == "skip"
        self._recipe = Recipe(executor, bool(use_multiprocessing))
        self._cache: SampleCache | None = None
        self._no_cache = 'cache=None; expected cache="memory" or a directory at construction'
        self._epoch = 0
        # The batch that a loop takes next, and whether the next loop begins there.
        self._batch = 0
        self._resumes = False
        self._was_looked_at = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Make what each sequence has for itself, a copy too."""
        recipe = self._recipe
        self._lent: weakref.WeakSet[KerasProxy] = weakref.WeakSet()
        self._skipped = SkippedSamples()
        self._engine = _engine(self.workers, recipe.use_multiprocessing, self.max_queue_size, recipe.executor)
        self._deliveries = BatchTimings()
        self._lock = ForkLock()
        self._has_begun = False
        # Whatever else holds the engine, such as a callback that measures its workers.
        weakref.finalize(self, _free, self._engine, self._lent).atexit = False

    @property
    def workers(self) -> Any:
        """How many workers prepare batches; Keras has as many threads that ask."""
        lend_to_keras(self, self._lent)
        return super().workers

    def _settled_shuffle(self, shuffle: bool | None, default: bool) -> bool:
        """Give the argument, or its default, of which `fit` is told where it is not what one trains with."""
        self._is_unshuffled_unasked = shuffle is None and not default
        return default if shuffle is None else bool(shuffle)

    def _divided(
        self, samples_per_epoch: int | None, *, drop_remainder: bool, shuffle: bool, shard: tuple[int, int] | None
    ) -> BatchSampler:
        """Settle how many positions an epoch has, and which are whose."""
        length = len(self.samples)
        if samples_per_epoch is not None:
            length = whole_number("samples_per_epoch", samples_per_epoch, 1)
        self.shard = settle_shard(shard)
        self._is_told_shard = shard is not None
        division = BatchSampler(length, self.batch_size, drop_remainder=drop_remainder, shard=self.shard)
        if self.shard == (0, 1):
            check_keras_shares(len(division))
        if division.num_dropped and not shuffle:
            warn_user(
                f"{length} samples cannot be shared out evenly among {self.shard[1]} hosts: the last "
                f"{division.num_dropped} are never used; set samples_per_epoch to a multiple of {self.shard[1]}, or "
                "shuffle=True, which leaves out other ones in each epoch"
            )
        return division

    def _fingerprint(self, *what: object, loads_itself: bool) -> str:
        """Say how samples are read, so that other ways are said otherwise."""
        loader = f"{type(self).__module__}.{type(self).__qualname__}" if loads_itself else ""
        return " ".join(map(str, (self.samples.fingerprint, *what, loader)))

    def _serve(
        self,
        pipeline: Pipeline,
        oversample: Any,
        counts: Callable[[str], ClassCounts],
        *,
        division: BatchSampler,
        shuffle: bool,
        checks: SequenceOf[Check] = (),
    ) -> None:
        """Begin to give batches of a pipeline.

        `counts` is told for what the counts of the classes are wanted; `checks` look at the first batch.
        """
        sampler = make_sampler(
            oversample,
            num_samples=len(self.samples),
            length=division.length,
            seed=self.seed,
            shuffle=bool(shuffle),
            counts=lambda: counts(f"oversample={oversample!r}"),
        )
        if oversample is not None:
            # Of weights, the masks say nothing.
            known = counts(f"oversample={oversample!r}") if resolve_strategy(oversample) is not None else None
            for warning in coverage_warnings(oversample, known, division.length, self.class_names):
                warn_user(warning)
        self._is_random = bool(shuffle) or oversample is not None
        self._pipeline = pipeline
        self._order_line = order_line(oversample, bool(shuffle), self.seed)
        self._seen_images = SeenImages()
        self._first_batch_checks = FirstBatchChecks(pipeline, [*checks, self._seen_images])
        self._recipe.epochs = sampler, division
        self._loader = self._make_loader(sampler, division)
        self._is_made = True

    def _checks_of_samples(
        self,
        pipeline: Pipeline,
        augmenter: Augmenter | None,
        *,
        rescale: float | None,
        color_mode: str,
        loads_itself: bool,
    ) -> list[Check]:
        """Make the checks of the first batch that are the same whatever stands beside the images."""
        checks: list[Check] = [
            RangeCheck(self.samples, augmenter, rescale=rescale, color_mode=color_mode, seed=self.seed),
            RepeatingCheck(pipeline, pipeline.load if loads_itself else None, is_cached=self._cache is not None),
        ]
        if loads_itself:
            checks.append(GlobalRandomCheck(pipeline.load))
        return checks

    def _make_loader(self, sampler: Sampler, division: BatchSampler) -> Loader:
        return Loader(
            self._pipeline,
            sampler,
            batch_sampler=division,
            engine=self._engine,
            prefetch_batches=self.max_queue_size if self.workers else 0,
            warm_batches=min(self.workers + 1, self.max_queue_size) if self.workers else 0,
            skipped=self._skipped if self._skips else None,
        )

    def _start_copy(self) -> None:
        """Make what a copy has not got along: its engine, its cache and all that goes with them."""
        with _starting_a_copy:
            if "_loader" in self.__dict__:
                return
            self._begin_anew()
            with warnings.catch_warnings():  # the sequence that it is a copy of has told
                warnings.simplefilter("ignore")
                self._cache = self._make_cache(*self._recipe.cache)
            self._pipeline = self._moved_pipeline(self._cache)
            self._first_batch_checks = FirstBatchChecks(self._pipeline, [self._seen_images])
            self._remake_scan()
            if self._recipe.epochs is not None:
                self._loader = self._make_loader(*self._recipe.epochs)

    def _remake_scan(self) -> None:
        """Make what counts classes, where there is such a thing."""

    def _moved_pipeline(self, cache: SampleCache | None) -> Pipeline:
        """Give the pipeline for this sequence, which may be a copy of the one that it was made for."""
        load = self.load if self._recipe.cache.loads_itself else self.samples.load
        return self._pipeline.moved(load=load, describe=self.samples.describe, cache=cache)

    def _make_cache(self, cache: Any, limit: Any, fingerprint: str, loads_itself: bool) -> SampleCache | None:
        """Make the cache that the arguments `cache` and `cache_limit` ask for."""
        self._recipe.cache = CacheRecipe(cache, limit, fingerprint, loads_itself)
        if cache is None:
            if limit is not None:
                raise ValueError(f'cache_limit={limit!r} without cache; expected cache="memory" beside it')
            return None
        check_cache_name(cache)
        if self._takes_rng:
            raise ValueError(
                f"cache={cache!r} beside load(self, index, rng), of which it would keep for ever what was drawn first; "
                "expected no cache, or load(self, index) and all that is random in the transform"
            )
        key_of = self._key_of_samples(loads_itself)
        if key_of is None:
            cure = "override cache_key(self, index) beside load" if loads_itself else "arrays are in memory already"
            self._no_cache = f"cache={cache!r} keeps nothing: {cure}"
            warn_user(self._no_cache)
            return None
        if cache == "memory" and isinstance(self._engine, ExecutorEngine):
            raise ValueError(
                'cache="memory" is memory of this machine, and executor= may work on others; expected a directory, '
                "which each machine has for itself, or all of them share"
            )
        limit = None if limit is None else byte_count("cache_limit", limit)
        store = make_store(cache, limit, fingerprint=fingerprint, num_samples=len(self.samples))
        if store is None:
            self._no_cache = f"cache={cache!r} could not be written at construction; expected a directory that can be"
        return None if store is None else SampleCache(store, key_of)

    def _key_of_samples(self, loads_itself: bool) -> KeyOf | None:
        """Find what says what samples are: a subclass, or their files; None where nothing does."""
        if self._takes_rng:
            return None
        if type(self).cache_key is not BatchSequence.cache_key:
            return self._own_key
        return self.samples.cache_key if self.samples.has_cache_keys and not loads_itself else None

    def _own_key(self, index: int) -> CacheKey | None:
        key = self.cache_key(index)
        return None if key is None else CacheKey(key, "")

    def cache_key(self, index: int) -> str | None:
        """Return the identity of a sample for `cache`; override it together with `load`.

        Without it, samples of an overridden `load` are not cached. Samples with equal keys must have equal content, in
        this run and in later ones: the key names all that `load` reads, and its version:
        `f"{super().cache_key(index)} depth 2"`.

        Args:
            index: index of the sample, from 0.

        Returns:
            Any text, or None for a sample that must not be cached. Default: absolute paths, sizes and times of the
            sample's files; None without files. For URLs, the ETag of the object store, or what else fsspec reports of
            the file, queried once per process; http(s) pages count as unchanging.
        """
        key = self.samples.cache_key(index)
        return None if key is None else f"{key.name}\n{key.state}"

    def warm_cache(self) -> None:
        """Fill the cache now, with the sequence's workers and a progress bar, instead of during the first epoch.

        Raises:
            ValueError: there is no `cache`, or it can keep nothing.
            SampleError: a sample cannot be loaded; with `on_error="skip"` it is recorded in `skipped`.
        """
        if self._cache is None:
            raise ValueError(f"warm_cache() has nothing to fill: {self._no_cache}")
        for swept in parallel_map(
            self._engine, WarmUp(self._pipeline), np.arange(len(self.samples)), "Filling the cache"
        ):
            for error in swept.errors:
                if not self._skips:
                    raise error
                self._skipped.note(error)
        self._cache.warn_of_write_error()

    def assemble(self, batch: dict[str, Array]) -> Any:
        """Assemble a batch as the model takes it."""
        raise NotImplementedError

    def _assembled(self, batch: dict[str, Array], loader: Loader, epoch: int, number: int) -> Any:
        self._first_batch_checks.look_at(batch, loader, epoch, number)
        if self._cache is not None:
            self._cache.warn_of_write_error()
        return self.assemble(batch)

    def save_augmented(self, directory: PathLike, count: int = 16, *, epoch: int | None = None) -> list[Path]:
        """Write augmented samples, as the model receives them, to PNG files for inspection.

        File names give the epoch, the position in it and the sample's index:
        `epoch003-position00012-sample00407_image.png` and `..._mask.png` for pairs;
        `epoch003-position00012-sample00407-cat.png` for images with labels. Rescaled images are scaled back to 8 bits.
        Float images of other ranges, such as normalized ones, are stretched from minimum to maximum, each by itself, so
        that colours differ from the photograph's. Masks have the palette's colours; without a palette, they are class
        ids and look dark.

        Args:
            directory: directory to write to; created if missing.
            count: number of samples, from the first position of the epoch; at most its number of positions.
            epoch: epoch to write; None: the current one. The current epoch does not change.

        Returns:
            The files, in the order of positions.

        Raises:
            FileExistsError: a file exists already; nothing is overwritten.
            ValueError: `count` or `epoch` is out of range, `directory` is a URL, or images do not have 1, 3 or 4
                channels.
            SampleError, TransformError: as for batches.
        """
        count = whole_number("count", count, 1)
        epoch = self.epoch if epoch is None else whole_number("epoch", epoch, 0)
        folder = Path(checked_local("directory", directory))
        folder.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        for number in range(min(len(self), -(-count // self.batch_size))):
            batch = self._loader.batch(epoch, number)
            places = zip(self._loader.batch_sampler.positions(number), batch["index"], strict=True)
            for row, (position, index) in enumerate(islice(places, count - number * self.batch_size)):
                name = f"epoch{epoch:03}-position{position:05}-sample{index:05}"
                for ending, pixels in self._pictures(batch, row).items():
                    written.append(folder / f"{name}{ending}.png")
                    write_png(written[-1], pixels)
        return written

    def _pictures(self, batch: dict[str, Array], row: int) -> dict[str, Array]:
        """Give what is to be seen of a sample, by what the names of its files end with."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Say what the sequence is, and in which range its batches are."""
        if not self._is_made or "_recipe" not in self.__dict__:
            return object.__repr__(self)
        images, *others = self._batch_lines
        seen = [] if self._seen_images.said is None else [f"   the first batch was {self._seen_images.said}"]
        own = [] if type(self).assemble.__module__.startswith("seqaug.") else ["put together by its own assemble()"]
        engine = f"{self.workers} {'processes' if self._recipe.use_multiprocessing else 'threads'}"
        if self._recipe.executor is not None:
            engine = type(self._recipe.executor).__name__
        cache = "none" if self._recipe.cache.cache is None else repr(os.fspath(self._recipe.cache.cache))
        lines = [
            f"{type(self).__name__} of {len(self.samples)} samples, {len(self)} batches of {self.batch_size}, epoch "
            f"{self.epoch}",
            images,
            *seen,
            *others,
            *own,
            self._order_line,
            f"workers: {engine if self.workers else 'none'}, cache: {cache}",
        ]
        return "\n  ".join(lines)

    def __len__(self) -> int:
        """Number of batches per epoch."""
        return len(self._loader)

    @property
    def num_batches(self) -> int:
        """Number of batches per epoch; Keras reads it before an epoch.

        Raises:
            ValueError: `fit` or `evaluate` asks, and the sequence has no targets.
        """
        self._look_at_caller()
        return len(self)

    def _warn_of_missing_shuffle(self) -> None:
        if not self._is_unshuffled_unasked:
            return
        caller = caller_of(self)
        if caller is not None and caller.method == "fit":
            self._is_unshuffled_unasked = False
            warn_user(
                "fit() trains on a sequence in the order of its samples, the same in every epoch, which without masks "
                "and labels is the default; expected shuffle=True where it is made, or shuffle=False if that is meant"
            )

    def _look_at_caller(self) -> None:
        """Say what comes out wrong or not at all with the method of Keras' that was given the sequence."""
        caller = caller_of(self)
        if caller is None:
            return
        if self._lacking is not None:
            refuse_training(caller, self._lacking)
        if caller.method == "predict" and not self._was_looked_at:
            self._was_looked_at = True
            order, division = self._loader.indices(self.epoch), self._loader.batch_sampler
            fault = fault_for_prediction(order, division, self.shard, len(self.samples), is_random=self._is_random)
            if fault is not None:
                warn_user(fault)

    def __getitem__(self, index: int) -> Any:
        """Return batch `index` of the current epoch.

        Raises:
            IndexError: there is no such batch.
            TypeError: `index` is not an integer.
            SampleError: a sample cannot be used (with `on_error="skip"`: no sample of the epoch can).
            TransformError: the transform failed on a sample.
            ValueError: samples of different sizes reach the batch.
        """
        number = self._batch_number(index)
        with self._lock:
            epoch, deliveries = self._epoch, self._deliveries
        request = deliveries.asked()
        batch = self._assembled(self._loader.batch(epoch, number), self._loader, epoch, number)
        deliveries.ready(request)
        return batch

    def _batch_number(self, index: Any) -> int:
        count = len(self)
        try:
            number = operator.index(index)
        except TypeError:
            shown = f"{index.start}:{index.stop}" if isinstance(index, slice) else repr(index)
            raise TypeError(
                f"[{shown}] of a sequence of {count} batches; expected the number of one batch, from 0 to {count - 1}: "
                "several are [seq[i] for i in range(...)], and samples are seq.samples[i]"
            ) from None
        if not -count <= number < count:
            raise IndexError(
                f"[{number}] of a sequence of {count} batches (batch_size={self.batch_size}); expected 0 to {count - 1}"
            )
        return number % count

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the batches of the current epoch in order, while the workers prefetch the next ones.

        The first loop after `load_state_dict` starts at the next batch of that state.
        """
        with self._lock:
            epoch = self._epoch
            first = self._batch = self._batch if self._resumes else 0
            self._resumes = False
        for number, batch in enumerate(self._loader.batches(epoch, first), first):
            assembled = self._assembled(batch, self._loader, epoch, number)
            with self._lock:
                if self._epoch == epoch:
                    self._batch = number + 1
            yield assembled

    @property
    def epoch(self) -> int:
        """The current epoch, from 0."""
        with self._lock:
            return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Move to an epoch; its batches do not depend on how it was reached."""
        epoch = whole_number("epoch", epoch, 0)
        with self._lock:
            self._move(Position(epoch, 0))
            self._deliveries = BatchTimings()

    def _move(self, place: Position) -> None:
        self._epoch, self._batch = place
        self._resumes = place.batch > 0

    def state_dict(self) -> dict[str, Any]:
        """Return the position of the run: a small dict for `json.dumps`, which `load_state_dict` takes in a later run.

        Inside a loop `for x, y in seq`, batches already received count as done. `fit` fetches batches by index, so that
        its state is the start of the current epoch.

        Returns:
            "epoch" and "batch" (the next one); and the fingerprint of the run, by which another sequence is recognized
            as having the same epochs: "seed", "samples", "positions" (per epoch), "samples_per_step" (per batch, all
            hosts together) and "order", a digest of the epoch's order. "opencv" and "albumentations" are the versions
            that produced the batches. With `shard`, the states of all hosts are equal.
        """
        with self._lock:
            place = Position(self._epoch, self._batch)
        return state_of(place, self._course(place.epoch))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resume where another run stood, with the batches that it would have had.

        The next loop over the sequence starts in mid-epoch, at the saved batch; `seq[i]` and `fit` have the whole
        epoch. The files and the transform must be the same, which is not checked; everything else is. At the start of
        an epoch, `batch_size` and the number of hosts may change.

        Args:
            state: the result of `state_dict()`.

        Warns:
            SeqaugWarning: the state comes from other versions of OpenCV or Albumentations, whose pixels may differ.

        Raises:
            TypeError: `state` is not a dict.
            ValueError: `state` is not a result of `state_dict()`, or belongs to a sequence with other epochs; the
                message says what differs.
        """
        place = position_in(state)
        check_fingerprint(state, place, self._course(place.epoch), len(self))
        warn_of_versions(state)
        with self._lock:
            self._move(place)

    def _course(self, epoch: int) -> RunFingerprint:
        return RunFingerprint(
            self.seed,
            len(self.samples),
            self._loader.batch_sampler.length,
            self._loader.batch_sampler.samples_per_step,
            order_digest(self._loader.indices(epoch)),
        )

    def on_epoch_begin(self) -> None:
        """Start the current epoch; called by Keras."""
        note_begin()
        self._warn_of_missing_shuffle()
        with self._lock:
            self._has_begun = True
            begun = EpochStarted(self._deliveries, self._engine, self._input_settings())
        announce(begun)

    def _input_settings(self) -> InputSettings:
        return InputSettings(
            workers=self.workers,
            has_processes=isinstance(self._engine, ProcessEngine),
            is_cached=self._cache is not None,
            can_cache=self._key_of_samples(self._recipe.cache.loads_itself) is not None,
            rescales=self._rescale is not None,
        )

    def on_epoch_end(self) -> None:
        """Move to the next epoch; called by Keras, and by custom training loops.

        Keras also calls it when `fit` and `evaluate` reset their iterator at the start. Such a reset moves nothing: the
        first epoch of `fit` is the sequence's current one, and an interrupted epoch is replayed. At the end of an epoch
        that was started, workers prefetch the first batches of the next one while Keras validates.
        """
        is_reset = note_reset(self)
        with self._lock:
            had_begun, self._has_begun = self._has_begun, False
            self._deliveries = BatchTimings()
            if is_reset:
                return
            self._move(Position(self._epoch + 1, 0))
            epoch = self._epoch
        if had_begun:
            self._loader.prefetch(epoch)

    def to_tf_dataset(self) -> Any:
        """Return a `tf.data.Dataset` of the batches, for code built on tf.data.

        Each iteration over the dataset is one epoch, prefetched by the sequence's workers: the sequence's current epoch
        when the first batch is requested. Taking the last batch moves the sequence to the next epoch, so that
        `fit(dataset, epochs=n)` trains on the same batches as `fit(sequence, epochs=n, shuffle=False)`, and
        `dataset.repeat()` runs through epoch after epoch. An interrupted iteration moves nothing. Stages behind the
        dataset (`.prefetch`, `.batch`, a distribution strategy) take batches before the model does.

        The first and the last batch of the current epoch are computed at once, to learn their shapes and dtypes. The
        dataset cannot be saved or sent to another process. TensorFlow keeps it, and with it the sequence, until the
        program ends; `close()` frees workers and memory. `InputMonitor` does not measure it.

        With `shard`, the dataset is this host's part, for `strategy.distribute_datasets_from_function(lambda context:
        dataset)` of `tf.distribute`, which takes batches as they are; TensorFlow's own sharding is switched off.
        Without `shard`, inside the scope of a `MultiWorkerMirroredStrategy`, it is this worker's part likewise.
        `strategy.experimental_distribute_dataset` takes each batch of a dataset made outside of the scope as that of
        all hosts together: each host computes every batch and trains on its part of it.

        Returns:
            A `tf.data.Dataset` of the results of `assemble`, with tuples in place of lists. Its cardinality is
            `len(self)`. In its `element_spec`, the batch dimension is `batch_size` if every batch is full
            (`drop_remainder`, or an epoch that divides evenly), else None. Height and width are those of `image_size`;
            without it, those of the batches, whose samples share one size; with `batch_size=1`, None.

        Raises:
            ImportError: TensorFlow is not installed.
            SampleError, TransformError, ValueError: as for batches. During iteration TensorFlow raises errors of its
                own types, with these in their text.
        """
        shard = self.shard if self._is_told_shard or self.shard != (0, 1) else shard_of_strategy()
        loader = self._loader
        if shard != self.shard:
            loader = loader.with_batch_sampler(loader.batch_sampler.for_shard(shard))
        first, last = (self._example(loader, number) for number in (0, len(loader) - 1))
        spec = element_spec(first, last, batch_size=self.batch_size, size_is_fixed=self._pipeline.size_is_fixed)
        return make_dataset(
            partial(self._begin_pass, loader),
            partial(self._end_pass, loader),
            spec,
            length=len(loader),
            is_sharded=shard != (0, 1),
        )

    def _example(self, loader: Loader, number: int) -> Example:
        epoch = self.epoch
        batch = loader.batch(epoch, number)
        return Example(len(batch["index"]), self._assembled(batch, loader, epoch, number))

    def _begin_pass(self, loader: Loader) -> tuple[int, Iterator[Any]]:
        iteration_events.announce(self)
        epoch = self.epoch
        batches = enumerate(loader.batches(epoch))
        return epoch, (self._assembled(batch, loader, epoch, number) for number, batch in batches)

    def _end_pass(self, loader: Loader, epoch: int) -> None:
        with self._lock:
            if self._epoch != epoch:
                return
            self._move(Position(epoch + 1, 0))
        loader.prefetch(epoch + 1)

    @property
    def skipped(self) -> dict[int, SampleError]:
        """Samples that could not be used so far, by index, with `on_error="skip"`.

        Each value is a `SampleError` with the attributes `index`, `where` (its files) and `reason`.
        """
        return self._skipped.by_index()

    def close(self) -> None:
        """Stop the workers and free the cache in memory; requesting another batch starts both again.

        Requests from Keras' threads that an interrupted run has left behind are refused and start nothing. Call it
        between runs: from a callback in mid-epoch, it ends that epoch in an error.
        """
        close_lent(self._lent)
        self._loader.close()
        for proxy in list(self._lent):
            proxy.wait_for_askers(self._loader.close)
            proxy.end_generators()
        if self._cache is not None:
            self._cache.clear()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy in another process needs; or, for a worker process, what `load` needs.

        Raises:
            TypeError: there is an `executor`, which cannot be pickled.
        """
        if is_for_workers():
            return {name: value for name, value in self.__dict__.items() if name not in _STAYS_HERE}
        if self._recipe.executor is not None:
            raise TypeError(
                "a sequence with executor= cannot be pickled, because the executor stays in this process; expected one "
                "that is made there, or workers= here"
            )
        return self._state_of_copy()

    def _state_of_copy(self) -> dict[str, Any]:
        travels = {name: value for name, value in self.__dict__.items() if name not in _STAYS_HERE or name in _TRAVELS}
        scan: Scan | None = self.__dict__.get("_scan")
        known = self._recipe.counts if scan is None else scan.known_counts
        recipe = replace(self._recipe, counts=known)
        return {**travels, "_pipeline": self._moved_pipeline(None), "_recipe": recipe}

    def __copy__(self) -> Any:
        """Return a sequence of the same samples at the same epoch, with workers of its own."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self._state_of_copy())
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return the same as `copy.copy`, with its own samples and transform; an `executor` is shared."""
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        memo[id(self._recipe.executor)] = self._recipe.executor
        twin.__dict__.update(copy.deepcopy(self._state_of_copy(), memo))
        return twin

    def __enter__(self) -> BatchSequence:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _free(engine: Engine, lent: weakref.WeakSet[KerasProxy]) -> None:
    """Free what a sequence that is gone has left."""
    close_lent(lent)
    engine.abandon()


def _engine(workers: int, use_multiprocessing: bool, max_queue_size: int, executor: Executor | None) -> Engine:
    if executor is not None:
        return ExecutorEngine(executor, max_queue_size)
    if not workers:
        return InlineEngine()
    if not use_multiprocessing:
        return ThreadEngine(workers)
    # As many batches as can be in hand at once: those in the queue, those being made, the one in use and the next.
    return ProcessEngine(workers, slots=max_queue_size + workers + 2)
