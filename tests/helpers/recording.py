"""A model that records its batches, for every Keras backend."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import keras
import numpy as np


class Recorder(keras.Model):
    """A small model that records the batches that it was trained and tested on."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = keras.layers.Conv2D(3, 3, padding="same")
        self.trained: list[str] = []
        self.tested: list[str] = []
        self.received: Any = None

    def call(self, inputs: Any) -> Any:
        return self.convolution(inputs)

    def train_step(self, *state_and_batch: Any) -> Any:
        self.received = state_and_batch[-1]
        self.trained.append(digest(self.received))
        return super().train_step(*state_and_batch)

    def test_step(self, *state_and_batch: Any) -> Any:
        self.tested.append(digest(state_and_batch[-1]))
        return super().test_step(*state_and_batch)


def recorder() -> Recorder:
    model = Recorder()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
    model.compile("sgd", loss, run_eagerly=True)
    return model


def digest(batch: Any) -> str:
    return sha256(b"".join(np.asarray(part).tobytes() for part in batch)).hexdigest()
