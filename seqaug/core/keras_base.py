"""Keras' base classes; in a worker process, which must not import Keras, stubs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqaug.core import worker_flag

if TYPE_CHECKING:
    from keras.callbacks import Callback as Callback
    from keras.utils import Sequence as Sequence
elif not worker_flag.is_worker_process:
    import keras

    Sequence: Any = keras.utils.Sequence
    Callback: Any = keras.callbacks.Callback
else:

    class _Stub:
        """Stand-in for a Keras class: it can be inherited from and unpickled, but not constructed."""

        def __init__(self, **arguments: Any) -> None:
            """Refuse.

            Raises:
                RuntimeError: always.
            """
            raise RuntimeError(
                f"{type(self).__name__} cannot be constructed here: this process has prepared batches for another one "
                "(as a worker, or for executor=), and imported seqaug without Keras for that; expected a separate "
                "process to train in, or `import keras` here before the first batch is prepared"
            )

    class Sequence(_Stub):
        """Stand-in for `keras.utils.Sequence`."""

    class Callback(_Stub):
        """Stand-in for `keras.callbacks.Callback`."""
