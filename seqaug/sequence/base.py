"""A sequence as Keras and your own loops see it: batches, epochs, state."""

from __future__ import annotations

import copy
import operator
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as SequenceOf
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqaug.callbacks.events import EpochStarted, epoch_started, iteration_started
from seqaug.callbacks.input_advice import InputSettings
from seqaug.callbacks.keras_resets import caller_of, note_reset, note_start
from seqaug.core.user_warnings import warn_user
from seqaug.errors import SampleError
from seqaug.jobs.parallel_map import parallel_map
from seqaug.jobs.warm_cache import WarmUp
from seqaug.loader.data_loader import Loader
from seqaug.remote.urls import checked_local
from seqaug.sampling.factory import checked_sample_weights
from seqaug.sampling.samplers import EpochIndices
from seqaug.sampling.scheduled import ScheduledSampler
from seqaug.sequence.arguments import PathLike
from seqaug.sequence.checkpoint import (
    RunFingerprint,
    check_fingerprint,
    digest_of,
    make_state,
    position_in,
    schedule_in,
    warn_of_versions,
)
from seqaug.sequence.config import arguments_in, make_config, warn_of_order
from seqaug.sequence.described import DescribedSequence
from seqaug.sequence.keras_proxy import close_proxies
from seqaug.sequence.keras_shapes import layout_warning
from seqaug.sequence.prediction import prediction_warning, refuse_training
from seqaug.sequence.tf_data import Example, make_dataset, shard_of_strategy, tensor_specs
from seqaug.sources.tiled import TiledSource
from seqaug.utils.validation import whole_number
from seqaug.visualization.batch_images import write_samples

if TYPE_CHECKING:
    from typing_extensions import Self

Array = np.ndarray[Any, Any]


