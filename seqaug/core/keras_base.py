"""Base classes of Keras' own, or in a worker process, which must stay light, ones that do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqaug.core import worker_flag

if TYPE_CHECKING or not worker_flag.is_worker_process:
    import keras

    Sequence: Any = keras.utils.Sequence
    Callback: Any = keras.callbacks.Callback
else:

    class _Stub:
        """Stands for a class of Keras' own where nothing is trained: it can be inherited from and sent, not made."""

        def __init__(self, **arguments: Any) -> None:
            """Refuse.

            Raises:
                RuntimeError: always.
            """
            raise RuntimeError(
                f"{type(self).__name__} cannot be made here: this process has prepared batches for another one (as a "
                "worker, or for executor=), for which seqaug was imported without Keras; expected a process of its "
                "own to train in, or `import keras` there before the first batch is prepared"
            )

    class Sequence(_Stub):
        """Stands for Keras' class."""

    class Callback(_Stub):
        """Stands for Keras' class."""
