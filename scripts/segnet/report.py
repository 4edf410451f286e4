"""Results of a training: intersection over union, learning curves and a picture of predictions."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from seqaug import Evaluation


def write_iou(path: Path, at_model_size: Evaluation, at_file_size: Evaluation) -> str:
    """Write a CSV file with the columns class, iou, files_iou and truth_percent.

    A row per class and a last row with the means; `iou` is at the size of the model, `files_iou` and the share of
    pixels are at that of the files.

    Returns:
        The same as a table to print.
    """
    share = 100 * at_file_size.confusion.sum(1) / max(1, at_file_size.confusion.sum())
    rows = [
        *zip(at_file_size.names, at_model_size.iou, at_file_size.iou, share, strict=True),
        ("mean", at_model_size.mean_iou, at_file_size.mean_iou, share.sum()),
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("class", "iou", "files_iou", "truth_percent"))
        # A class that never occurs has no IoU: its cell stays empty.
        writer.writerows(
            (name, *("" if np.isnan(value) else f"{value:.4f}" for value in values), f"{part:.3f}")
            for name, *values, part in rows
        )
    width = max(len(row[0]) for row in rows)
    lines = [f"{name:{width}}  {iou:6.3f}  {files:13.3f}  {part:6.2f} %" for name, iou, files, part in rows]
    return "\n".join([f"{'class':{width}}  {'IoU':>6}  {'at file size':>13}  {'truth':>8}", *lines])


def rarest_iou(names: Sequence[str], pixels: np.ndarray, iou: np.ndarray, count: int = 2) -> str:
    """Return a line with the mean IoU of the rarest classes.

    Args:
        names: class names, in id order.
        pixels: pixels of each class in the training masks, (K,); classes without any are left out.
        iou: of each class in validation, (K,); NaN, which does not count in the mean, where there is none.
        count: number of classes.
    """
    rarest = [number for number in np.argsort(pixels, kind="stable") if pixels[number]][:count]
    mean = np.nan if np.isnan(iou[rarest]).all() else np.nanmean(iou[rarest])
    return f"mean IoU of the rarest classes ({', '.join(names[number] for number in rarest)}): {mean:.3f}"


def draw_curves(path: Path, history: dict[str, list[float]]) -> None:
    """Draw loss, accuracy and mean IoU of training and validation by epoch, as far as `history` has them."""
    plt = _pyplot()
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for axis, key, title in zip(axes, ("loss", "accuracy", "mean_iou"), ("Loss", "Accuracy", "Mean IoU"), strict=True):
        for name, label in ((key, "training"), (f"val_{key}", "validation")):
            if name in history:
                epochs = np.arange(1, len(history[name]) + 1)
                axis.plot(epochs, history[name], label=label, marker="o", markersize=3)
        axis.set(title=title, xlabel="epoch")
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_predictions(
    path: Path,
    rows: Iterable[tuple[np.ndarray, ...]],
    classes: dict[str, tuple[int, int, int]],
    titles: Sequence[str] = ("image", "truth", "prediction"),
) -> None:
    """Draw images with truth and predictions, and a legend of the classes.

    Args:
        path: PNG file to write.
        rows: image (H, W, 3), float 0..1 or uint8, then truth and predictions (H, W, 3), uint8 palette colours.
        classes: RGB colours by name.
        titles: of the columns.
    """
    plt = _pyplot()
    rows = list(rows)
    height, width = rows[0][0].shape[:2]
    figure, axes = plt.subplots(
        len(rows),
        len(titles),
        figsize=(3.5 * len(titles), 3.5 * len(rows) * height / width + 1),
        layout="constrained",
        squeeze=False,
    )
    for axis, title in zip(axes[0], titles, strict=True):
        axis.set_title(title)
    for row, pictures in zip(axes, rows, strict=True):
        for axis, picture in zip(row, pictures, strict=True):
            axis.imshow(picture, interpolation="nearest")
            axis.set_axis_off()
    patches = [
        plt.Rectangle((0, 0), 1, 1, facecolor=np.array(color) / 255, edgecolor="grey") for color in classes.values()
    ]
    figure.legend(patches, classes, loc="outside lower center", ncols=min(len(classes), 6), frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _pyplot():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt
