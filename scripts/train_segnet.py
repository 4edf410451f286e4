"""Train a SegNet on augmented image/mask batches, from your data or from generated street scenes."""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# TensorFlow's messages would interrupt the progress bar.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import albumentations as A  # noqa: N812
import keras
import numpy as np
from keras import ops
from segnet.data_options import add_data_options, check_data_options, read_palette
from segnet.model import build_segnet, check_size
from segnet.report import draw_curves, draw_predictions, rarest_iou, write_iou

from seqaug import ClassCrop, ClassWeights, CopyPaste, SegmentationSequence, TiledPredictor, evaluate
from seqaug.demo.dataset import make_demo_dataset
from seqaug.statistics.class_weights import WEIGHT_METHODS

SIZE = (144, 192)
EPOCHS = 20
BATCH_SIZE = 4
LEARNING_RATE = 4e-3
# Without weights, such a short training hardly learns rare classes; these are bounded and cost common classes little.
CLASS_WEIGHTS = "enet"
LIMIT = 51  # of class weights beside oversampling: above all weights of ENet (50.5)
# Images are enlarged up to this many times the crop's height and width.
MAX_ZOOM = 1.5

# Number of validation images in the picture of predictions.
_NUM_SHOWN = 4


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with command-line arguments."""
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
    print(f"{time.perf_counter() - started:.0f} seconds; the results are in {options.output}")


def make_parser() -> argparse.ArgumentParser:
    """Create the parser of the command line."""
    parser = argparse.ArgumentParser(
        description="Train a SegNet on your data, or, without data, on generated street scenes.",
        epilog="example: train_segnet.py --images train/images --masks train/masks --palette palette.csv --epochs 40",
    )
    data = add_data_options(parser)
    data.add_argument("--val-images", type=Path, metavar="DIR", help="validation images (default: a fifth of --images)")
    data.add_argument("--val-masks", type=Path, metavar="DIR", help="masks of the validation images")
    training = parser.add_argument_group("training")
    training.add_argument(
        "--size",
        type=int,
        nargs=2,
        default=SIZE,
        metavar=("H", "W"),
        help=f"size of the crops (default: {SIZE[0]} {SIZE[1]})",
    )
    training.add_argument("--epochs", type=int, default=EPOCHS, metavar="N", help=f"epochs (default: {EPOCHS})")
    training.add_argument("--batch-size", type=int, default=BATCH_SIZE, metavar="N", help=f"(default: {BATCH_SIZE})")
    training.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of weights, order and augmentation (default: 0)"
    )
    training.add_argument(
        "--output", type=Path, default=Path("output"), metavar="DIR", help="results (default: output)"
    )
    mixing = parser.add_argument_group("mixing of samples")
    mixing.add_argument(
        "--copy-paste",
        action="store_true",
        help="paste objects of rare classes of another sample into half of the samples",
    )
    mixing.add_argument("--mosaic", action="store_true", help="put four samples together, in half of the samples")
    balance = parser.add_argument_group("class balance")
    balance.add_argument(
        "--oversample",
        nargs="?",
        choices=("class_uniform", "repeat_factor", "rare_class"),
        const="class_uniform",
        metavar="STRATEGY",
        help="sample rare classes more often, and crop around them: class_uniform (without STRATEGY), repeat_factor or "
        "rare_class (default: plain shuffling, random crops)",
    )
    balance.add_argument(
        "--class-weights",
        nargs="?",
        choices=("none", *WEIGHT_METHODS),
        const=CLASS_WEIGHTS,
        default=CLASS_WEIGHTS,
        metavar="METHOD",
        help=f"weights of pixels in the loss: none, {', '.join(WEIGHT_METHODS)} (default: {CLASS_WEIGHTS})",
    )
    return parser


def check(options: argparse.Namespace) -> None:
    """Raise ValueError for options that are contradictory or out of range, before anything is read or written."""
    pair = {"--val-images": options.val_images, "--val-masks": options.val_masks}
    check_data_options(options, tuple(pair))
    given = [name for name, value in pair.items() if value is not None]
    if len(given) == 1:
        (other,) = pair.keys() - given
        raise ValueError(f"{given[0]} without {other}; expected both, or neither to split --images and --masks")
    for name, minimum in (("epochs", 1), ("batch_size", 1), ("seed", 0)):
        if getattr(options, name) < minimum:
            raise ValueError(f"--{name.replace('_', '-')} is {getattr(options, name)}; expected at least {minimum}")
    check_size(options.size)
    if options.output.exists() and not options.output.is_dir():
        raise ValueError(f"--output {options.output} is a file; expected a new or existing folder")
    if importlib.util.find_spec("matplotlib") is None:
        raise ValueError('the pictures need matplotlib: pip install "seqaug[plot]"')


def use_demo_dataset(options: argparse.Namespace) -> None:
    """Set the data options to a demonstration set in the output folder; draw it unless it exists."""
    folder = options.output / "demo"
    # The palette is written last: if it exists, the set is complete.
    if not (folder / "palette.csv").exists():
        print(f"drawing the demonstration set in {folder}")
        make_demo_dataset(folder)
    options.images, options.masks = folder / "train" / "images", folder / "train" / "masks"
    options.val_images, options.val_masks = folder / "val" / "images", folder / "val" / "masks"
    options.palette = str(folder / "palette.csv")


def open_data(options: argparse.Namespace) -> tuple[SegmentationSequence, SegmentationSequence]:
    """Create the sequences: training, augmented, and validation, not augmented.

    Raises:
        ValueError, OSError: an unusable folder or palette.
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
        transform=augmentation(
            options.size,
            crop_classes=options.oversample is not None,
            copy_paste=options.copy_paste,
            mosaic=options.mosaic,
        ),
        oversample=options.oversample,
        # The limit says that both remedies are meant.
        class_weights=method if method is None or options.oversample is None else ClassWeights(method, clip=LIMIT),
        **parts[0],
        **shared,
    )
    validation = SegmentationSequence.from_directory(
        options.val_images or options.images,
        options.val_masks or options.masks,
        shuffle=False,
        # The training weights, so that the two losses are comparable.
        class_weights=None if method is None else limited(train.compute_class_weights(method), options.oversample),
        **parts[1],
        **shared,
    )
    return train, validation


