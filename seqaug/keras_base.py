"""Base classes of Keras' own, or in a worker process, which must stay light, ones that do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqaug import role

if TYPE_CHECKING or not role.in_worker:
    import keras

    Sequence: Any = keras.utils.Sequence
    Callback: Any = keras.callbacks.Callback
else:

    class Sequence:
        """Stands for Keras' class where nothing is trained."""

        def __init__(self, **arguments: Any) -> None:
            """Take what Keras' class takes."""

    class Callback:
        """Stands for Keras' class where nothing is trained."""
