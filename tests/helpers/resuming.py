"""A run with BackupAndRestore, to interrupt and resume: saves its weights, prints its history.

python resuming.py FOLDER NAME [--interrupt]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import tensorflow as tf

from seqaug import Palette, ResumeEpoch, SegmentationSequence


class Interrupt(keras.callbacks.Callback):
    """Interrupts the run in its third epoch."""

    epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.epoch == 2 and batch == 1:
            raise RuntimeError("interrupted in epoch 2")


def main(folder: Path, name: str, *, interrupt: bool) -> None:
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(0)
    images, masks = json.loads((folder / "pairs.json").read_text())
    palette = Palette({"ground": (10, 20, 30), "wall": (200, 100, 0), "lamp": (0, 255, 255)}, unknown="ignore")
    arguments: dict[str, Any] = {"palette": palette, "batch_size": 2, "workers": 2}
    train = SegmentationSequence(
        images[:6], masks[:6], transform=A.Compose([A.RandomCrop(16, 16), A.D4()]), **arguments
    )
    validation = SegmentationSequence(images[6:], masks[6:], shuffle=False, **arguments)
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(4, 3, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.Conv2D(3, 1),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=train.ignore_index)
    model.compile("adam", loss)
    callbacks = [ResumeEpoch(), keras.callbacks.BackupAndRestore(folder / f"{name} backup")]
    if interrupt:
        callbacks.append(Interrupt())
    history = model.fit(train, validation_data=validation, epochs=4, shuffle=False, verbose=0, callbacks=callbacks)
    np.savez(folder / f"{name}.npz", *model.get_weights())
    print(json.dumps(history.history))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], interrupt="--interrupt" in sys.argv)
