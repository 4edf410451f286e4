"""What Keras trains on with the backend that KERAS_BACKEND names: prints a report as JSON.

KERAS_BACKEND=jax python training.py FOLDER
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
from ignored_pixels import overlaps
from recording import digest, recorder
from small_pairs import COLORS, write_pairs

from seqaug import ClassificationSequence, Palette, ResumeEpoch, SegmentationSequence
from seqaug.losses import Dice
from seqaug.metrics import MeanDice, MeanIoU

PALETTE = Palette(COLORS, ignore=("void",))
BATCHES = 6
Names = list[str]


class Data:
    """Pairs of files, sequences of them, and the names of their batches."""

    def __init__(self, folder: Path) -> None:
        self.pairs = write_pairs(folder, 4 * BATCHES - 2)
        self.names: dict[str, str] = {}
        with self.train(0) as train, self.validation(0) as validation, self.train(0, batch_size=22) as whole:
            for kind, sequence, epochs in (("", train, 4), ("validation ", validation, 1), ("whole ", whole, 4)):
                for epoch in range(epochs):
                    sequence.set_epoch(epoch)
                    self.names |= {digest(batch): f"{kind}{epoch}.{number}" for number, batch in enumerate(sequence)}

    def train(self, workers: int, **arguments: Any) -> SegmentationSequence:
        transform = A.Compose([A.RandomCrop(16, 16), A.D4()])
        settings = {"palette": PALETTE, "batch_size": 4, "seed": 3, "transform": transform, "workers": workers}
        return SegmentationSequence(self.pairs.images, self.pairs.masks, **{**settings, **arguments})

    def validation(self, workers: int, **arguments: Any) -> SegmentationSequence:
        return self.train(workers, transform=None, image_size=(16, 16), shuffle=False, **arguments)

    def named(self, digests: list[str]) -> Names:
        return [self.names.get(digest, "?") for digest in digests]


def fits(data: Data, workers: int, processes: bool) -> dict[str, Any]:
    """Fit a model that is not built yet, and the same one again, built."""
    model = recorder()
    with (
        data.train(workers, use_multiprocessing=processes) as train,
        data.validation(workers, use_multiprocessing=processes) as validation,
    ):
        for epochs in (2, 1):
            model.fit(train, validation_data=validation, epochs=epochs, shuffle=False, verbose=0)
        return {"trained": data.named(model.trained), "tested": data.named(model.tested), "epoch": train.epoch}


def epochs_of_one_batch(data: Data, workers: int) -> dict[str, Any]:
    model = recorder()
    with data.train(workers, batch_size=22) as train:
        for epochs in (2, 1):
            model.fit(train, epochs=epochs, shuffle=False, verbose=0)
        return {"trained": data.named(model.trained), "epoch": train.epoch}


class BreakOff(keras.callbacks.Callback):
    """Breaks a fit off in the middle of its second epoch."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.epoch == 1 and batch == 2:
            if self.how == "error":
                raise RuntimeError("broken off")
            self.model.stop_training = True


def broken_off(data: Data, how: str, workers: int) -> dict[str, Any]:
    """Fit, break off in epoch 1 after three batches, and fit again, the same model and a new one."""
    first, second = recorder(), recorder()
    with data.train(workers) as train:
        with suppress(RuntimeError):
            first.fit(train, epochs=3, shuffle=False, verbose=0, callbacks=[BreakOff(how)])
        epoch = train.epoch
        second.fit(train, epochs=2, shuffle=False, verbose=0)
        return {
            "first": data.named(first.trained),
            "second": data.named(second.trained),
            "epochs": [epoch, train.epoch],
        }


def some_steps_of_validation(data: Data, workers: int) -> Names:
    model = recorder()
    with data.train(workers) as train, data.validation(workers) as validation:
        model.fit(train, validation_data=validation, validation_steps=2, epochs=2, shuffle=False, verbose=0)
    return data.named(model.tested)


def evaluate_and_predict(data: Data, workers: int, processes: bool) -> dict[str, Any]:
    """Evaluate twice and predict twice, first with a model that is not built yet."""
    with data.validation(workers, use_multiprocessing=processes) as sequence:
        evaluated, predictor, epochs = recorder(), recorder(), []
        for _ in range(2):
            evaluated.evaluate(sequence, verbose=0)
            epochs.append(sequence.epoch)
        for _ in range(2):
            predicted = predictor.predict(sequence, verbose=0)
            epochs.append(sequence.epoch)
        alone = predictor.predict(sequence[1][0], verbose=0)
        return {
            "tested": data.named(evaluated.tested),
            "epochs": epochs,
            "shape": predicted.shape,
            "same as alone": bool(np.allclose(predicted[4:8], alone, atol=1e-5)),
        }


