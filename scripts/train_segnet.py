"""Train a SegNet on augmented image/mask batches: on your data, or on street scenes that it draws first."""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# TensorFlow's notes on the machine would come between the lines of the progress bar.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import albumentations as A  # noqa: N812
import keras
import numpy as np
from keras import ops
from segnet.data_options import add_data_options, check_data_options, read_palette
from segnet.model import build_segnet, check_size
from segnet.report import confusion_matrix, draw_curves, draw_predictions, rarest_iou, write_iou

from seqaug import ClassCrop, SegmentationSequence
from seqaug.demo.dataset import make_demo_dataset
from seqaug.statistics.class_weights import WEIGHT_METHODS

SIZE = (144, 192)
EPOCHS = 20
BATCH_SIZE = 4
LEARNING_RATE = 4e-3
# Without weights, so short a training hardly finds rare classes; these are bounded, and cost the common ones little.
CLASS_WEIGHTS = "enet"
# How many times as high and wide as the crop a picture is made at most.
MAX_ZOOM = 1.5

# How many validation images the picture of predictions shows.
_SHOWN = 4


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with the words after its name."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    try:
        check(options)
        if options.images is None:
            use_demo_dataset(options)
        train, validation = open_data(options)
        options.output.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(
        f"{len(train.samples)} training and {len(validation.samples)} validation images, {train.num_classes} classes: "
        f"{', '.join(train.class_names)}"
    )
    started = time.perf_counter()
    with train, validation:
        model, history = fit(train, validation, options)
        report(model, history, train, validation, options.output)
    print(f"{time.perf_counter() - started:.0f} seconds; everything is in {options.output}")


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = argparse.ArgumentParser(
        description="Train a SegNet. Without data, street scenes are drawn and it trains on them.",
        epilog="example: train_segnet.py --images train/images --masks train/masks --palette palette.csv --epochs 40",
    )
    data = add_data_options(parser)
    data.add_argument(
        "--val-images", type=Path, metavar="DIR", help="validation images (default: a fifth of the others)"
    )
    data.add_argument("--val-masks", type=Path, metavar="DIR", help="their masks")
    training = parser.add_argument_group("training")
    training.add_argument(
        "--size",
        type=int,
        nargs=2,
        default=SIZE,
        metavar=("H", "W"),
        help=f"of a picture (default: {SIZE[0]} {SIZE[1]})",
    )
    training.add_argument("--epochs", type=int, default=EPOCHS, metavar="N", help=f"(default: {EPOCHS})")
    training.add_argument("--batch-size", type=int, default=BATCH_SIZE, metavar="N", help=f"(default: {BATCH_SIZE})")
    training.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of weights, order, augmentation (default: 0)"
    )
    training.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="(default: output)")
    balance = parser.add_argument_group("class balance")
    balance.add_argument(
        "--oversample",
        nargs="?",
        choices=("class_uniform", "repeat_factor", "rare_class"),
        const="class_uniform",
        metavar="STRATEGY",
        help="draw rare classes more often, and crop around them: class_uniform (if you name no other), repeat_factor "
        "or rare_class (default: plain shuffling, random crops)",
    )
    balance.add_argument(
        "--class-weights",
        nargs="?",
        choices=("none", *WEIGHT_METHODS),
        const=CLASS_WEIGHTS,
        default=CLASS_WEIGHTS,
        metavar="METHOD",
        help=f"of pixels in the loss: none, {', '.join(WEIGHT_METHODS)} (default: {CLASS_WEIGHTS})",
    )
    return parser


def check(options: argparse.Namespace) -> None:
    """Raise ValueError where options contradict each other or are out of range, before anything is read or written."""
    pair = {"--val-images": options.val_images, "--val-masks": options.val_masks}
    check_data_options(options, tuple(pair))
    given = [name for name, value in pair.items() if value is not None]
    if len(given) == 1:
        (other,) = pair.keys() - given
        raise ValueError(f"{given[0]} without {other}; give both, or neither to split --images and --masks")
    for name, least in (("epochs", 1), ("batch_size", 1), ("workers", 0), ("seed", 0)):
        if getattr(options, name) < least:
            raise ValueError(f"--{name.replace('_', '-')} is {getattr(options, name)}; expected at least {least}")
    check_size(options.size)
    if options.output.exists() and not options.output.is_dir():
        raise ValueError(f"--output {options.output} is a file; expected a folder, which may be new")
    if importlib.util.find_spec("matplotlib") is None:
        raise ValueError('the pictures need matplotlib: pip install "seqaug[plot]"')


def use_demo_dataset(options: argparse.Namespace) -> None:
    """Point the data options at a demonstration set in the output folder, drawn unless a run before has drawn it."""
    folder = options.output / "demo"
    # The palette is written last: where it is, the set is complete.
    if not (folder / "palette.csv").exists():
        print(f"drawing the demonstration set in {folder}")
        make_demo_dataset(folder)
    options.images, options.masks = folder / "train" / "images", folder / "train" / "masks"
    options.val_images, options.val_masks = folder / "val" / "images", folder / "val" / "masks"
    options.palette = str(folder / "palette.csv")


