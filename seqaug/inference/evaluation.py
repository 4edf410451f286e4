"""The measures of a model's predictions: the result of `evaluate()`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seqaug.inference.boundary import BoundaryF1
from seqaug.inference.confusion import (
    Counts,
    PerClass,
    confusion_matrix,
    dice,
    intersection_over_union,
    is_counted,
    mean_of_known,
    pixel_accuracy,
    precision,
    recall,
)
from seqaug.utils.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

Array = np.ndarray[Any, Any]

# Of the diagonal of the image: the tolerance of Csurka et al.
BOUNDARY_TOLERANCE = 0.0075


class ImageScores(NamedTuple):
    """The measures of one image; NaN where it has no counted pixel or no boundary.

    Attributes:
        name: the file, or the index of the sample.
        pixels: number of pixels that are not ignored.
        pixel_accuracy: share of these predicted correctly.
        mean_iou: mean over the classes that occur in the image's mask or prediction.
        mean_dice: likewise.
        boundary_f1: mean over the classes that have a boundary in either; NaN without boundary F1.
    """

    name: str
    pixels: int
    pixel_accuracy: float
    mean_iou: float
    mean_dice: float
    boundary_f1: float


class Evaluation(Table):
    """Measures of predictions against masks; prints as a table, also in notebooks.

    All pixels of all images count equally in the confusion matrix and what follows from it; ignored pixels count
    nowhere. A class occurs if a mask or a prediction holds it; of one that does, precision is 0 if it is never
    predicted, and recall 0 if no mask holds it. A class that does not occur, or is `ignore_index`, is NaN: there is
    nothing to measure, and means leave it out.

    Boundary F1 is that of Csurka et al. (2013): of each class in each image, averaged over the images where the class
    has a boundary; `mean_boundary_f1` averages the images' own means.

    Attributes:
        confusion: (K, K), int64: [i, j] is the number of pixels of class i that are predicted as class j.
        names: class names, in id order.
        iou, dice, precision, recall: of each class, (K,), float64, 0 to 1, or NaN.
        boundary_f1: of each class, (K,), float64, 0 to 1; NaN for a class without a boundary in any image.
        mean_iou, mean_dice, mean_precision, mean_recall: means over the classes that occur.
        mean_boundary_f1: mean over the images.
        pixel_accuracy: share of the counted pixels that are predicted correctly.
        boundary_tolerance: distance that counts as on the boundary, as a share of the image's diagonal; None: boundary
            F1 was not computed.
        images: `ImageScores` of each image, in order: a few numbers for each.
        ignored_pixels: number of ignored pixels.
    """

    def __init__(
        self,
        confusion: Counts,
        names: Sequence[str] | None = None,
        *,
        boundary: PerClass | None = None,
        boundary_tolerance: float | None = None,
        images: Sequence[ImageScores] = (),
        ignored_pixels: int = 0,
        ignore_index: int | None = None,
        colors: Array | None = None,
    ) -> None:
        num_classes = len(confusion)
        self.confusion = confusion
        self.names = [f"class {number}" for number in range(num_classes)] if names is None else list(names)
        self.iou, self.dice, self.precision, self.recall = (
            _without(measure(confusion), ignore_index) for measure in (intersection_over_union, dice, precision, recall)
        )
        self.boundary_f1: PerClass = np.full(num_classes, np.nan) if boundary is None else boundary
        self.mean_iou, self.mean_dice, self.mean_precision, self.mean_recall = map(
            mean_of_known, (self.iou, self.dice, self.precision, self.recall)
        )
        self.images = list(images)
        self.mean_boundary_f1 = mean_of_known(np.array([image.boundary_f1 for image in self.images], np.float64))
        self.pixel_accuracy = pixel_accuracy(confusion)
        self.boundary_tolerance = boundary_tolerance
        self.ignored_pixels = ignored_pixels
        self._colors = colors

    def __repr__(self) -> str:
        return (
            f"<Evaluation of {len(self.names)} classes in {len(self.images)} images: mean IoU {self.mean_iou:.3f}, "
            f"pixel accuracy {self.pixel_accuracy:.3f}>"
        )

    def _columns(self) -> dict[str, tuple[PerClass, float]]:
        columns = {
            "IoU": (self.iou, self.mean_iou),
            "Dice": (self.dice, self.mean_dice),
            "precision": (self.precision, self.mean_precision),
            "recall": (self.recall, self.mean_recall),
        }
        if self.boundary_tolerance is not None:
            columns["boundary F1"] = (self.boundary_f1, self.mean_boundary_f1)
        return columns

    def _headings(self) -> Sequence[str]:
        return "class", *self._columns(), "share of pixels"

    def _rows(self) -> list[tuple[str, ...]]:
        columns = self._columns().values()
        pixels = self.confusion.sum(1)
        shares = pixels / max(int(pixels.sum()), 1)
        rows = [
            (name, *(_shown(values[number]) for values, _ in columns), f"{shares[number]:.3%}")
            for number, name in enumerate(self.names)
        ]
        return [*rows, ("mean", *(_shown(mean) for _, mean in columns), "")]

    def summary(self) -> str:
        """Summarize pixel accuracy, images, ignored pixels and the tolerance of boundary F1."""
        total = int(self.confusion.sum()) + self.ignored_pixels
        text = (
            f"pixel accuracy: {_shown(self.pixel_accuracy)}; images: {len(self.images):,}; ignored pixels: "
            f"{self.ignored_pixels:,} of {total:,} ({self.ignored_pixels / max(total, 1):.3%})"
        )
        if self.boundary_tolerance is not None:
            text += f"; boundary F1 within {100 * self.boundary_tolerance:g} % of the image's diagonal"
        return text

    def to_dataframe(self, per: str = "class") -> DataFrame:
        """Return the measures as a pandas DataFrame.

        Args:
            per: "class": one row per class, named by its index; columns iou, dice, precision, recall, boundary_f1 and
                pixels (of the masks). "image": one row per image, with the columns of `ImageScores`.

        Raises:
            ImportError: pandas is not installed.
            ValueError: `per` is neither.
        """
        if per not in ("class", "image"):
            raise ValueError(f'per={per!r}; expected "class" or "image"')
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_dataframe() needs pandas, which is missing: pip install pandas") from error
        if per == "image":
            return pd.DataFrame(self.images, columns=list(ImageScores._fields)).set_index("name")
        measures = {name: getattr(self, name) for name in ("iou", "dice", "precision", "recall", "boundary_f1")}
        return pd.DataFrame({**measures, "pixels": self.confusion.sum(1)}, index=pd.Index(self.names, name="class"))

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw the confusion matrix, as shares of each true class, and the IoU of each class.

        Args:
            path: file to write, .png, .jpg, .webp, .pdf or .svg; None: none.

        Returns:
            The figure of matplotlib.

        Raises:
            ImportError: matplotlib is missing: pip install "seqaug[plot]".
            ValueError: the suffix is none of these, or the path is not writable.
        """
        from seqaug.inference.evaluation_chart import draw_evaluation

        return draw_evaluation(self.names, self.confusion, self.iou, self._colors, path)


