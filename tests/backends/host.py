"""One of several JAX processes that train one model; prints what it trained on as JSON.

python host.py INDEX COUNT ADDRESS
"""

import json
import sys

import jax
import keras
import numpy as np

from seqaug import SegmentationSequence

BATCH = 8


def main(index: int, count: int, address: str) -> None:
    if count > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        keras.distribution.initialize(address, count, index)
        keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (22, 16, 16, 3), dtype=np.uint8)
    masks = rng.integers(0, 3, (22, 16, 16), dtype=np.uint8)
    sequence = SegmentationSequence(images, masks, num_classes=3, batch_size=BATCH // count, seed=1)
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.layers.Input((16, 16, 3)), keras.layers.Conv2D(3, 3, padding="same")])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss)
    losses = model.fit(sequence, epochs=2, shuffle=False, verbose=0).history["loss"]
    weights = [np.asarray(weight).tolist() for weight in model.weights]
    print(json.dumps({"shard": sequence.shard, "losses": losses, "weights": weights}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
