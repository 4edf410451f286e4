"""How a sequence is constructed, and constructed again in each copy of it."""

from __future__ import annotations

import copy
import threading
import warnings
import weakref
from collections.abc import Callable
from collections.abc import Sequence as SequenceOf
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.preparer import Preparer
from seqaug.cache.sample_cache import SampleCache
from seqaug.core.keras_base import Sequence
from seqaug.core.user_warnings import warn_user
from seqaug.engines.auto import AutoEngine
from seqaug.engines.base import Engine
from seqaug.engines.choice import Choice
from seqaug.engines.factory import Workers, check_executor, make_engine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.serialization import is_for_workers
from seqaug.jobs.class_scan import Scan
from seqaug.loader.data_loader import Loader
from seqaug.loader.skipped import SkippedSamples
from seqaug.pipeline.image_encoding import checked_dtype
from seqaug.pipeline.pipeline import Pipeline
from seqaug.reading.opencv import check_opencv
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.coverage_warnings import coverage_warnings
from seqaug.sampling.drawn_counts import drawn_counts
from seqaug.sampling.factory import is_sampler, make_sampler, resolve_strategy
from seqaug.sampling.file_windows import FileWindows, FileWindowSampler
from seqaug.sampling.repeats import RepeatedSampler, checked_repeats
from seqaug.sampling.samplers import EpochSampler
from seqaug.sampling.scheduled import ScheduledSampler
from seqaug.sequence.cache_setup import NO_CACHE, CacheRecipe, KeyOf, set_up_cache
from seqaug.sequence.config import given_arguments
from seqaug.sequence.description import FirstImages, order_line
from seqaug.sequence.epoch_cursor import EpochCursor
from seqaug.sequence.equal_repeats import EqualRepeatsCheck, repeats_warnings
from seqaug.sequence.first_batch import Check, FirstBatchChecks
from seqaug.sequence.fixed import missing_attribute, refuse_change
from seqaug.sequence.keras_proxy import KerasProxy, close_proxies, give_keras_a_proxy
from seqaug.sequence.loading import GlobalRandomCheck
from seqaug.sequence.migration_hints import raise_migration_hint
from seqaug.sequence.range_check import RangeCheck
from seqaug.sequence.repeating import RepeatingCheck
from seqaug.sequence.sharding import resolve_shard, shard_batches
from seqaug.sequence.tiling import DecodingCheck
from seqaug.sources.base import CacheKey, DataSource
from seqaug.sources.tiled import TiledSource
from seqaug.statistics.class_weights import ClassWeights, WeightMethod, compute_class_weights
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import one_of, whole_number

if TYPE_CHECKING:
    from typing_extensions import Self

# Attributes that make batches: a worker process, which calls `load` alone, does not get them.
_NOT_FOR_WORKERS = (
    "_builder",
    "_cache",
    "_cursor",
    "_engine",
    "_first_batch_checks",
    "_given",
    "_proxies",
    "_loader",
    "_pipeline",
    "_recipe",
    "_scan",
    "_skipped",
    "_transform",
)
# Those of them that a copy gets; it constructs the others when they are first used.
_COPIED = ("_builder", "_cursor", "_given", "_pipeline", "_recipe", "_transform")
_copy_lock = threading.RLock()


@dataclass
class Recipe:
    """What a copy of a sequence constructs its own parts from: engine, cache, scan and loader.

    Attributes:
        executor: used instead of local workers, or None.
        use_multiprocessing: whether workers are processes.
        workers: how many, or "auto".
        cache: what the cache is created from.
        counts_dir: where class counts are kept between runs, or None.
        counts: class counts that are known already, or None.
        epochs: the samplers of indices and of batches; None before the samples are known.
    """

    executor: Executor | None
    use_multiprocessing: bool
    workers: Workers
    cache: CacheRecipe = NO_CACHE
    counts_dir: Any = None
    counts: ClassCounts | None = None
    epochs: tuple[ScheduledSampler, BatchSampler] | None = None


