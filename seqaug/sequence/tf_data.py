"""A sequence as a `tf.data.Dataset`. This file alone imports TensorFlow, and only when a dataset is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

# The batch that is next; the sequence's own workers are further ahead.
_PREFETCHED = 1
_NOT_THE_LAST = -1


class Example(NamedTuple):
    """A batch, and how many samples are in it."""

    samples: int
    batch: Any


def element_spec(first: Example, last: Example, *, batch_size: int, size_is_fixed: bool) -> Any:
    """Describe the batches of an epoch by the first one and the last one: what differs between them is not fixed.

    Args:
        first: the first batch.
        last: the last one.
        batch_size: how many samples a full batch has; where both have as many, all batches are full.
        size_is_fixed: whether all images end at one height and width, whatever the two batches say.

    Returns:
        A structure of `tf.TensorSpec` like that of the batches, with tuples for lists, which tf.data does not know.
    """
    import tensorflow as tf

    batches_are_full = first.samples == last.samples == batch_size

    def described(one: Any, other: Any) -> Any:
        one, other = np.asarray(one), np.asarray(other)
        shape = [length if length == second else None for length, second in zip(one.shape, other.shape, strict=True)]
        if shape and shape[0] == first.samples and not batches_are_full:
            shape[0] = None
        if batch_size == 1 and not size_is_fixed and len(shape) > 2:
            # That images end at one size shows where several are stacked, and not in two of them.
            shape[1:3] = [None, None]
        return tf.TensorSpec(shape, one.dtype)

    return _mapped(described, first.batch, last.batch)


def make_dataset(
    begin: Callable[[], tuple[int, Iterator[Any]]],
    end: Callable[[int], None],
    spec: Any,
    *,
    length: int,
    is_sharded: bool,
) -> Any:
    """Make a dataset whose iterations are the epochs of a sequence.

    Args:
        begin: says which epoch is the current one, and gives its batches.
        end: is told of an epoch when all its batches were taken.
        spec: the `element_spec`.
        length: how many batches an epoch has.
        is_sharded: whether they are one host's part of the epoch already.

    Returns:
        A `tf.data.Dataset` of known cardinality.
    """
    import tensorflow as tf

    def batches() -> Iterator[tuple[int, Any]]:
        epoch, made = begin()
        for number, batch in enumerate(made):
            arrays = _mapped(np.asarray, batch)
            _mapped(partial(_check, number), arrays, spec)
            yield (epoch if number == length - 1 else _NOT_THE_LAST), arrays

    def ended(epoch: Any) -> Any:
        end(int(epoch))
        return np.True_

    def hand_over(epoch: Any, batch: Any) -> Any:
        # Behind the prefetching: an epoch ends when its last batch is taken, not when it is made.
        is_over = tf.cond(
            tf.not_equal(epoch, _NOT_THE_LAST),
            lambda: tf.numpy_function(ended, [epoch], tf.bool),
            lambda: tf.constant(False),
        )
        with tf.control_dependencies([is_over]):
            return tf.nest.map_structure(tf.identity, batch)

    dataset = tf.data.Dataset.from_generator(batches, output_signature=(tf.TensorSpec((), tf.int64), spec))
    dataset = dataset.prefetch(_PREFETCHED).map(hand_over)
    options = tf.data.Options()
    # TensorFlow would put a prefetch of its own behind, which takes batches before anyone has asked for them.
    options.experimental_optimization.inject_prefetch = False
    if is_sharded:
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.apply(tf.data.experimental.assert_cardinality(length)).with_options(options)


def _check(number: int, array: np.ndarray[Any, Any], spec: Any) -> None:
    if not spec.shape.is_compatible_with(array.shape):
        raise ValueError(
            f"batch {number} is {array.shape}, and the first and the last batch, of which the dataset was made, are "
            f"{tuple(spec.shape)}; expected batches of one size: set image_size=(height, width), or add a crop to the "
            "transform"
        )


def _mapped(function: Callable[..., Any], batch: Any, *others: Any) -> Any:
    """Apply a function to the arrays of a batch, and of others like it; lists end as tuples."""
    if isinstance(batch, dict):
        return {key: _mapped(function, part, *(other[key] for other in others)) for key, part in batch.items()}
    if isinstance(batch, list | tuple):
        return tuple(_mapped(function, *parts) for parts in zip(batch, *others, strict=True))
    return function(batch, *others)


def shard_of_strategy() -> tuple[int, int]:
    """Give (index, count) of this worker, inside the scope of a strategy of several workers; else everything."""
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return 0, 1
    resolver = strategy.cluster_resolver
    cluster = resolver.cluster_spec().as_dict()
    workers = [(kind, number) for kind in ("chief", "worker") for number in range(len(cluster.get(kind, ())))]
    return (workers.index((resolver.task_type, resolver.task_id)), len(workers)) if workers else (0, 1)
