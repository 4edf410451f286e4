"""Results of a training: intersection over union, learning curves and a picture of predictions."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, num_classes: int) -> np.ndarray:
    """Count pixels by true and predicted class.

    Args:
        truth: ids of any shape; ids of at least `num_classes` (the ignore index) are not counted.
        predicted: ids below `num_classes`, of the same shape.
        num_classes: number of classes, K.

    Returns:
        (K, K) int64: [i, j] is the number of pixels of class i predicted as class j.
    """
    counted = truth < num_classes
    pairs = truth[counted].astype(np.int64) * num_classes + predicted[counted]
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def intersection_over_union(confusion: np.ndarray) -> np.ndarray:
    """Compute each class's intersection over union (Jaccard index), TP / (TP + FP + FN), as in Pascal VOC.

    Args:
        confusion: (K, K), true classes by predicted classes.

    Returns:
        (K,) float64, 0..1; NaN for classes in neither truth nor prediction, which `np.nanmean` leaves out.
    """
    hits = np.diag(confusion).astype(np.float64)
    union = confusion.sum(0) + confusion.sum(1) - hits
    return np.divide(hits, union, out=np.full(len(hits), np.nan), where=union > 0)


def write_iou(path: Path, names: Sequence[str], confusion: np.ndarray) -> str:
    """Write a CSV file with the columns class, iou and truth_percent, a row per class and a last row with the mean IoU.

    Returns:
        The same as a table to print.
    """
    iou, share = intersection_over_union(confusion), 100 * confusion.sum(1) / max(1, confusion.sum())
    rows = [*zip(names, iou, share, strict=True), ("mean", np.nanmean(iou) if confusion.any() else np.nan, share.sum())]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("class", "iou", "truth_percent"))
        # A class that never occurs has no IoU: its cell stays empty.
        writer.writerows((name, "" if np.isnan(value) else f"{value:.4f}", f"{part:.3f}") for name, value, part in rows)
    width = max(len(name) for name, _, _ in rows)
    lines = [f"{name:{width}}  {value:6.3f}  {part:6.2f} %" for name, value, part in rows]
    return "\n".join([f"{'class':{width}}  {'IoU':>6}  {'truth':>8}", *lines])


def rarest_iou(names: Sequence[str], pixels: np.ndarray, confusion: np.ndarray, count: int = 2) -> str:
    """Return a line with the mean IoU of the rarest classes.

    Args:
        names: class names, in id order.
        pixels: pixels of each class in the training masks, (K,); classes without any are left out.
        confusion: (K, K), of validation; classes without an IoU do not count in the mean.
        count: number of classes.
    """
    rarest = [number for number in np.argsort(pixels, kind="stable") if pixels[number]][:count]
    iou = intersection_over_union(confusion)[rarest]
    mean = np.nan if np.isnan(iou).all() else np.nanmean(iou)
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
    rows: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]],
    classes: dict[str, tuple[int, int, int]],
) -> None:
    """Draw images with truth and prediction, and a legend of the classes.

    Args:
        path: PNG file to write.
        rows: image (H, W, 3), float 0..1 or uint8, then truth and prediction (H, W, 3), uint8 palette colours.
        classes: RGB colours by name.
    """
    plt = _pyplot()
    rows = list(rows)
    height, width = rows[0][0].shape[:2]
    figure, axes = plt.subplots(
        len(rows), 3, figsize=(10.5, 3.5 * len(rows) * height / width + 1), layout="constrained", squeeze=False
    )
    for axis, title in zip(axes[0], ("image", "truth", "prediction"), strict=True):
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