def limited(weights: np.ndarray, oversample: str | None) -> np.ndarray:
    """Limit weights of classes as those of training are."""
    return weights if oversample is None else np.minimum(weights, LIMIT)


def augmentation(
    size: tuple[int, int], *, crop_classes: bool, copy_paste: bool = False, mosaic: bool = False
) -> A.Compose:
    """Create the augmentation: mixing, scale, crop, flip, light and colour. None of it fills mask pixels."""
    height, width = size
    # Cells as large as the largest image that is cropped below.
    cell = round(height * MAX_ZOOM), round(width * MAX_ZOOM)
    mixing = [A.Mosaic(target_size=cell, cell_shape=cell, p=0.5)] * mosaic + [CopyPaste(p=0.5)] * copy_paste
    zooms = np.linspace(1, MAX_ZOOM, 6)
    return A.Compose(
        [
            *mixing,
            A.OneOf(
                [
                    A.Resize(round(height * up), round(width * across))
                    for up, across in itertools.product(zooms, repeat=2)
                    if 0.8 <= up / across <= 1.25
                ],
                p=1,
            ),
            ClassCrop(height, width) if crop_classes else A.RandomCrop(height, width),
            A.HorizontalFlip(p=0.5),
            A.RandomBrightnessContrast(brightness_limit=0.25, contrast_limit=0.3, p=0.8),
            A.HueSaturationValue(hue_shift_limit=8, sat_shift_limit=30, val_shift_limit=0, p=0.5),
        ]
    )


def fit(
    train: SegmentationSequence, validation: SegmentationSequence, options: argparse.Namespace
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train a model, and return it with its training history."""
    keras.utils.set_random_seed(options.seed)
    model = build_segnet(tuple(options.size), train.num_classes)
    steps = options.epochs * len(train)
    warmup = steps // 7
    # Warm-up for a seventh of the steps, then cosine decay to 0.
    rate = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 20, steps - warmup, warmup_target=LEARNING_RATE, warmup_steps=warmup
    )
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-4),
        # Divided by the pixels' weights, so that batches count equally, with or without rare classes.
        keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, ignore_class=train.ignore_index, reduction="mean_with_sample_weight"
        ),
        metrics=[
            PixelAccuracy(train.num_classes),
            keras.metrics.MeanIoU(
                train.num_classes, ignore_class=train.ignore_index, sparse_y_pred=False, name="mean_iou"
            ),
        ],
        # On a CPU, TensorFlow's convolutions are faster uncompiled; other backends need compilation.
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
    """Share of the labelled pixels whose class is predicted correctly."""

    def __init__(self, num_classes: int, name: str = "accuracy") -> None:
        super().__init__(name=name)
        self.num_classes = num_classes

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add ids (B, H, W) and logits (B, H, W, K)."""
        truth = ops.cast(y_true, "int32")
        correct = ops.cast(truth == ops.cast(ops.argmax(y_pred, axis=-1), "int32"), "float32")
        super().update_state(correct, sample_weight=ops.cast(truth < self.num_classes, "float32"))


def report(
    model: keras.Model,
    history: dict[str, list[float]],
    train: SegmentationSequence,
    validation: SegmentationSequence,
    output: Path,
) -> None:
    """Write model, curves, predictions and IoU table, and print the table: at the model's size, and the files' own."""
    # Without loss and metrics: loading it needs only segnet/model.py.
    keras.Model(model.inputs, model.outputs, name=model.name).save(output / "model.keras")
    draw_curves(output / "curves.png", history)
    palette = validation.palette
    colors = dict(zip(palette.names, palette.colors, strict=True))
    draw_predictions(output / "predictions.png", examples(model, validation), colors | dict(palette.ignored))
    at_model_size = evaluate(model, validation, boundary_tolerance=None)
    at_file_size = evaluate(TiledPredictor.like(validation, model, from_logits=True), validation)
    print(write_iou(output / "iou.csv", at_model_size, at_file_size))
    print(rarest_iou(palette.names, train.class_statistics().pixels, at_model_size.iou))
    print(
        f"mean IoU at the model's size {at_model_size.mean_iou:.3f}, at the files' own {at_file_size.mean_iou:.3f}, "
        f"with boundary F1 {at_file_size.mean_boundary_f1:.3f}"
    )


def examples(model: keras.Model, validation: SegmentationSequence) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield some images, (H, W, 3) float, with their masks and predictions, (H, W, 3) uint8 palette colours."""
    # Spread over the whole set, as neighbours are often alike.
    shown = np.linspace(0, len(validation.samples) - 1, _NUM_SHOWN).round().astype(int)
    for position in dict.fromkeys(shown.tolist()):
        images, truths = validation[position // validation.batch_size][:2]  # without weights
        row = position % validation.batch_size
        prediction = model.predict_on_batch(images)[row].argmax(axis=-1)
        yield images[row], validation.palette.decode(truths[row]), validation.palette.decode(prediction)


if __name__ == "__main__":
    main()
