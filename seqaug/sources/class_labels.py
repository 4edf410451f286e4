"""Class labels of samples, from any form in which users give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import whole_number

Array = np.ndarray[Any, Any]

_MOST_CLASSES = 65_536
_ONE_OR_SEVERAL = 'expected one class for each sample, or label_mode="multi_label"'


class ClassLabels:
    """The class or classes of each sample.

    Args:
        labels: for each sample, a class id or class name, or a list, tuple or set of them; or, for all samples, a
            table of 0 and 1 with a column for each class, (N, K) with K above 1.
        multi_label: whether a sample may have several classes or none, instead of exactly one.
        class_names: class names in id order; None: the names among the labels, sorted.
        num_classes: number of classes; None: the number of names, or the highest id plus one.

    Attributes:
        counts: class counts of each sample, in which a class counts as one pixel.
        num_classes: number of classes.
        class_names: class names in id order, or None if classes are numbers.

    Raises:
        ValueError: the arguments contradict each other, a label is not among the classes, or a sample does not have
            exactly one class and `multi_label` is False.
        TypeError: labels are neither whole numbers nor names.
    """

    def __init__(
        self,
        labels: Any,
        *,
        multi_label: bool,
        class_names: Iterable[str] | None = None,
        num_classes: int | None = None,
    ) -> None:
        names = None if class_names is None else _check_names(class_names)
        if num_classes is not None:
            num_classes = whole_number("num_classes", num_classes, 1)
            if names is not None and len(names) != num_classes:
                raise ValueError(f"num_classes={num_classes} and {len(names)} class_names; leave num_classes out")
        samples, given, lengths, columns = _parse(labels)
        if columns is not None:
            num_classes = _check_columns(columns, num_classes if names is None else len(names))
        if not multi_label and (lengths != 1).any():
            index = int((lengths != 1).argmax())
            raise ValueError(f"labels[{index}] has {lengths[index]} classes; {_ONE_OR_SEVERAL}")
        if len(given) and all(isinstance(label, str) for label in given):
            names = sorted(set(given)) if names is None else names
            ids = _ids_of_names(list(given), names, samples)
        else:
            ids = _whole_numbers(given, samples)
        if names is not None:
            num_classes = len(names)
        elif num_classes is None:
            num_classes = int(ids.max(initial=0)) + 1
        _check_range(ids, num_classes, samples)
        self.class_names = names
        self.num_classes = num_classes
        self.counts = _counts(samples, ids, len(lengths), num_classes)

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.counts)

    def of_sample(self, index: int) -> list[int]:
        """Return the class ids of one sample, ascending."""
        classes: list[int] = self.counts.indices[self.counts.indptr[index] : self.counts.indptr[index + 1]].tolist()
        return classes

    def ids(self, indices: Array | None = None) -> Any:
        """Return the class ids of all or some samples, in a form that `ClassLabels` accepts.

        Args:
            indices: which samples; None: all.

        Returns:
            (n,), int32, if each sample has exactly one class; else a list of tuples.
        """
        counts = self.counts if indices is None else self.counts.take(indices)
        if (np.diff(counts.indptr) == 1).all():
            return counts.indices.astype(np.int32)
        return [tuple(part.tolist()) for part in np.split(counts.indices, counts.indptr[1:-1])]


def _check_names(class_names: Iterable[str]) -> list[str]:
    if isinstance(class_names, str):
        raise TypeError(f"class_names={class_names!r} is one name; expected a list of names in class id order")
    names = list(class_names)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"class_names has {name!r}; expected strings")
    if len(set(names)) < len(names):
        duplicate = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"class_names has {duplicate!r} twice; expected each name once")
    if not names:
        raise ValueError("class_names is empty; expected at least one name")
    return names


def _parse(labels: Any) -> tuple[Array, Sequence[Any] | Array, Array, int | None]:
    """Return the sample of each label, the labels, each sample's number of labels, and a table's number of columns."""
    shape = getattr(labels, "shape", None)
    if shape is None or len(shape) == 0:
        return *_parse_list(list(labels)), None
    if len(shape) > 2:
        raise ValueError(f"labels have the shape {shape}; expected (N,), or (N, K) with a column for each class")
    table = np.asarray(labels)
    if len(shape) == 2 and shape[1] > 1:
        return *_parse_table(table), shape[1]
    column = table.reshape(len(table))  # Keras' own data sets have a column of ids, (N, 1)
    if column.dtype.kind in "biu":
        return np.arange(len(column)), column, np.ones(len(column), np.int64), None
    return *_parse_list(column.tolist()), None


def _parse_table(table: Array) -> tuple[Array, Array, Array]:
    if not np.isin(table, (0, 1)).all():
        raise ValueError("labels of shape (N, K) hold numbers other than 0 and 1; expected a column for each class")
    samples, classes = np.nonzero(table)
    return samples, classes, np.count_nonzero(table, axis=1)


def _check_columns(columns: int, num_classes: int | None) -> int:
    if num_classes not in (None, columns):
        raise ValueError(
            f"labels have {columns} columns, but there are {num_classes} classes; expected a column for each"
        )
    return columns


def _parse_list(labels: list[Any]) -> tuple[Array, list[Any], Array]:
    per_sample = [list(label) if _is_collection(label) else [label] for label in labels]
    lengths = np.array([len(classes) for classes in per_sample], np.int64)
    given = [label for classes in per_sample for label in classes]
    return np.repeat(np.arange(len(labels)), lengths), given, lengths


def _is_collection(label: Any) -> bool:
    return isinstance(label, Iterable) and not isinstance(label, str) and getattr(label, "ndim", 1) > 0


def _ids_of_names(given: Sequence[str], names: list[str], samples: Array) -> Array:
    ids = {name: class_id for class_id, name in enumerate(names)}
    for label, sample in zip(given, samples, strict=True):
        if label not in ids:
            known = ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
            raise ValueError(f"labels[{sample}] is {label!r}, not one of the {len(names)} classes: {known}")
    return np.array([ids[label] for label in given], np.int64)


def _whole_numbers(given: Sequence[Any] | Array, samples: Array) -> Array:
    if isinstance(given, np.ndarray):
        return given.astype(np.int64)
    for label, sample in zip(given, samples, strict=True):
        if not isinstance(label, int | float | np.number | np.bool_) or float(label) % 1 != 0:
            raise TypeError(
                f"labels[{sample}] is {label!r}; expected class ids (whole numbers from 0) or class names, the same "
                "kind for all samples"
            )
    return np.array(given, np.int64)


def _check_range(ids: Array, num_classes: int, samples: Array) -> None:
    if num_classes > _MOST_CLASSES:
        raise ValueError(f"{num_classes} classes; expected at most {_MOST_CLASSES}")
    wrong = (ids < 0) | (ids >= num_classes)
    if wrong.any():
        first = int(wrong.argmax())
        raise ValueError(
            f"labels[{samples[first]}] is {ids[first]}; expected class ids from 0 to {num_classes - 1}, as there are "
            f"{num_classes} classes"
        )


def _counts(samples: Array, ids: Array, num_samples: int, num_classes: int) -> ClassCounts:
    # A class counts once per sample, even if given twice.
    entries = np.unique(samples * num_classes + ids)
    starts = np.searchsorted(entries // num_classes, np.arange(num_samples + 1))
    return ClassCounts(starts, entries % num_classes, np.ones(len(entries), np.uint32), num_classes)
