"""Paths, pairs and labels from tables: data frames and CSV files."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TextIO

import numpy as np

from seqaug.core.user_warnings import warn_user
from seqaug.errors import ReadError
from seqaug.remote.fetch import fetch
from seqaug.remote.urls import Url, is_url, join, pathlib_hint
from seqaug.sources.discovery.additional_files import FoundSamples
from seqaug.sources.discovery.pair_warnings import PairedPaths, order_warnings
from seqaug.sources.groups import Groups
from seqaug.sources.run_lengths import RunLengthMasks, group_rows

_PAIRS = "image_col= and mask_col= (mask_col=None: images without masks)"


class DataFrame(Protocol):
    """A table of pandas or polars, or anything with `columns` and `[column]`."""

    @property
    def columns(self) -> Any:
        """Names of the columns."""

    def __getitem__(self, key: Any, /) -> Any:
        """Return a column by its name."""


def read_dataframe_pairs(
    frame: DataFrame,
    image_col: str,
    mask_col: str | Mapping[str, str] | None,
    root: str | os.PathLike[str] | None,
    additional_cols: Mapping[str, str] = MappingProxyType({}),
) -> FoundSamples:
    """Read paths from columns of a data frame (pandas, polars, or anything with `columns` and `[column]`).

    Args:
        frame: the data frame.
        image_col: column of the images.
        mask_col: column of the masks, or columns of those of each class, whose cells may be empty; None: no masks.
        root: where relative paths start; None: the working directory.
        additional_cols: columns of further arrays, by the arrays' names.

    Raises:
        ValueError: a column is missing, or a row has no path.
    """
    chosen = _chosen_columns(image_col, mask_col, additional_cols)
    _check_columns("the data frame", _columns(frame), _PAIRS, *chosen)
    paths = {
        column: _join_paths(frame[column], "data frame", column, root, 0, may_be_empty=column in _of_classes(mask_col))
        for column in chosen
    }
    return _checked_samples(paths, image_col, mask_col, additional_cols, "the data frame")


def read_csv_pairs(
    path: str | os.PathLike[str],
    image_col: str,
    mask_col: str | Mapping[str, str] | None,
    root: str | os.PathLike[str] | None,
    additional_cols: Mapping[str, str] = MappingProxyType({}),
) -> FoundSamples:
    """Read paths from columns of a CSV file with a header; relative paths start at its directory, or at `root`.

    Args:
        path: the file.
        image_col: as for `read_dataframe_pairs`.
        mask_col: as for `read_dataframe_pairs`.
        root: as for `read_dataframe_pairs`.
        additional_cols: as for `read_dataframe_pairs`.

    Raises:
        ValueError: a column is missing, or a row has no path.
        FileNotFoundError: the file does not exist.
        ReadError: the CSV file is at a URL and cannot be fetched.
        ImportError: a package that reads the URL is not installed.
    """
    chosen = _chosen_columns(image_col, mask_col, additional_cols)
    with _open(path) as file:
        table = csv.DictReader(file)
        _check_columns(os.fspath(path), list(table.fieldnames or ()), _PAIRS, *chosen)
        rows = list(table)
    folder = _folder_of(path) if root is None else root
    paths = {
        column: _join_paths(
            (row[column] for row in rows),
            os.fspath(path),
            column,
            folder,
            2,
            may_be_empty=column in _of_classes(mask_col),
        )
        for column in chosen
    }
    return _checked_samples(paths, image_col, mask_col, additional_cols, os.fspath(path))


class RunLengthTable(NamedTuple):
    """Images, and what their rows hold.

    Attributes:
        images: paths, each once.
        masks: the objects of each.
        classes: names of the classes, without the background; or the largest class id.
        groups: of each image, where `groups` names a column; else as given.
    """

    images: PairedPaths
    masks: RunLengthMasks
    classes: list[str] | int
    groups: Groups | None


def read_csv_run_lengths(
    path: str | os.PathLike[str],
    image_col: str,
    mask_col: str | None,
    class_col: str | None,
    root: str | os.PathLike[str] | None,
    groups: Groups | None,
) -> RunLengthTable:
    """Read a CSV file with a row for each object: an image, and the run lengths of the object.

    Args:
        path: the file.
        image_col: column of the paths of images.
        mask_col: column of run lengths.
        class_col: column of the class of each row, or None.
        root: directory or URL that relative paths start from; None: the directory of the file.
        groups: those of a split; the name of a column gives each image the value of its first row.

    Raises:
        ValueError: a column, a path or a class is missing, or run lengths are no text.
        FileNotFoundError: the file does not exist.
        ReadError: the CSV file is at a URL and cannot be fetched.
    """
    if mask_col is None:
        raise ValueError('mask_format="rle" with mask_col=None; expected the column of the run lengths')
    chosen = [image_col, mask_col, *([] if class_col is None else [class_col])]
    # Run lengths are longer than the 131,072 characters that are allowed otherwise.
    limit = csv.field_size_limit(2**31 - 1)
    try:
        with _open(path) as file:
            table = csv.DictReader(file)
            columns = list(table.fieldnames or ())
            _check_columns(os.fspath(path), columns, "image_col=, mask_col= and class_col=", *chosen)
            rows = list(table)
    finally:
        csv.field_size_limit(limit)
    folder = _folder_of(path) if root is None else root
    paths = _join_paths((row[image_col] for row in rows), os.fspath(path), image_col, folder, 2)
    of_rows = None if class_col is None else [row[class_col] for row in rows]
    images, masks, classes = group_rows(paths, [row[mask_col] for row in rows], of_rows, os.fspath(path))
    if isinstance(groups, str) and _is_column(os.fspath(path), columns, groups):
        of_image = {image: row[groups] or None for image, row in zip(reversed(paths), reversed(rows), strict=True)}
        groups = [of_image[image] for image in images]
    return RunLengthTable(PairedPaths(images), masks, classes, groups)


def _of_classes(mask_col: str | Mapping[str, str] | None) -> tuple[str, ...]:
    """Return the columns of the masks of each class; empty where a column has all of a sample."""
    return tuple(mask_col.values()) if isinstance(mask_col, Mapping) else ()


def _chosen_columns(
    image_col: str, mask_col: str | Mapping[str, str] | None, additional_cols: Mapping[str, str]
) -> list[str]:
    for name, column in additional_cols.items():
        if not isinstance(column, str):
            raise TypeError(
                f"additional[{name!r}] is a {type(column).__name__}; expected the name of a column, which holds paths"
            )
    mask_cols = [mask_col] if isinstance(mask_col, str) else _of_classes(mask_col)
    return list(dict.fromkeys([image_col, *mask_cols, *additional_cols.values()]))


def _checked_samples(
    paths: Mapping[str, list[str]],
    image_col: str,
    mask_col: str | Mapping[str, str] | None,
    additional_cols: Mapping[str, str],
    table: str,
) -> FoundSamples:
    """Pair rows, and warn if names contradict it, as after sorting one column."""
    images = paths[image_col]
    others = {f"additional[{name!r}]": column for name, column in additional_cols.items()}
    if isinstance(mask_col, str):
        others["masks"] = mask_col
    for other, column in others.items() if images else ():
        for warning in order_warnings(images, paths[column], table=table, other=other):
            warn_user(warning)
    masks: PairedPaths | dict[str, PairedPaths] | None = None
    if isinstance(mask_col, Mapping):
        masks = {name: PairedPaths(paths[column]) for name, column in mask_col.items()}
    elif mask_col is not None:
        masks = PairedPaths(paths[mask_col])
    additional = {name: PairedPaths(paths[column]) for name, column in additional_cols.items()}
    return FoundSamples(PairedPaths(images), masks, additional)


def _open(path: str | os.PathLike[str]) -> TextIO:
    if is_url(path):
        return io.TextIOWrapper(io.BytesIO(fetch(path)), newline="", encoding="utf-8-sig")
    try:
        return open(path, newline="", encoding="utf-8-sig")
    except FileNotFoundError:
        if hint := pathlib_hint(path):
            raise ReadError(path, f"no such file{hint}") from None
        raise


def _folder_of(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    return str(Url.parse(os.fspath(path)).parent) if is_url(path) else Path(path).parent


def read_dataframe_labels(
    frame: Any, image_col: str, label_col: str | Sequence[str] | None, root: str | os.PathLike[str] | None
) -> tuple[list[str], Any]:
    """Read paths from a column of a data frame, and labels from one or several others.

    Returns:
        The paths; and the labels: a list for one column, a table (N, K) for several, None without `label_col`.

    Raises:
        ValueError: a column is missing, or a row has no path.
    """
    label_cols = [] if label_col is None else [label_col] if isinstance(label_col, str) else list(label_col)
    _check_columns("the data frame", _columns(frame), "image_col= and label_col=", image_col, *label_cols)
    paths = _join_paths(frame[image_col], "data frame", image_col, root, 0)
    if label_col is None:
        return paths, None
    if isinstance(label_col, str):
        return paths, list(frame[label_col])
    return paths, np.stack([np.asarray(frame[column]) for column in label_cols], axis=1)


def groups_in_dataframe(frame: DataFrame, groups: Groups | None) -> Groups | None:
    """Return the values of a column, if `groups` is its name; else `groups`.

    Raises:
        ValueError: it is neither the name of a column nor a regular expression with a group.
    """
    if not isinstance(groups, str) or not _is_column("the data frame", _columns(frame), groups):
        return groups
    return list(frame[groups])


def groups_in_csv(path: str | os.PathLike[str], groups: Groups | None) -> Groups | None:
    """Return the values of a column, None where it is empty, if `groups` is its name; else `groups`.

    Raises:
        ValueError: it is neither the name of a column nor a regular expression with a group.
    """
    if not isinstance(groups, str):
        return groups
    with _open(path) as file:
        table = csv.DictReader(file)
        if not _is_column(os.fspath(path), list(table.fieldnames or ()), groups):
            return groups
        return [row[groups] or None for row in table]


def _is_column(table: str, columns: list[str], groups: str) -> bool:
    if groups not in columns and "(" not in groups:
        raise ValueError(
            f"{table} has no column {groups!r}; it has {', '.join(map(repr, columns))}; expected groups= to name one, "
            r'or a regular expression with one group, such as r"(patient\d+)"'
        )
    return groups in columns


def _columns(frame: Any) -> list[str]:
    return [str(column) for column in frame.columns]


def _check_columns(table: str, columns: list[str], arguments: str, *wanted: str) -> None:
    missing = [column for column in wanted if column not in columns]
    if missing:
        raise ValueError(
            f"{table} has no column {' nor '.join(map(repr, missing))}; it has {', '.join(map(repr, columns))}; "
            f"name the columns with {arguments}"
        )


def _join_paths(
    values: Iterable[Any],
    table: str,
    column: str,
    root: str | os.PathLike[str] | None,
    first_row: int,
    *,
    may_be_empty: bool = False,
) -> list[str]:
    paths = []
    for row, value in enumerate(values, first_row):
        # Tables mark empty cells by NaN too, which is not itself.
        if may_be_empty and (value is None or value == "" or value != value):
            paths.append("")
            continue
        if not isinstance(value, str | os.PathLike) or not os.fspath(value):
            raise ValueError(f"{table}, row {row}, column {column!r}: {value!r}; expected a path")
        paths.append(join(root, value))
    return paths
