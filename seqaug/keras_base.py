"""The base class of sequences: Keras' own, or in a worker process, which must stay light, one that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqaug import role

if TYPE_CHECKING or not role.in_worker:
    import keras

    Sequence: Any = keras.utils.Sequence
else:

    class Sequence:
        """Stands for Keras' class where nothing is trained."""

        def __init__(self, **arguments: Any) -> None:
            """Take what Keras' class takes."""
