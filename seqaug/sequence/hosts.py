"""Which part of every epoch is this process's, where several train one model."""

from __future__ import annotations

from typing import Any

from seqaug.arguments import whole_number


def settle_shard(shard: Any) -> tuple[int, int]:
    """Give (index, count): what was asked for, or, of None, what Keras' distribution says.

    Raises:
        TypeError: it is no pair of integers.
        ValueError: the index is none of the count's.
    """
    if shard is None:
        return _shard_of_keras()
    if not isinstance(shard, tuple | list) or len(shard) != 2:
        raise TypeError(f"shard={shard!r}; expected (index, count): which host this is, from 0, of how many, or None")
    index, count = whole_number("shard[0]", shard[0], 0), whole_number("shard[1]", shard[1], 1)
    if index >= count:
        raise ValueError(f"shard={(index, count)}; expected an index below the count, from 0")
    return index, count


def _shard_of_keras() -> tuple[int, int]:
    import keras

    active = keras.distribution.distribution()
    # With automatic sharding, Keras hands out the batches of a tf.data.Dataset itself, and takes nothing else.
    if active is None or not getattr(active, "_is_multi_process", False) or _shards_itself(active):
        return 0, 1
    processes = getattr(active, "_num_processes", None) or active._num_process
    # Processes that hold parts of one copy of the model need the same batches.
    copies = min(_model_copies(active), processes)
    return active._process_id // (processes // copies), copies


def _shards_itself(active: Any) -> bool:
    return bool(getattr(active, "auto_shard_dataset", getattr(active, "_auto_shard_dataset", True)))


def _model_copies(active: Any) -> int:
    """Count the copies of the model: the devices along the axis by which batches are divided."""
    mesh = active.device_mesh
    return int(mesh.shape[mesh.axis_names.index(active.batch_dim_name)])
