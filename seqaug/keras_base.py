"""The base class of sequences: Keras' own, or nothing in a worker process, which must stay light."""

from typing import Any

from seqaug import role

Sequence: Any
if role.in_worker:
    Sequence = object
else:
    import keras

    Sequence = keras.utils.Sequence
