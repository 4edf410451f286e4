"""The shapes and dtypes of batches, found from one sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqaug.core.batch import arrays_over, bytes_needed
from seqaug.core.sample_request import SampleRequest
from seqaug.pipeline.pipeline import Pipeline

Array = np.ndarray[Any, Any]

# Sizes of the batches that are assembled for their shapes; not 1, which `np.squeeze` and broadcasting treat apart.
_SIZES = (2, 3)


@dataclass(frozen=True)
class ArraySpec:
    """Shape and dtype of an array of a batch.

    Attributes:
        shape: None where batches differ: the number of samples, unless all batches are full; height and width, where
            nothing makes all samples equal.
        dtype: of NumPy.
    """

    shape: tuple[int | None, ...]
    dtype: np.dtype[Any]

    def __repr__(self) -> str:
        return f"ArraySpec({self.shape}, {self.dtype})"


def find_element_spec(
    pipeline: Pipeline,
    request: SampleRequest,
    assemble: Callable[[dict[str, Array]], Any],
    *,
    batch_size: int | None,
    size_is_known: bool,
) -> Any:
    """Make one sample, assemble batches of it, and compare their shapes.

    Args:
        pipeline: makes the sample.
        request: the sample.
        assemble: turns the stacked arrays into a batch.
        batch_size: samples per batch if all batches are full; else None.
        size_is_known: whether all batches have the height and width of this sample.

    Returns:
        The structure of a batch, with tuples for lists, of `ArraySpec`.

    Raises:
        SampleError, TransformError: as for batches.
    """
    row = pipeline.sample(request)
    small, large = (assemble(_batch_of(pipeline, row, request, size)) for size in _SIZES)

    def spec_of(one: Any, other: Any) -> ArraySpec:
        one, other = np.asarray(one), np.asarray(other)
        shape: list[int | None] = list(one.shape)
        for axis, (length, longer) in enumerate(zip(one.shape, other.shape, strict=True)):
            if length != longer:
                # A dimension may be a multiple of the batch, as where `assemble` cuts samples into pieces.
                pieces = longer - length
                is_multiple = length == pieces * _SIZES[0]
                shape[axis] = pieces * batch_size if batch_size is not None and is_multiple else None
        return ArraySpec(tuple(shape), one.dtype)

    spec = map_arrays(spec_of, small, large)
    if size_is_known:
        return spec
    resized = assemble(_batch_of(pipeline, {name: _twice_the_size(array) for name, array in row.items()}, request, 2))

    def without_size(found: ArraySpec, one: Any, other: Any) -> ArraySpec:
        lengths = zip(found.shape, np.shape(one), np.shape(other), strict=True)
        return ArraySpec(tuple(None if first != second else length for length, first, second in lengths), found.dtype)

    return map_arrays(without_size, spec, small, resized)


def spec_bytes(spec: Any, batch_size: int) -> int:
    """Return the memory of a batch of this spec; dimensions that differ count as 1, but the first as `batch_size`."""
    if isinstance(spec, ArraySpec):
        lengths = [
            batch_size if axis == 0 and length is None else length or 1 for axis, length in enumerate(spec.shape)
        ]
        return math.prod(lengths) * spec.dtype.itemsize
    parts = spec.values() if isinstance(spec, dict) else spec
    return sum(spec_bytes(part, batch_size) for part in parts)


def _batch_of(pipeline: Pipeline, sample: Mapping[str, Array], request: SampleRequest, size: int) -> dict[str, Array]:
    """Stack a sample as the loader stacks samples."""
    layout = pipeline.layout(sample)
    arrays = arrays_over(np.empty(bytes_needed(layout, size), np.uint8), layout, size)
    for row in range(size):
        pipeline.write(sample, {name: array[row] for name, array in arrays.items()})
    return {**arrays, "index": np.full(size, request.index, np.int64)}


def _twice_the_size(array: Array) -> Array:
    return np.tile(array, (2, 2, *[1] * (array.ndim - 2)))


def map_arrays(function: Callable[..., Any], batch: Any, *others: Any) -> Any:
    """Apply a function to the arrays of batches of one structure; lists become tuples."""
    if isinstance(batch, dict):
        return {key: map_arrays(function, part, *(other[key] for other in others)) for key, part in batch.items()}
    if isinstance(batch, list | tuple):
        return tuple(map_arrays(function, *parts) for parts in zip(batch, *others, strict=True))
    return function(batch, *others)
