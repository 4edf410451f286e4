"""What two replicas of `tf.distribute.MirroredStrategy` train on: prints it as JSON, sample by sample.

python mirrored.py
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqaug import SegmentationSequence

SAMPLES = 22
NUMBERS = np.arange(SAMPLES, dtype=np.uint8)
IMAGES = np.tile(NUMBERS[:, None, None, None], (1, 4, 4, 3))


class Recorder(keras.Sequential):
    """Remembers the numbers of the samples that replicas were given."""

    trained: list[list[int]]

    def train_step(self, batch: Any) -> Any:
        tf.py_function(lambda x: self.trained.append(x.numpy()[:, 0, 0, 0].tolist()), [batch[0]], [])
        return super().train_step(batch)


def sequence(workers: int) -> SegmentationSequence:
    return SegmentationSequence(IMAGES, IMAGES[..., 0] % 2, num_classes=2, rescale=None, batch_size=4, workers=workers)


def trained_on(data: Any, strategy: tf.distribute.Strategy) -> list[list[int]]:
    """Fit a model that is not built yet for two epochs; list the samples of each step."""
    with strategy.scope():
        model = Recorder([keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(2, 1)])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.trained = []
    model.fit(data, epochs=2, shuffle=False, verbose=0)
    # Replicas tell of a step in any order.
    return [sorted(sum(step, [])) for step in zip(*[iter(model.trained)] * 2, strict=True)]  # noqa: RUF017


def main() -> None:
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    report = {}
    for workers in (0, 4):
        with sequence(workers) as given, sequence(workers) as as_dataset:
            report[f"sequence {workers}"] = [trained_on(given, strategy), given.epoch]
            report[f"dataset {workers}"] = [trained_on(as_dataset.to_tf_dataset(), strategy), as_dataset.epoch]
    expected = []
    with sequence(0) as inline:
        for epoch in range(2):
            inline.set_epoch(epoch)
            expected += [sorted(x[:, 0, 0, 0].tolist()) for x, _ in inline]
    print(json.dumps([report, expected]))


if __name__ == "__main__":
    main()