def open_data(options: argparse.Namespace) -> tuple[SegmentationSequence, SegmentationSequence]:
    """Make the sequences of training, augmented, and of validation, as it is.

    Raises:
        ValueError, OSError: a folder or the palette cannot be used.
    """
    shared = {
        "palette": read_palette(options.palette, options.ignore),
        "image_size": tuple(options.size),
        "batch_size": options.batch_size,
        "seed": options.seed,
        "workers": options.workers,
    }
    parts = [{}, {}]
    if options.val_images is None:
        parts = [{"validation_split": 0.2, "subset": subset} for subset in ("training", "validation")]
    method = None if options.class_weights == "none" else options.class_weights
    train = SegmentationSequence.from_directory(
        options.images,
        options.masks,
        transform=augmentation(options.size, seeks_classes=options.oversample is not None),
        oversample=options.oversample,
        class_weights=method,
        **parts[0],
        **shared,
    )
    validation = SegmentationSequence.from_directory(
        options.val_images or options.images,
        options.val_masks or options.masks,
        shuffle=False,
        # Those of training, so that the two losses compare.
        class_weights=None if method is None else train.compute_class_weights(method),
        **parts[1],
        **shared,
    )
    return train, validation


def augmentation(size: tuple[int, int], *, seeks_classes: bool) -> A.Compose:
    """Vary framing, side, light and colour. None of these fills pixels of a mask."""
    height, width = size
    zooms = np.linspace(1, MAX_ZOOM, 6)
    return A.Compose(
        [
            A.OneOf(
                [
                    A.Resize(round(height * up), round(width * across))
                    for up, across in itertools.product(zooms, repeat=2)
                    if 0.8 <= up / across <= 1.25
                ],
                p=1,
            ),
            ClassCrop(height, width) if seeks_classes else A.RandomCrop(height, width),
            A.HorizontalFlip(p=0.5),
            A.RandomBrightnessContrast(brightness_limit=0.25, contrast_limit=0.3, p=0.8),
            A.HueSaturationValue(hue_shift_limit=8, sat_shift_limit=30, val_shift_limit=0, p=0.5),
        ]
    )


def fit(
    train: SegmentationSequence, validation: SegmentationSequence, options: argparse.Namespace
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train a model, and give it with the history of its training."""
    keras.utils.set_random_seed(options.seed)
    model = build_segnet(tuple(options.size), train.num_classes)
    steps = options.epochs * len(train)
    warmup = steps // 7
    # The rate goes up in a seventh of the steps, then down along a cosine to 0.
    rate = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 20, steps - warmup, warmup_target=LEARNING_RATE, warmup_steps=warmup
    )
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-4),
        # Over the weights of the pixels, so that a batch without rare classes counts as much as one with many.
        keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, ignore_class=train.ignore_index, reduction="mean_with_sample_weight"
        ),
        metrics=[
            PixelAccuracy(train.num_classes),
            keras.metrics.MeanIoU(
                train.num_classes, ignore_class=train.ignore_index, sparse_y_pred=False, name="mean_iou"
            ),
        ],
        # TensorFlow's own convolutions are faster on a CPU than compiled ones; other backends need compiling.
        jit_compile=keras.backend.backend() != "tensorflow",
    )
    history = model.fit(
        train,
        validation_data=validation,
        epochs=options.epochs,
        shuffle=False,
        callbacks=[keras.callbacks.CSVLogger(options.output / "history.csv")],
    )
    return model, history.history


class PixelAccuracy(keras.metrics.Mean):
    """The share of pixels whose class is right, among those that have one."""

    def __init__(self, num_classes: int, name: str = "accuracy") -> None:
        super().__init__(name=name)
        self.num_classes = num_classes

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count ids (B, H, W) and logits (B, H, W, K)."""
        truth = ops.cast(y_true, "int32")
        right = ops.cast(truth == ops.cast(ops.argmax(y_pred, axis=-1), "int32"), "float32")
        super().update_state(right, sample_weight=ops.cast(truth < self.num_classes, "float32"))


def report(
    model: keras.Model,
    history: dict[str, list[float]],
    train: SegmentationSequence,
    validation: SegmentationSequence,
    output: Path,
) -> None:
    """Write the model, the curves, the picture of predictions and the table of IoU, and print the table."""
    # Without loss and metrics, so that loading it needs segnet/model.py only.
    keras.Model(model.inputs, model.outputs, name=model.name).save(output / "model.keras")
    draw_curves(output / "curves.png", history)
    palette, num_classes = validation.palette, validation.num_classes
    confusion, rows = np.zeros((num_classes, num_classes), np.int64), []
    # Pictures are spread over the whole set, as neighbours are often alike.
    shown = set(np.linspace(0, len(validation.samples) - 1, _SHOWN).round().astype(int).tolist())
    for number in range(len(validation)):
        images, truths = validation[number][:2]  # and weights, perhaps
        predictions = np.argmax(model.predict_on_batch(images), axis=-1)
        confusion += confusion_matrix(truths, predictions, num_classes)
        for place, (image, truth, prediction) in enumerate(zip(images, truths, predictions, strict=True)):
            if number * validation.batch_size + place in shown:
                rows.append((image, palette.decode(truth), palette.decode(prediction)))
    colors = dict(zip(palette.names, palette.colors, strict=True))
    draw_predictions(output / "predictions.png", rows, colors | dict(palette.ignored))
    print(write_iou(output / "iou.csv", palette.names, confusion))
    print(rarest_iou(palette.names, train.class_statistics().pixels, confusion))


if __name__ == "__main__":
    main()