def resumed(data: Data, workers: int) -> dict[str, Any]:
    """Fit from epoch 2 on, with a sequence that is at epoch 1, and validate on one that stays by itself."""
    model = recorder()
    with data.train(workers) as train, data.validation(workers) as validation:
        train.set_epoch(1)
        how: dict[str, Any] = {"validation_data": validation, "shuffle": False, "verbose": 0}
        model.fit(train, initial_epoch=2, epochs=4, callbacks=[ResumeEpoch()], **how)
        return {"trained": data.named(model.trained), "epochs": [train.epoch, validation.epoch]}


def datasets(data: Data, workers: int) -> dict[str, Any]:
    """Fit on `to_tf_dataset`, and again from another epoch on."""
    model = recorder()
    with data.train(workers) as train, data.validation(workers) as validation:
        how: dict[str, Any] = {"validation_data": validation.to_tf_dataset(), "shuffle": False, "verbose": 0}
        dataset = train.to_tf_dataset()
        model.fit(dataset, epochs=2, **how)
        epoch = train.epoch
        model.fit(dataset, initial_epoch=1, epochs=2, callbacks=[ResumeEpoch()], **how)
        epochs = [epoch, train.epoch, validation.epoch]
        return {"trained": data.named(model.trained), "tested": data.named(model.tested), "epochs": epochs}


def encodings(data: Data) -> list[dict[str, Any]]:
    """Fit, evaluate and predict in compiled steps, with each encoding, with and without weights, floats and bytes."""
    losses = {
        "sparse": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "one_hot": keras.losses.CategoricalCrossentropy(from_logits=True),
        "binary": keras.losses.BinaryCrossentropy(from_logits=True),
    }
    made = []
    for number, (encoding, loss) in enumerate(losses.items()):
        for weights in (None, "inverse"):
            classes = 2 if encoding == "binary" else 3
            sequence = SegmentationSequence(
                data.pairs.pixels,
                data.pairs.ids % classes,
                num_classes=classes,
                mask_encoding=encoding,
                class_weights=weights,
                rescale=None if (weights is None) == bool(number % 2) else 1 / 255,
                batch_size=8,
            )
            channels = 1 if encoding == "binary" else 3
            model = keras.Sequential([keras.layers.Rescaling(1.0), keras.layers.Conv2D(channels, 1)])
            model.compile("sgd", loss)
            with sequence:
                logs = model.fit(sequence, validation_data=sequence, epochs=1, verbose=0).history
                shape = model.predict(sequence, verbose=0).shape
                made.append(
                    {
                        "dtypes": [str(part.dtype) for part in sequence[0]],
                        "finite": bool(np.isfinite([*logs["loss"], *logs["val_loss"]]).all()),
                        "predicted": shape,
                        "expected": [22, 24, 32, channels],
                    }
                )
    return made


def ignored_pixels(data: Data, folder: Path) -> dict[str, dict[str, bool]]:
    """Train in compiled steps with the losses and metrics that skip ignored pixels, save, load, and evaluate."""
    made = {}
    for encoding, precision in (("sparse", "float32"), ("one_hot", "float32"), ("sparse", "mixed_float16")):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.Input((16, 16, 3)), keras.layers.Conv2D(3, 1, dtype=precision)])
        metrics = [MeanIoU(3, 255), MeanDice(3, 255)]
        model.compile("sgd", Dice(255, from_logits=True), metrics=metrics, weighted_metrics=[MeanIoU(3, 255, name="w")])
        with data.validation(0, mask_encoding=encoding, class_weights="uniform") as sequence:
            losses = model.fit(sequence, epochs=2, verbose=0).history["loss"]
            logs = model.evaluate(sequence, verbose=0, return_dict=True)
            scores = np.asarray(model.predict(sequence, verbose=0), np.float32)
        with data.validation(0) as sequence:
            ids = np.concatenate([y for _, y in sequence])
        iou, dice = overlaps(ids, scores.argmax(-1), (ids != 255).astype(np.float64), 3)
        model.save(folder / f"{encoding}-{precision}.keras")
        loaded = keras.saving.load_model(folder / f"{encoding}-{precision}.keras")
        with data.validation(0, mask_encoding=encoding, class_weights="uniform") as sequence:
            again = loaded.evaluate(sequence, verbose=0, return_dict=True)
        made[f"{encoding} {precision}"] = {
            "loss falls": bool(losses[1] < losses[0]),
            "as in NumPy": bool(
                np.allclose(
                    [logs[name] for name in ("mean_iou", "mean_dice", "w")], [iou.mean(), dice.mean(), iou.mean()]
                )
                and np.allclose(metrics[0].per_class(), iou)
                and np.allclose(metrics[1].per_class(), dice)
            ),
            "the same when loaded": all(np.isclose(again[name], logs[name]) for name in logs),
        }
    return made


