"""Train on tiles of a raster, with and without oversampling of a rare class, and predict another raster whole.

python scripts/large_raster.py
python scripts/large_raster.py --size 4000 --steps 200

Draws two GeoTIFFs of a coast, of 20,000 x 20,000 pixels each: land, water and a few boats. Equal models are trained on
tiles of the first, for as many steps: on all tiles alike; with `oversample="rare_class"`, which draws only tiles with
boats; and with what the warning about that proposes, which draws others, too. Each predicts the second raster in a
process that measures its memory. Prints the IoU of each class, and draws the predictions.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# TensorFlow's messages would interrupt the progress bar.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import albumentations as A  # noqa: N812
import keras
import numpy as np
import rasterio
from coast.scene import CLASSES, write_scene
from rasterio.enums import Resampling
from rasterio.windows import Window
from segnet.report import draw_predictions

from seqaug import Palette, RareClass, SegmentationSequence, TiledPredictor, Tiles
from seqaug.inference.confusion import confusion_matrix, intersection_over_union

SIZE = 20_000
STEPS = 600
TILE = 256
BATCH_SIZE = 4
PREDICTED_TILE = 512
TRAININGS = {
    "all tiles alike": ("plain", None),
    'oversample="rare_class"': ("rare_class", "rare_class"),
    "RareClass(temperature=1)": ("rare_class_1", RareClass(temperature=1.0)),
}

_STRIP = 1024  # rows that are compared at a time
_OVERVIEW, _DETAIL = 800, 160  # pixels of a picture


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with command-line arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=SIZE, metavar="N", help="pixels a side (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help="of each training (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and order (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="(default: %(default)s)")
    parser.add_argument("--predict", nargs=3, metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.predict:
        print(json.dumps(predict(*options.predict)))
        return
    for name, minimum in (("size", PREDICTED_TILE), ("steps", 1), ("seed", 0)):
        if getattr(options, name) < minimum:
            parser.error(f"--{name} is {getattr(options, name)}; expected at least {minimum}")
    started = time.perf_counter()
    for number, name in enumerate(("train", "test")):
        pixels = write_scene(options.output / name, options.size, seed=number)
        shares = ", ".join(f"{kind} {share:.3%}" for kind, share in zip(CLASSES, pixels / pixels.sum(), strict=True))
        print(f"{name}: {options.size:,} x {options.size:,} pixels; {shares}", flush=True)
    masks = []
    print(
        f"{'trained on':24} {'tiles':>7} {'steps':>5}  {'time':>6}  {'prediction':>10}  {'memory':>8}  IoU", flush=True
    )
    for name, (stem, oversample) in TRAININGS.items():
        file = options.output / f"{stem}.keras"
        tiles, trained = train(options, oversample, file)
        masks.append(file.with_suffix(".tif"))
        predicted = predict_apart(file, options.output / "test" / "image.tif", masks[-1])
        iou = intersection_over_union(compared(options.output / "test" / "mask.tif", masks[-1]))
        print(
            f"{name:24} {tiles:>7,} {options.steps:>5}  {trained:>4.0f} s  {predicted['seconds']:>8.0f} s  "
            f"{predicted['megabytes']:>5.0f} MB  "
            + ", ".join(f"{kind} {value:.3f}" for kind, value in zip(CLASSES, iou, strict=True)),
            flush=True,
        )
    draw(options.output / "large_raster.png", options.output / "test", masks)
    print(f"{time.perf_counter() - started:.0f} seconds; the results are in {options.output}")


def train(options: argparse.Namespace, oversample: Any, file: Path) -> tuple[int, float]:
    """Train a model on tiles of the first raster and save it; return the number of tiles, and the seconds."""
    keras.utils.set_random_seed(options.seed)
    model = build_model()
    rate = keras.optimizers.schedules.CosineDecay(1e-2, options.steps)
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        # On a CPU, TensorFlow's convolutions are faster uncompiled; other backends need compilation.
        jit_compile=keras.backend.backend() != "tensorflow",
    )
    folder = options.output / "train"
    with SegmentationSequence(
        [folder / "image.tif"],
        [folder / "mask.tif"],
        num_classes=len(CLASSES),
        tiles=Tiles(TILE),
        transform=A.D4(),
        oversample=oversample,
        samples_per_epoch=options.steps * BATCH_SIZE,
        batch_size=BATCH_SIZE,
        seed=options.seed,
        statistics_dir=options.output,
    ) as sequence:
        started = time.perf_counter()
        model.fit(sequence, shuffle=False, verbose=0)
        seconds = time.perf_counter() - started
    model.save(file)
    return len(sequence.samples), seconds


def build_model() -> keras.Model:
    """Build a small network of three scales, from images (B, H, W, 3) of any size to logits (B, H, W, K)."""
    inputs = keras.Input((None, None, 3))
    fine = _convolution(_convolution(inputs, 12, strides=2), 12)
    coarse = _convolution(_convolution(fine, 24, strides=2), 24)
    x = keras.layers.Concatenate()([keras.layers.UpSampling2D(2)(coarse), fine])
    x = keras.layers.Conv2D(len(CLASSES), 1)(_convolution(x, 12))
    return keras.Model(inputs, keras.layers.UpSampling2D(2, interpolation="bilinear")(x))


def _convolution(x: Any, width: int, **how: Any) -> Any:
    x = keras.layers.Conv2D(width, 3, padding="same", use_bias=False, **how)(x)
    # The default momentum, 0.99, needs more steps than a short training has.
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))


def predict_apart(model: Path, image: Path, mask: Path) -> dict[str, float]:
    """Predict in a process of its own, whose memory holds nothing of the training."""
    command = [sys.executable, __file__, "--predict", *map(str, (model, image, mask))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def predict(model_file: str, image: str, mask: str) -> dict[str, float]:
    """Predict a raster; return the seconds, and the memory beside the model: peak over the peak for a single tile."""
    model = keras.saving.load_model(model_file, compile=False)
    predictor = TiledPredictor(model, PREDICTED_TILE, overlap=0.125, from_logits=True)
    predictor.predict(np.zeros((PREDICTED_TILE, PREDICTED_TILE, 3), np.uint8))
    before, started = peak_megabytes(), time.perf_counter()
    predictor.write_classes(image, mask, palette=CLASSES)
    return {"seconds": time.perf_counter() - started, "megabytes": peak_megabytes() - before}


def peak_megabytes() -> float:
    """Return the most memory that this process had so far: NaN where the system is not Linux."""
    status = Path("/proc/self/status")  # unlike getrusage, it does not count the process that started this one
    if not status.exists():
        return float("nan")
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def compared(truth: Path, prediction: Path) -> np.ndarray:
    """Return the confusion matrix of two masks, read a strip at a time."""
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    with rasterio.open(truth) as wanted, rasterio.open(prediction) as found:
        for top in range(0, wanted.height, _STRIP):
            window = Window(0, top, wanted.width, min(_STRIP, wanted.height - top))
            counts += confusion_matrix(wanted.read(1, window=window), found.read(1, window=window), len(CLASSES))
    return counts


def draw(file: Path, folder: Path, masks: Sequence[Path]) -> None:
    """Draw image, truth and predictions: all of the raster, reduced so that boats stay visible, and around a boat."""
    palette, paths = Palette(CLASSES), (folder / "mask.tif", *masks)
    reduced = [reduced_mask(path) for path in paths]
    with rasterio.open(folder / "image.tif") as raster:
        side, step = raster.width, raster.width // len(reduced[0])
        row, column = np.argwhere(reduced[0] == len(CLASSES) - 1)[0] * step
        corner = [int(min(max(at - _DETAIL // 2, 0), side - _DETAIL)) for at in (column, row)]
        detail = Window(*corner, _DETAIL, _DETAIL)
        overview = raster.read(out_shape=(3, *reduced[0].shape), resampling=Resampling.average)
        around = raster.read(window=detail)
    rows = [
        (np.moveaxis(overview, 0, -1), *map(palette.decode, reduced)),
        (np.moveaxis(around, 0, -1), *(palette.decode(read(path, detail)) for path in paths)),
    ]
    draw_predictions(file, rows, CLASSES, titles=("image", "truth", *TRAININGS))


def reduced_mask(path: Path) -> np.ndarray:
    """Read a mask reduced to about 800 x 800: of the classes in a square, the rarest, which has the highest id."""
    with rasterio.open(path) as mask:
        step = -(-mask.width // _OVERVIEW)
        side = mask.width // step
        windows = (Window(0, row * step, side * step, step) for row in range(side))
        return np.array([mask.read(1, window=window).reshape(step, side, step).max(axis=(0, 2)) for window in windows])


def read(path: Path, window: Window) -> np.ndarray:
    """Read a window of a mask."""
    with rasterio.open(path) as mask:
        return mask.read(1, window=window)


if __name__ == "__main__":
    main()