class ComparedImage(NamedTuple):
    """An image's mask and prediction.

    Attributes:
        name: the image, for `ImageScores`.
        size: (height, width).
        rows: from top to bottom, the labels of the mask, (rows, W), unsigned, and the predicted class ids, (rows, W).
    """

    name: str
    size: tuple[int, int]
    rows: Iterable[tuple[Array, Array]]


class EvaluationSums:
    """Adds up the predictions of images, one at a time; keeps a few numbers of each.

    Args:
        num_classes: number of classes.
        ignore_index: label of ignored pixels, or None.
        boundary_tolerance: as a share of the image's diagonal; None: no boundary F1.
    """

    def __init__(self, num_classes: int, ignore_index: int | None, boundary_tolerance: float | None) -> None:
        self._num_classes = num_classes
        self._ignore_index = ignore_index
        self._tolerance = boundary_tolerance
        self._confusion: Counts = np.zeros((num_classes, num_classes), np.int64)
        self._boundary = np.zeros((2, num_classes))  # sums, and numbers of images
        self._images: list[ImageScores] = []
        self._ignored_pixels = 0

    def add(self, image: ComparedImage) -> None:
        """Add an image."""
        confusion: Counts = np.zeros_like(self._confusion)
        boundary, pixels = None, 0
        if self._tolerance is not None:
            boundary = BoundaryF1(image.size[0], self._num_classes, self._tolerance * math.hypot(*image.size))
        for truth, predicted in image.rows:
            confusion += confusion_matrix(truth, predicted, self._num_classes, self._ignore_index)
            pixels += truth.size
            if boundary is not None:
                boundary.add(truth, predicted, is_counted(truth, self._num_classes, self._ignore_index))
        self._confusion += confusion
        counted = int(confusion.sum())
        self._ignored_pixels += pixels - counted
        iou, of_dice = (
            mean_of_known(_without(measure(confusion), self._ignore_index))
            for measure in (intersection_over_union, dice)
        )
        of_boundary = math.nan if boundary is None else self._add_boundary(boundary.scores())
        self._images.append(ImageScores(image.name, counted, pixel_accuracy(confusion), iou, of_dice, of_boundary))

    def _add_boundary(self, scores: PerClass) -> float:
        scores = _without(scores, self._ignore_index)
        known = ~np.isnan(scores)
        self._boundary[0, known] += scores[known]
        self._boundary[1] += known
        return mean_of_known(scores)

    def finish(self, names: Sequence[str] | None, colors: Array | None) -> Evaluation:
        """Return the measures of all images.

        Args:
            names: class names, or None.
            colors: RGB of each class, (K, 3), uint8, for charts; or None.
        """
        sums, images = self._boundary
        return Evaluation(
            self._confusion,
            names,
            boundary=np.where(images > 0, sums / np.maximum(images, 1), np.nan),
            boundary_tolerance=self._tolerance,
            images=self._images,
            ignored_pixels=self._ignored_pixels,
            ignore_index=self._ignore_index,
            colors=colors,
        )


def _without(values: PerClass, ignore_index: int | None) -> PerClass:
    """Set the value of the ignored class, if it is one, to NaN."""
    if ignore_index is not None and ignore_index < len(values):
        values[ignore_index] = np.nan
    return values


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
