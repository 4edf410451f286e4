"""The shard of this process, where several train one model."""

from __future__ import annotations

from typing import Any

from seqaug.core.user_warnings import warn_user
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.utils.validation import whole_number


def resolve_shard(shard: Any) -> tuple[int, int]:
    """Resolve the argument `shard` to (index, count); None: as Keras' distribution says.

    Raises:
        TypeError: it is not a pair of integers.
        ValueError: the index is out of range.
    """
    if shard is None:
        return _shard_of_keras()
    if not isinstance(shard, tuple | list) or len(shard) != 2:
        raise TypeError(f"shard={shard!r}; expected (index, count): which host this is, from 0, of how many, or None")
    index, count = whole_number("shard[0]", shard[0], 0), whole_number("shard[1]", shard[1], 1)
    if index >= count:
        raise ValueError(f"shard={(index, count)}; expected an index below the count, from 0")
    active = _active_distribution()
    if count > 1 and active is not None and _shards_itself(active) and _shard_of(active)[1] > 1:
        warn_user(
            f"shard={(index, count)} beside a keras.distribution that shards the data itself: `fit` would divide this "
            f"shard among {_shard_of(active)[1]} processes once more; expected auto_shard_dataset=False of the "
            "distribution, or shard=(0, 1)"
        )
    return index, count


def shard_batches(
    length: int, batch_size: int, shard: tuple[int, int], *, drop_remainder: bool, shuffle: bool
) -> BatchSampler:
    """Divide an epoch of `length` positions into this host's batches.

    Warns:
        SeqaugWarning: every epoch leaves out the same samples, or Keras would distribute the batches unevenly.
    """
    batch_sampler = BatchSampler(length, batch_size, drop_remainder=drop_remainder, shard=shard)
    if shard == (0, 1):
        _check_keras_shares(len(batch_sampler))
    if batch_sampler.num_dropped and not shuffle:
        warn_user(
            f"{length} samples cannot be divided evenly among {shard[1]} hosts: the last "
            f"{batch_sampler.num_dropped} are never used; set samples_per_epoch to a multiple of {shard[1]}, or "
            "shuffle=True, which leaves out different ones in each epoch"
        )
    return batch_sampler


def _check_keras_shares(num_batches: int) -> None:
    """Warn where Keras distributes batches itself, and gives processes different numbers of them.

    It does so from 3.16 on with automatic sharding: process i takes batches i, i + n, i + 2n, ... Before 3.16, `fit`
    refuses a sequence in that case.
    """
    active = _active_distribution()
    if active is None or not _shards_itself(active) or not hasattr(active, "num_data_shards"):
        return
    count = _shard_of(active)[1]
    if num_batches % count:
        warn_user(
            f"keras.distribution distributes the {num_batches} batches of an epoch to {count} processes: some get one "
            "more, and wait for the others for ever; expected auto_shard_dataset=False, with which each process makes "
            f"its own shard, or samples_per_epoch= for a multiple of {count} batches"
        )


def _shard_of_keras() -> tuple[int, int]:
    active = _active_distribution()
    # With automatic sharding, Keras distributes batches itself (before 3.16 those of a tf.data.Dataset only).
    return (0, 1) if active is None or _shards_itself(active) else _shard_of(active)


def _active_distribution() -> Any:
    """Return Keras' distribution if it spans several processes, else None."""
    import keras

    active = keras.distribution.distribution()
    return active if getattr(active, "_is_multi_process", False) else None


def _shard_of(active: Any) -> tuple[int, int]:
    processes = getattr(active, "_num_processes", None) or active._num_process
    # Processes that share one copy of the model need the same batches.
    copies = min(_model_copies(active), processes)
    return active._process_id // (processes // copies), copies


def _shards_itself(active: Any) -> bool:
    return bool(getattr(active, "auto_shard_dataset", getattr(active, "_auto_shard_dataset", True)))


def _model_copies(active: Any) -> int:
    """Count the copies of the model: the devices along the batch axis."""
    mesh = active.device_mesh
    return int(mesh.shape[mesh.axis_names.index(active.batch_dim_name)])