class BatchSequence(DescribedSequence):
    """What sequences of all kinds have in common, whatever their batches hold."""

    def warm_cache(self) -> None:
        """Fill the cache now, with the sequence's workers and a progress bar, instead of during the first epoch.

        Raises:
            ValueError: there is no `cache`, or it can keep nothing.
            SampleError: a sample cannot be loaded; with `on_error="skip"` it is recorded in `skipped`.
        """
        if self._cache is None:
            raise ValueError(f"warm_cache() has nothing to fill: {self._why_no_cache}")
        indices = np.arange(len(self.samples))
        if isinstance(self.samples, TiledSource) and self._caches_by_file(self._recipe.cache.loads_itself):
            indices = self.samples.first_tiles()
        for chunk in parallel_map(self._engine, WarmUp(self._pipeline), indices, "Filling the cache"):
            for error in chunk.errors:
                if not self._skips:
                    raise error
                self._skipped.note(error)
        self._cache.warn_of_write_error()

    def _finish_batch(self, batch: dict[str, Array], loader: Loader, epoch: int, batch_index: int) -> Any:
        """Check a batch of the loader's, and assemble it as the model takes it."""
        self._first_batch_checks.check(batch, loader, epoch, batch_index)
        if self._cache is not None:
            self._cache.warn_of_write_error()
        return self._assembled(batch)

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
        return write_samples(folder, self._loader, epoch, count, self._pictures)

    def _pictures(self, batch: dict[str, Array], row: int) -> dict[str, Array]:
        """Return the pictures of a row, (H, W, C) uint8 or uint16, by the endings of their file names."""
        raise NotImplementedError

    def __len__(self) -> int:
        """Number of batches per epoch."""
        return len(self._loader)

    @property
    def num_batches(self) -> int:
        """Number of batches per epoch; Keras reads it before an epoch.

        Raises:
            ValueError: `fit` or `evaluate` asks, and the sequence has no targets.
        """
        self._check_caller()
        return len(self)

    def _warn_of_missing_shuffle(self) -> None:
        if not self._is_unshuffled_by_default:
            return
        caller = caller_of(self)
        if caller is not None and caller.method == "fit":
            self._is_unshuffled_by_default = False
            warn_user(
                "fit() trains on a sequence that is not shuffled, the default without masks and labels; expected "
                "shuffle=True in its constructor, or shuffle=False if that is intended"
            )

    def _check_caller(self) -> None:
        """Refuse or warn where the Keras method that was given the sequence cannot use it as it is."""
        caller = caller_of(self)
        if caller is None:
            return
        if self._missing_targets is not None:
            refuse_training(caller, self._missing_targets)
        if not self._was_checked_for_layout:
            self._was_checked_for_layout = True
            warning = layout_warning(caller.model, self._pipeline.data_format)
            if warning is not None:
                warn_user(warning)
        if caller.method == "predict" and not self._was_checked_for_predict:
            self._was_checked_for_predict = True
            warning = prediction_warning(
                self._loader.indices(self.epoch),
                self._loader.batch_sampler,
                self.shard,
                len(self.samples),
                repeats=self.repeats,
                is_random=self._is_random,
            )
            if warning is not None:
                warn_user(warning)

    def __getitem__(self, index: int) -> Any:
        """Return batch `index` of the current epoch.

        Raises:
            IndexError: there is no such batch.
            TypeError: `index` is not an integer.
            SampleError: a sample cannot be used (with `on_error="skip"`: no sample of the epoch can).
            TransformError: the transform failed on a sample.
            ValueError: samples of different sizes reach the batch.
        """
        batch_index = self._batch_index(index)
        epoch, timings = self._cursor.start_request()
        request = timings.asked()
        batch = self._finish_batch(self._loader.batch(epoch, batch_index), self._loader, epoch, batch_index)
        timings.ready(request)
        return batch

    def _batch_index(self, index: Any) -> int:
        count = len(self)
        try:
            batch_index = operator.index(index)
        except TypeError:
            shown = f"{index.start}:{index.stop}" if isinstance(index, slice) else repr(index)
            raise TypeError(
                f"[{shown}] of a sequence of {count} batches; expected the number of one batch, from 0 to {count - 1}: "
                "several are [seq[i] for i in range(...)], and samples are seq.samples[i]"
            ) from None
        if not -count <= batch_index < count:
            raise IndexError(
                f"[{batch_index}] of a sequence of {count} batches (batch_size={self.batch_size}); expected 0 to "
                f"{count - 1}"
            )
        return batch_index % count

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the batches of the current epoch in order, while the workers prefetch the next ones.

        The first loop after `load_state_dict` starts at the next batch of that state.
        """
        epoch, first = self._cursor.start_loop()
        for batch_index, batch in enumerate(self._loader.batches(epoch, first), first):
            finished = self._finish_batch(batch, self._loader, epoch, batch_index)
            self._cursor.loop_took(epoch, batch_index)
            yield finished

    @property
    def epoch(self) -> int:
        """The current epoch, from 0."""
        return self._cursor.position.epoch

    def set_epoch(self, epoch: int) -> None:
        """Move to an epoch; its batches do not depend on how it was reached."""
        self._cursor.set_epoch(whole_number("epoch", epoch, 0))

    def state_dict(self) -> dict[str, Any]:
        """Return the position of the run: a small dict for `json.dumps`, which `load_state_dict` takes in a later run.

        Inside a loop `for x, y in seq`, batches already received count as done. `fit` fetches batches by index, so that
        its state is the start of the current epoch.

        Returns:
            "epoch" and "batch" (the next one); and the fingerprint of the run, by which another sequence is recognized
            as having the same epochs: "seed", "samples", "positions" (per epoch), "repeats", "samples_per_step" (per
            batch, all hosts together), "order", a digest of the epoch's order, and "prepare", a digest of that
            argument. "opencv" and "albumentations" are the versions that produced the batches. "weights" are those of
            `set_weights()` for this epoch and later ones, as [first epoch, weights]; with them, the dict is as long as
            the data set. With `shard`, the states of all hosts are equal.
        """
        position = self._cursor.position
        fingerprint = self._run_fingerprint(self._loader.indices(position.epoch))
        return make_state(position, fingerprint, self._scheduled.schedule_from(position.epoch))

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
        position = position_in(state)
        schedule = schedule_in(state, len(self.samples))
        resumed = copy.copy(self._scheduled)
        resumed.resume(position.epoch, schedule)
        check_fingerprint(state, position, self._run_fingerprint(resumed(position.epoch)), len(self))
        warn_of_versions(state)
        self._scheduled.resume(position.epoch, schedule)
        self._loader.on_order_changed(position.epoch)
        self._cursor.resume_at(position)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as a dict that `json.dumps` takes, for experiment trackers and `from_config`.

        ```python
        text = json.dumps(train.get_config())
        again = SegmentationSequence.from_config(json.loads(text))  # the same batches
        ```

        Paths are kept as given: relative ones start from the working directory. Annotations, of `from_coco` and of run
        lengths, are kept too, up to 64 million characters. What JSON cannot hold is described, and `from_config` asks
        for it: arrays (with a digest of their content), functions, samplers and data sets of your own, transforms that
        `A.to_dict` does not take, and URLs with credentials, which are left out. `executor` is left out, since batches
        do not depend on it.

        Returns:
            `class_name` of the sequence; `arguments`, those given to the constructor; `num_samples`; `order`, a digest
            of the order of epoch 0; and `versions` of the packages that make batches. Epoch and changed weights are in
            `state_dict()` instead.

        Raises:
            TypeError: the arguments of a subclass's constructor have no names (`*arguments`).
        """
        if self._given is None:
            raise TypeError(
                f"get_config() does not know the arguments of {type(self).__name__}: override get_config() in a "
                "subclass with a constructor of its own, as in Keras"
            )
        return make_config(self, self._given, digest_of(self._loader.indices(0)))

    @classmethod
    def from_config(cls, config: Mapping[str, Any], **overrides: Any) -> Self:
        """Create a sequence of a config of `get_config`.

        Args:
            config: the dict, also after a round trip through JSON.
            **overrides: arguments in the place of those of the config, such as `images` where these were arrays.

        Raises:
            TypeError: the config is not a dict.
            ValueError: it is not of `get_config`, or an argument that it cannot hold is not among `overrides`.
        """
        sequence = cls(**arguments_in(cls, config, overrides))
        warn_of_order(config, len(sequence.samples), digest_of(sequence._loader.indices(0)))
        return sequence

    @property
    def _scheduled(self) -> ScheduledSampler:
        """The sampler, with the weights of epochs."""
        assert self._recipe.epochs is not None
        return self._recipe.epochs[0]

    def set_weights(self, weights: SequenceOf[float] | Array | None) -> None:
        """Draw samples in proportion to other weights, from the next epoch on.

        The next epoch is the first one of which no batch was asked for: the current one after `on_epoch_end()` or in a
        callback's `on_epoch_end`, else the one after it. Batches that the workers have prefetched for it are made
        again. Weights are drawn as those of the argument `oversample`: with n positions, a sample of weight w comes
        floor(n w / sum) or ceil(n w / sum) times. `state_dict()` contains them. With `shard`, all hosts must set the
        same weights. Batches of earlier epochs are not affected; the weights of the last few changes are remembered, so
        that an epoch before them is an error.

        Args:
            weights: one per sample, in the order of `samples`; finite, not negative, not all 0. None: the order of the
                constructor.

        Raises:
            TypeError: they are no numbers.
            ValueError: they are not one per sample, or invalid; or `oversample` is a strategy or a sampler, which
                decides which samples come.
        """
        self.check_takes_weights()
        checked = None if weights is None else checked_sample_weights(weights, len(self.samples), "set_weights()")
        epoch = self._cursor.next_unused_epoch
        self._scheduled.set_weights(epoch, checked)
        self._is_random = True
        self._loader.on_order_changed(epoch)

    def _run_fingerprint(self, indices: EpochIndices) -> RunFingerprint:
        return RunFingerprint(
            self.seed,
            len(self.samples),
            self._loader.batch_sampler.length,
            self.repeats,
            self._loader.batch_sampler.samples_per_step,
            digest_of(indices),
            "" if self._pipeline.preparer is None else self._pipeline.preparer.digest,
        )

    def check_takes_weights(self) -> None:
        """Check that `set_weights()` is possible.

        Raises:
            ValueError: `oversample` is a strategy or a sampler.
        """
        if self._has_own_order:
            raise ValueError(
                "weights of a sequence with oversample=, which decides how often samples come; expected no oversample, "
                "or one weight per sample"
            )

    def on_epoch_begin(self) -> None:
        """Start the current epoch; called by Keras."""
        note_start()
        self._warn_of_missing_shuffle()
        epoch_started.announce(EpochStarted(self._cursor.start_epoch(), self._engine, self._input_settings()))

    def _input_settings(self) -> InputSettings:
        return InputSettings(
            workers=self.workers,
            has_processes=self._has_processes,
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
        if note_reset(self):
            self._cursor.reset()
            return
        next_epoch = self._cursor.end_epoch()
        if next_epoch is not None:
            self._loader.prefetch(next_epoch)

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
            without it, those of the batches, whose samples share one size; with `batch_size=1` or `pad_batches`, None.

        Raises:
            ImportError: TensorFlow is not installed.
            SampleError, TransformError, ValueError: as for batches. During iteration TensorFlow raises errors of its
                own types, with these in their text.
        """
        shard = self.shard if self._has_shard_argument or self.shard != (0, 1) else shard_of_strategy()
        loader = self._loader
        if shard != self.shard:
            loader = loader.with_batch_sampler(loader.batch_sampler.for_shard(shard))
        first, last = (self._example(loader, batch_index) for batch_index in (0, len(loader) - 1))
        spec = tensor_specs(
            first,
            last,
            batch_size=self.batch_size,
            sizes_differ=self._sizes_differ,
            data_format=self._pipeline.data_format,
        )
        return make_dataset(
            partial(self._start_iteration, loader),
            partial(self._end_iteration, loader),
            spec,
            length=len(loader),
            is_sharded=shard != (0, 1),
        )

    def _example(self, loader: Loader, batch_index: int) -> Example:
        epoch = self.epoch
        batch = loader.batch(epoch, batch_index)
        return Example(len(batch["index"]), self._finish_batch(batch, loader, epoch, batch_index))

    def _start_iteration(self, loader: Loader) -> tuple[int, Iterator[Any]]:
        iteration_started.announce(self)
        epoch = self._cursor.start_iteration()
        batches = enumerate(loader.batches(epoch))
        return epoch, (self._finish_batch(batch, loader, epoch, batch_index) for batch_index, batch in batches)

    def _end_iteration(self, loader: Loader, epoch: int) -> None:
        if self._cursor.end_iteration(epoch):
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
        close_proxies(self._proxies)
        self._loader.close()
        for proxy in list(self._proxies):
            proxy.wait_for_requests(self._loader.close)
            proxy.end_generators()
        if self._cache is not None:
            self._cache.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
