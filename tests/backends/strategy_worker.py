"""One of several TensorFlow processes under a MultiWorkerMirroredStrategy; prints the samples that it gets, as JSON.

TF_CONFIG says which one.
"""

import json

import numpy as np
import tensorflow as tf

from seqaug import SegmentationSequence


def main() -> None:
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    images = np.repeat(np.arange(22, dtype=np.uint8), 64).reshape(22, 8, 8, 1)
    sequence = SegmentationSequence(images, images[..., 0] % 3, num_classes=3, batch_size=4, seed=1, rescale=None)
    with strategy.scope():
        dataset = sequence.to_tf_dataset()
    distributed = strategy.distribute_datasets_from_function(lambda context: dataset)
    epochs = []
    for _ in range(2):
        local = [strategy.experimental_local_results(x)[0] for x, _ in distributed]
        epochs.append([x.numpy()[:, 0, 0, 0].tolist() for x in local])
    sharding = dataset.options().experimental_distribute.auto_shard_policy.name
    print(json.dumps({"epochs": epochs, "shard": sequence.shard, "sharding": sharding}))


if __name__ == "__main__":
    main()
