"""A sequence as a `tf.data.Dataset`. Only this file imports TensorFlow, and only to make a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from seqaug.sequence.element_spec import map_arrays

# The next batch; the sequence's own workers prefetch more.
_PREFETCHED = 1
_NOT_LAST = -1


class Example(NamedTuple):
    """A batch.

    Attributes:
        num_samples: number of samples in it.
        batch: the result of `assemble`.
    """

    num_samples: int
    batch: Any


def tensor_specs(first: Example, last: Example, *, batch_size: int, sizes_differ: bool, data_format: str) -> Any:
    """Return the spec of an epoch's batches, derived from the first and the last one: dimensions that differ are None.

    Args:
        first: the first batch.
        last: the last batch.
        batch_size: samples in a full batch; if both are full, all batches are.
        sizes_differ: whether heights and widths may differ between batches.
        data_format: of arrays that have a height and a width.

    Returns:
        A structure of `tf.TensorSpec` like that of the batches, with tuples for lists, which tf.data does not support.
    """
    import tensorflow as tf

    batches_are_full = first.num_samples == last.num_samples == batch_size

    def spec_of(one: Any, other: Any) -> Any:
        one, other = np.asarray(one), np.asarray(other)
        shape = [length if length == second else None for length, second in zip(one.shape, other.shape, strict=True)]
        if shape and shape[0] == first.num_samples and not batches_are_full:
            shape[0] = None
        return tf.TensorSpec(shape, one.dtype)

    spec = map_arrays(spec_of, first.batch, last.batch)
    return without_sizes(spec, data_format) if sizes_differ else spec


def without_sizes(spec: Any, data_format: str) -> Any:
    """Return a structure of `tf.TensorSpec` whose heights and widths are None: those of 3 dimensions and more."""
    import tensorflow as tf

    def sizeless(one: Any) -> Any:
        shape = one.shape.as_list()
        if len(shape) > 2:
            axis = 2 if data_format == "channels_first" and len(shape) == 4 else 1
            shape[axis : axis + 2] = [None, None]
        return tf.TensorSpec(shape, one.dtype)

    return tf.nest.map_structure(sizeless, spec)


def make_dataset(
    start: Callable[[], tuple[int, Iterator[Any]]],
    end: Callable[[int], None],
    spec: Any,
    *,
    length: int,
    is_sharded: bool,
) -> Any:
    """Make a dataset whose iterations are the epochs of a sequence.

    Args:
        start: returns the current epoch and its batches.
        end: called with an epoch when its last batch is taken.
        spec: the `element_spec`.
        length: batches per epoch.
        is_sharded: whether the batches are one host's shard already.

    Returns:
        A `tf.data.Dataset` of known cardinality.
    """
    import tensorflow as tf

    def batches() -> Iterator[tuple[int, Any]]:
        epoch, finished = start()
        for batch_index, batch in enumerate(finished):
            arrays = map_arrays(np.asarray, batch)
            map_arrays(partial(_check, batch_index), arrays, spec)
            yield (epoch if batch_index == length - 1 else _NOT_LAST), arrays

    def ended(epoch: Any) -> Any:
        end(int(epoch))
        return np.True_

    def note_end(epoch: Any, batch: Any) -> Any:
        # After the prefetching stage: an epoch ends when its last batch is taken, not when it is made.
        is_over = tf.cond(
            tf.not_equal(epoch, _NOT_LAST),
            lambda: tf.numpy_function(ended, [epoch], tf.bool),
            lambda: tf.constant(False),
        )
        with tf.control_dependencies([is_over]):
            return tf.nest.map_structure(tf.identity, batch)

    dataset = tf.data.Dataset.from_generator(batches, output_signature=(tf.TensorSpec((), tf.int64), spec))
    dataset = dataset.prefetch(_PREFETCHED).map(note_end)
    options = tf.data.Options()
    # TensorFlow would append a prefetching stage of its own, which takes batches before they are requested.
    options.experimental_optimization.inject_prefetch = False
    if is_sharded:
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.apply(tf.data.experimental.assert_cardinality(length)).with_options(options)


def _check(batch_index: int, array: np.ndarray[Any, Any], spec: Any) -> None:
    if not spec.shape.is_compatible_with(array.shape):
        raise ValueError(
            f"batch {batch_index} is {array.shape}, and the first and the last batch, which the dataset's spec comes "
            f"from, are {tuple(spec.shape)}; expected batches of one size: set image_size=(height, width), or add a "
            "crop to the transform"
        )


def shard_of_strategy() -> tuple[int, int]:
    """Return the (index, count) of this worker inside the scope of a multi-worker strategy; else (0, 1)."""
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return 0, 1
    resolver = strategy.cluster_resolver
    cluster = resolver.cluster_spec().as_dict()
    workers = [(kind, number) for kind in ("chief", "worker") for number in range(len(cluster.get(kind, ())))]
    return (workers.index((resolver.task_type, resolver.task_id)), len(workers)) if workers else (0, 1)