class SequenceParts(Sequence):
    """Constructs the parts of a sequence: engine, cache, samplers, loader and checks; copies construct their own.

    Args:
        batch_size, repeats, seed, on_error, workers, use_multiprocessing, max_queue_size, executor: see
            `SegmentationSequence`.

    Attributes:
        samples: the data source.
        class_names: the names of the classes in id order, or None.
        batch_size: rows in a batch.
        repeats: rows of each sample that is read.
        seed: of order, augmentation and split.
        shard: (index, count): which part of every epoch this host has.
    """

    samples: DataSource
    class_names: list[str] | None
    shard: tuple[int, int]
    # The arguments of the constructor by name; None in what no constructor has made.
    _given: dict[str, Any] | None

    # What is missing where batches are images alone, "masks" or "labels"; else None.
    _missing_targets: str | None = None
    # Whether a subclass's `load` takes `rng`, so that it gives another sample each time.
    _takes_rng = False
    _rescale: float | None
    _transform: Any = None
    # For `repr`: one line per part of a batch, then the transform.
    _batch_lines: tuple[str, ...] = ()
    # What `element_spec` has found.
    _element_spec: Any = None
    # Whether the constructor is done, and its arguments are fixed.
    _is_constructed = False

    def __new__(cls, *arguments: Any, **named: Any) -> Self:
        """Refuse arguments of other libraries with a hint, before Python rejects them as unknown."""
        raise_migration_hint(cls, named)
        sequence: Self = super().__new__(cls)
        # For `get_config`; a copy then gets the original's.
        sequence._given = given_arguments(cls, arguments, named)
        return sequence

    def __setattr__(self, name: str, value: Any) -> None:
        if self._is_constructed:
            refuse_change(self, name, value)
        super().__setattr__(name, value)

    if not TYPE_CHECKING:  # or misspelt attributes would be Any

        def __getattr__(self, name: str) -> Any:
            attributes = self.__dict__
            if name in _NOT_FOR_WORKERS and attributes.get("_is_constructed") and "_recipe" in attributes:
                self._construct_copy()
                if name in attributes:
                    return attributes[name]
            raise missing_attribute(self, name)

    def __init__(
        self,
        *,
        batch_size: int,
        repeats: int,
        seed: int,
        on_error: str,
        workers: Workers,
        use_multiprocessing: bool,
        max_queue_size: int,
        executor: Executor | None,
    ) -> None:
        check_opencv()
        workers = _checked_workers(workers)
        max_queue_size = whole_number("max_queue_size", max_queue_size, 1)
        if executor is not None:
            check_executor(executor, use_multiprocessing=use_multiprocessing)
            # Keras asks for as many batches at a time as it has threads, and these only wait for the executor.
            workers = max_queue_size
        # Keras always asks from threads: worker processes are the engine's, and Keras' own would fork this process.
        number = 1 if workers == "auto" else workers
        super().__init__(workers=number, use_multiprocessing=False, max_queue_size=max_queue_size)
        self.batch_size = whole_number("batch_size", batch_size, 1)
        self.repeats = checked_repeats(repeats, self.batch_size)
        self.seed = whole_number("seed", seed, 0)
        self._skips = one_of("on_error", on_error, ("raise", "skip")) == "skip"
        self._recipe = Recipe(executor, bool(use_multiprocessing), workers)
        self._cursor = EpochCursor()
        self._was_checked_for_predict = self._was_checked_for_layout = False
        self._create_own_parts()

    def _create_own_parts(self) -> None:
        """Create what each sequence has for itself, a copy too."""
        recipe = self._recipe
        self._proxies: weakref.WeakSet[KerasProxy] = weakref.WeakSet()
        self._skipped = SkippedSamples()
        self._engine = make_engine(
            recipe.workers,
            use_multiprocessing=recipe.use_multiprocessing,
            max_queue_size=self.max_queue_size,
            executor=recipe.executor,
        )
        # Others may hold the engine longer, such as a callback that measures its workers.
        weakref.finalize(self, _free, self._engine, self._proxies).atexit = False

    @property
    def workers(self) -> Any:
        """The number of workers that prepare batches; Keras asks for batches from as many threads, but at least two."""
        workers = self._number_of_workers()
        if give_keras_a_proxy(self, self._proxies) and (workers or self._recipe.workers == "auto"):
            # For one thread Keras asks only when TensorFlow's prefetching does, which starts anew in each epoch and at
            # times stays behind, and on other backends when training waits for the batch.
            return max(workers, 2)
        return workers

    def _number_of_workers(self) -> int:
        """Return the number of workers; `"auto"` chooses them now, if it has not yet."""
        if "_recipe" not in self.__dict__ or self._recipe.workers != "auto":
            return int(super().workers)
        if isinstance(self._engine, AutoEngine):
            return self._loader.decide_workers(self._cursor.position.epoch)
        return self._engine.workers

    @property
    def _has_processes(self) -> bool:
        engine = self._engine
        return engine.has_processes if isinstance(engine, AutoEngine) else isinstance(engine, ProcessEngine)

    def _workers_line(self) -> str:
        """Describe the workers, without choosing them."""
        recipe = self._recipe
        if recipe.executor is not None:
            return type(recipe.executor).__name__
        if isinstance(self._engine, AutoEngine):
            choice = self._engine.choice
            return "auto, chosen at the first batch" if choice is None else f"auto, {choice.label}"
        workers = Choice(self.workers, use_processes=recipe.use_multiprocessing, reason="").label
        return f"auto, {workers}" if recipe.workers == "auto" else workers

    def _resolve_shuffle(self, shuffle: bool | None, *, default: bool) -> bool:
        """Resolve the argument `shuffle`; `fit` warns where it is False by default."""
        self._is_unshuffled_by_default = shuffle is None and not default
        return default if shuffle is None else bool(shuffle)

    def _make_batch_sampler(
        self, samples_per_epoch: int | None, *, drop_remainder: bool, shuffle: bool, shard: tuple[int, int] | None
    ) -> BatchSampler:
        """Divide the positions of an epoch into batches, and set `shard`."""
        length = len(self.samples)
        if samples_per_epoch is not None:
            length = whole_number("samples_per_epoch", samples_per_epoch, 1)
        self.shard = resolve_shard(shard)
        self._has_shard_argument = shard is not None
        return shard_batches(
            length * self.repeats, self.batch_size, self.shard, drop_remainder=drop_remainder, shuffle=shuffle
        )

    def _fingerprint(self, *settings: object, loads_itself: bool, prepared: str) -> str:
        """Make a fingerprint of how samples are read and prepared."""
        loader = f"{type(self).__module__}.{type(self).__qualname__}" if loads_itself else ""
        return " ".join(map(str, (self.samples.fingerprint, *settings, loader, *([prepared] if prepared else []))))

    @staticmethod
    def _prepare_key(preparer: Preparer | None, argument: str, directory: Any) -> str:
        """Return what identifies prepared samples in a directory; "" where nothing outlives the sequence."""
        if preparer is None or directory is None or directory == "memory":
            return ""
        return preparer.cache_key(argument, directory)

    def _make_cache(self, recipe: CacheRecipe) -> SampleCache | None:
        """Create the sample cache, or note why there is none."""
        self._recipe.cache = recipe
        key_of, count = self._key_of_samples(recipe.loads_itself), len(self.samples)
        if isinstance(self.samples, TiledSource) and self._caches_by_file(recipe.loads_itself):
            whole = self.samples.source
            key_of, count = whole.cache_key if whole.has_cache_keys else None, len(whole)
        cache, self._why_no_cache = set_up_cache(
            recipe,
            key_of,
            num_samples=count,
            takes_rng=self._takes_rng,
            has_executor=self._recipe.executor is not None,
        )
        return cache

    def _caches_by_file(self, loads_itself: bool) -> bool:
        """Whether the cache holds the whole samples of tiles, not what a subclass makes of each tile."""
        return not loads_itself and type(self).cache_key is SequenceParts.cache_key

    def _key_of_samples(self, loads_itself: bool) -> KeyOf | None:
        """Find what gives the cache key of a sample: a subclass, or the data source; None where nothing does."""
        if self._takes_rng:
            return None
        if type(self).cache_key is not SequenceParts.cache_key:
            return self._key_of_subclass
        return self.samples.cache_key if self.samples.has_cache_keys and not loads_itself else None

    def _key_of_subclass(self, index: int) -> CacheKey | None:
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

    def _class_weights(self, weights: ClassWeights, counts: ClassCounts, sampling: dict[str, Any]) -> Any:
        """Compute the weights of classes.

        Args:
            weights: how.
            counts: of the data.
            sampling: arguments of `make_sampler`.
        """
        return weights.computed(
            counts,
            self._weights_by_counts,
            lambda found: drawn_counts(
                found,
                make_sampler(
                    **sampling,
                    num_samples=len(found),
                    seed=self.seed,
                    counts=lambda: found,
                    num_classes=found.num_classes,
                ),
            ),
        )

    def _weights_by_counts(self, counts: ClassCounts, method: WeightMethod, *, beta: float) -> Any:
        return compute_class_weights(counts, method, beta=beta)

    def _finish_construction(
        self,
        pipeline: Pipeline,
        oversample: Any,
        counts: Callable[[str], ClassCounts],
        *,
        batch_sampler: BatchSampler,
        shuffle: bool,
        checks: SequenceOf[Check] = (),
    ) -> None:
        """Create the sampler and the loader; from here on arguments are fixed.

        Args:
            pipeline: makes the samples.
            oversample: see `SegmentationSequence`.
            counts: gives the class counts; it is told which argument needs them.
            batch_sampler: divides an epoch into batches.
            shuffle: whether each epoch has a new order.
            checks: of the first batch.
        """
        samples_read = batch_sampler.length // self.repeats
        sampler = make_sampler(
            oversample,
            num_samples=len(self.samples),
            length=samples_read,
            seed=self.seed,
            shuffle=bool(shuffle),
            counts=lambda: counts(f"oversample={oversample!r}"),
            num_classes=getattr(self, "num_classes", None),
        )
        if oversample is not None:
            # One weight per sample needs no counts.
            known = counts(f"oversample={oversample!r}") if resolve_strategy(oversample) is not None else None
            for warning in coverage_warnings(oversample, known, samples_read, self.class_names):
                warn_user(warning)
        if pipeline.preparer is not None and pipeline.preparer.makes_floats and self._cache is not None:
            warn_user(
                "prepare makes uint8 images float, so that each sample takes 4 times the memory of the cache; expected "
                "transforms that keep uint8 in prepare=, and A.Normalize or A.ToFloat last in transform="
            )
        self._is_random = bool(shuffle) or oversample is not None
        self._pipeline = pipeline
        windows = _file_windows(self.samples, oversample, shuffle=shuffle)
        self._order_line = order_line(oversample, bool(shuffle), self.seed, self.repeats, windows and windows.size)
        self._first_images = FirstImages(pipeline.data_format)
        if isinstance(self.samples, TiledSource) and self._is_random and self._cache is None:
            # Partners are tiles of any file, however others are ordered.
            window = None if windows is None or pipeline.draws_partners else windows.size
            checks = [*checks, DecodingCheck(self.samples, window, samples_read)]
        self._first_batch_checks = FirstBatchChecks(pipeline, [*checks, self._first_images])
        arrange = partial(_arranged, windows=windows, seed=self.seed, repeats=self.repeats)
        self._has_own_order = is_sampler(oversample) or (
            oversample is not None and resolve_strategy(oversample) is not None
        )
        scheduled = ScheduledSampler(
            arrange(sampler), length=samples_read, seed=self.seed, shuffle=bool(shuffle), arrange=arrange
        )
        self._recipe.epochs = scheduled, batch_sampler
        self._loader = self._make_loader(scheduled, batch_sampler)
        self._is_constructed = True

    def _sample_checks(
        self,
        pipeline: Pipeline,
        augmenter: Augmenter | None,
        *,
        rescale: float | None,
        dtype: str,
        color_mode: str,
        loads_itself: bool,
    ) -> list[Check]:
        """Create the checks of the first batch that do not depend on its targets."""
        checks: list[Check] = [
            RangeCheck(
                self.samples,
                augmenter,
                rescale=rescale,
                dtype=checked_dtype(dtype).name,
                color_mode=color_mode,
                seed=self.seed,
            ),
            RepeatingCheck(pipeline, pipeline.load if loads_itself else None, is_cached=self._cache is not None),
        ]
        if loads_itself:
            checks.append(GlobalRandomCheck(pipeline.load))
        if self.repeats > 1:
            for warning in repeats_warnings(self.repeats, augmenter, takes_rng=self._takes_rng):
                warn_user(warning)
            if augmenter is not None and not self._takes_rng:
                checks.append(EqualRepeatsCheck(pipeline, augmenter, self.repeats))
        return checks

    def _make_loader(self, sampler: EpochSampler, batch_sampler: BatchSampler) -> Loader:
        # "auto" has yet to choose; its loader then limits these.
        workers = self.max_queue_size if isinstance(self._engine, AutoEngine) else self.workers
        return Loader(
            self._pipeline,
            sampler,
            batch_sampler=batch_sampler,
            engine=self._engine,
            prefetch_batches=self.max_queue_size if workers else 0,
            warm_batches=min(workers + 1, self.max_queue_size) if workers else 0,
            skipped=self._skipped if self._skips else None,
        )

    def _construct_copy(self) -> None:
        """Construct the parts that a copy does not get: its engine, its cache and what uses them."""
        with _copy_lock:
            if "_loader" in self.__dict__:
                return
            self._create_own_parts()
            with warnings.catch_warnings():  # the original has warned
                warnings.simplefilter("ignore")
                self._cache = self._make_cache(self._recipe.cache)
            self._pipeline = self._rebound_pipeline(self._cache)
            self._first_batch_checks = FirstBatchChecks(self._pipeline, [self._first_images])
            self._construct_scan()
            if self._recipe.epochs is not None:
                self._loader = self._make_loader(*self._recipe.epochs)

    def _construct_scan(self) -> None:
        """Create what counts the classes, where there is such a thing."""

    def _rebound_pipeline(self, cache: SampleCache | None) -> Pipeline:
        """Bind the pipeline, which in a copy is still the original's, to this sequence's samples."""
        load = self.load if self._recipe.cache.loads_itself else self.samples.load
        tiles = self.samples if isinstance(self.samples, TiledSource) else None
        return self._pipeline.moved(load=load, describe=self.samples.describe, cache=cache, tiles=tiles)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy in another process needs; or, for a worker process, what `load` needs.

        Raises:
            TypeError: there is an `executor`, which cannot be pickled.
        """
        if is_for_workers():
            return {name: value for name, value in self.__dict__.items() if name not in _NOT_FOR_WORKERS}
        if self._recipe.executor is not None:
            raise TypeError(
                "a sequence with executor= cannot be pickled, because the executor stays in this process; expected one "
                "that is made there, or workers= here"
            )
        return self._state_of_copy()

    def _state_of_copy(self) -> dict[str, Any]:
        state = {
            name: value for name, value in self.__dict__.items() if name not in _NOT_FOR_WORKERS or name in _COPIED
        }
        scan: Scan | None = self.__dict__.get("_scan")
        counts = self._recipe.counts if scan is None else scan.known_counts
        return {
            **state,
            "_cursor": copy.copy(self._cursor),
            "_pipeline": self._rebound_pipeline(None),
            "_recipe": replace(self._recipe, counts=counts, epochs=_copied(self._recipe.epochs)),
        }

    def __copy__(self) -> Self:
        """Return a sequence of the same samples at the same epoch, with workers of its own."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self._state_of_copy())
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the same as `copy.copy`, with its own samples and transform; an `executor` is shared."""
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        memo[id(self._recipe.executor)] = self._recipe.executor
        twin.__dict__.update(copy.deepcopy(self._state_of_copy(), memo))
        return twin


def _file_windows(samples: DataSource, oversample: Any, *, shuffle: bool) -> FileWindows | None:
    """Return within which files samples are shuffled; None: all, or the order is the user's."""
    if not isinstance(samples, TiledSource) or not shuffle or is_sampler(oversample):
        return None
    files = samples.shuffle_window
    return None if files is None else FileWindows(samples.parents, files)


def _arranged(sampler: EpochSampler, *, windows: FileWindows | None, seed: int, repeats: int) -> EpochSampler:
    """Shuffle drawn samples within windows of files, and repeat them, as far as asked for."""
    if windows is not None:
        sampler = FileWindowSampler(sampler, windows, seed)
    return sampler if repeats == 1 else RepeatedSampler(sampler, repeats)


def _copied(epochs: tuple[ScheduledSampler, BatchSampler] | None) -> tuple[ScheduledSampler, BatchSampler] | None:
    """Copy the samplers of epochs: the weights of a copy change by themselves."""
    return None if epochs is None else (copy.copy(epochs[0]), epochs[1])


def _checked_workers(workers: Any) -> Workers:
    if isinstance(workers, str):
        if workers == "auto":
            return "auto"
        raise ValueError(f'workers={workers!r}; expected an integer of at least 0, or "auto"')
    return whole_number("workers", workers, 0)


def _free(engine: Engine, proxies: weakref.WeakSet[KerasProxy]) -> None:
    """Free what a sequence holds that is garbage-collected."""
    close_proxies(proxies)
    engine.abandon()