def mixed_precision(data: Data) -> dict[str, Any]:
    """Fit under each policy on images of its dtype; say what the model was given, and whether losses are finite."""
    made = {}
    for dtype in ("float16", "bfloat16"):
        given: set[str] = set()

        class Seeing(keras.layers.Layer):
            """Notes the dtype of what the model is given, before a layer casts it."""

            def __init__(self, given: set[str] = given) -> None:
                super().__init__(autocast=False)
                self.notes = given.add

            def call(self, inputs: Any) -> Any:
                self.notes(keras.backend.standardize_dtype(inputs.dtype))
                return inputs

        keras.config.set_dtype_policy(f"mixed_{dtype}")
        model = keras.Sequential([Seeing(), keras.layers.Conv2D(3, 3, padding="same")])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
        with data.train(2, dtype=dtype) as train:
            losses = model.fit(train, epochs=2, shuffle=False, verbose=0).history["loss"]
        keras.config.set_dtype_policy("float32")
        made[dtype] = [sorted(given), bool(np.isfinite(losses).all())]
    return made


def labels(data: Data) -> list[bool]:
    """Fit on labels instead of masks."""
    finite = []
    losses = {"int": "sparse_categorical_crossentropy", "categorical": "categorical_crossentropy"}
    for label_mode, loss in losses.items():
        sequence = ClassificationSequence.from_arrays(
            data.pairs.pixels, np.arange(22) % 3, label_mode=label_mode, class_weights="inverse", batch_size=8
        )
        model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, "softmax")])
        model.compile("sgd", loss)
        with sequence:
            finite.append(bool(np.isfinite(model.fit(sequence, epochs=1, verbose=0).history["loss"]).all()))
    return finite


def weights(data: Data) -> bool:
    """Say whether compiled steps, which may read a batch after Keras has let go of it, end at the same weights."""
    ends = []
    for arguments in ({"workers": 0}, {"workers": 1, "use_multiprocessing": True, "max_queue_size": 1}):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Conv2D(3, 3, padding="same")])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255))
        with data.train(image_size=(192, 192), **arguments) as train:
            model.fit(train, epochs=3, shuffle=False, verbose=0)
        ends.append(model.get_weights())
    return all(np.allclose(*both, rtol=0, atol=1e-6) for both in zip(*ends, strict=True))


def copies(data: Data, workers: int, processes: bool) -> dict[str, bool]:
    """Say whether what the sequence gives, and what the model gets, is the batch's own memory."""

    class Watched(SegmentationSequence):
        images: list[Any]

        def assemble(self, batch: dict[str, Any]) -> Any:
            self.images.append(batch["image"])
            return super().assemble(batch)

    arguments = {"palette": PALETTE, "workers": workers, "use_multiprocessing": processes}
    with Watched(data.pairs.images, data.pairs.masks, **arguments) as sequence:
        sequence.images = []
        x, _ = sequence[0]
        given = x is sequence.images[0]
        model = recorder()
        model.fit(sequence, epochs=1, shuffle=False, verbose=0)
        got = np.asarray(model.received[0])
        return {"given": given, "got": any(np.shares_memory(got, image) for image in sequence.images)}


def main() -> None:
    data = Data(Path(sys.argv[1]))
    engines = {"inline": (0, False), "threads": (4, False), "processes": (2, True)}
    report = {
        "backend": keras.backend.backend(),
        "fits": {name: fits(data, *engine) for name, engine in engines.items()},
        "epochs of one batch": {workers: epochs_of_one_batch(data, workers) for workers in (0, 4)},
        "broken off": {
            f"{how} {workers}": broken_off(data, how, workers) for how in ("error", "stop") for workers in (0, 4)
        },
        "some steps of validation": {workers: some_steps_of_validation(data, workers) for workers in (0, 4)},
        "evaluate and predict": {name: evaluate_and_predict(data, *engine) for name, engine in engines.items()},
        "resumed": {workers: resumed(data, workers) for workers in (0, 4)},
        "datasets": {workers: datasets(data, workers) for workers in (0, 4)},
        "encodings": encodings(data),
        "ignored pixels": ignored_pixels(data, Path(sys.argv[1])),
        "mixed precision": mixed_precision(data),
        "labels": labels(data),
        "weights": weights(data),
        "copies": {name: copies(data, *engine) for name, engine in engines.items()},
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
