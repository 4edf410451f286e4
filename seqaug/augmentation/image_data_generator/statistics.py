"""Mean, standard deviation and principal components of images, computed in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# ImageDataGenerator adds this to deviations, to avoid a division by 0.
EPSILON = 1e-6
# The number of images whose products are summed at a time.
_BLOCK = 64


class Statistics:
    """Statistics for `featurewise_center`, `featurewise_std_normalization` and `zca_whitening`; immutable.

    Args:
        mean: the mean of each channel, (C,).
        std: the population standard deviation of each channel, (C,).
        zca_matrix: the whitening matrix of flattened images, (H * W * C, H * W * C), or None.
    """

    def __init__(self, mean: Any, std: Any, zca_matrix: Any = None) -> None:
        self.mean = np.asarray(mean, np.float32)
        self.std = np.asarray(std, np.float32)
        self.zca_matrix = None if zca_matrix is None else np.asarray(zca_matrix, np.float32)

    def __deepcopy__(self, memo: dict[int, Any]) -> Statistics:
        # Shared, as a whitening matrix is large and every thread has a copy of the transform.
        return self

    def as_lists(self) -> dict[str, Any]:
        """Give the arguments as lists of floats, exactly."""
        matrix = self.zca_matrix
        return {
            "mean": self.mean.tolist(),
            "std": self.std.tolist(),
            "zca_matrix": None if matrix is None else matrix.tolist(),
        }


class Accumulator:
    """Sums images one by one, in float64, shifted to avoid cancellation in the variances.

    The formulas are those for shifted data of Chan, Golub and LeVeque, "Algorithms for computing the sample variance",
    The American Statistician 37 (1983).

    Args:
        zca_epsilon: added to the singular values; None: compute no whitening matrix.
    """

    def __init__(self, zca_epsilon: float | None) -> None:
        self._epsilon = zca_epsilon
        self._images = 0
        self._pixels = 0
        self._block: list[Array] = []

    def add(self, image: Array) -> None:
        """Add an image, (H, W, C) or (H, W).

        Raises:
            ValueError: it has other channels than the first image or, for a whitening matrix, another size, or is too
                large for one.
        """
        values = image.astype(np.float64)
        values = values[..., np.newaxis] if values.ndim == 2 else values
        if not self._images:
            self._start(values)
        same = values.shape == self._shape if self._epsilon is not None else values.shape[2] == self._shape[2]
        if not same:
            raise ValueError(
                f"image {self._images} of the data is {'x'.join(map(str, values.shape))} and the first is "
                f"{'x'.join(map(str, self._shape))}; expected the same "
                + ("size (zca_whitening)" if self._epsilon is not None else "channels")
            )
        values -= self._shift
        self._images += 1
        self._pixels += values[..., 0].size
        self._sum += values.sum((0, 1))
        self._squares += np.square(values).sum((0, 1))
        if self._epsilon is not None:
            self._block.append(values.reshape(-1))
            if len(self._block) == _BLOCK:
                self._flush()

    def result(self) -> Statistics:
        """Give the statistics of all images added.

        Raises:
            ValueError: there are none.
        """
        if not self._images:
            raise ValueError("fit() was given no images; expected at least one")
        mean = self._sum / self._pixels
        std = np.sqrt(np.maximum(self._squares / self._pixels - mean**2, 0))
        return Statistics(self._shift + mean, std, None if self._epsilon is None else self._whitening(mean))

    def _start(self, values: Array) -> None:
        self._shape = values.shape
        self._shift = values.mean((0, 1))
        self._sum, self._squares = np.zeros((2, values.shape[2]))
        if self._epsilon is not None:
            try:
                self._products = np.zeros((values.size, values.size))
            except MemoryError:
                raise ValueError(
                    f"zca_whitening of images of {'x'.join(map(str, values.shape))} needs a matrix of "
                    f"{values.size}x{values.size} numbers, which does not fit into memory; expected small images, such "
                    "as 32x32x3, or featurewise_std_normalization instead"
                ) from None
            self._totals = np.zeros(values.size)

    def _flush(self) -> None:
        if self._block:
            flat = np.stack(self._block)
            self._products += flat.T @ flat
            self._totals += flat.sum(0)
            self._block.clear()

    def _whitening(self, mean: Array) -> Array:
        """Compute U (sqrt(n) / (S + epsilon)) U^T, with U S V^T the singular values of the centred images.

        U and S^2 are the eigenvectors and eigenvalues of the sum of products; at most one per image is kept.
        """
        self._flush()
        centre = np.tile(mean, self._shape[0] * self._shape[1])
        cross = np.outer(self._totals, centre)
        scatter = self._products - cross - cross.T + self._images * np.outer(centre, centre)
        squares, vectors = np.linalg.eigh(scatter)
        kept = min(self._images, len(squares))
        squares, vectors = squares[-kept:], vectors[:, -kept:]
        scales = np.sqrt(self._images) / (np.sqrt(np.maximum(squares, 0)) + self._epsilon)
        return np.asarray((vectors * scales) @ vectors.T)


def images_of(data: Any) -> Iterator[Array]:
    """Iterate over the images of `fit`'s data.

    Args:
        data: an array (N, H, W, C); a sequence, whose samples are loaded without augmentation; or an iterable of images
            (H, W, C) or (H, W), or of batches of them (B, H, W, C).

    Raises:
        TypeError, ValueError: it is none of these.
    """
    expected = "an array (N, H, W, C), a SegmentationSequence, or an iterable of images (H, W, C)"
    if isinstance(data, np.ndarray):
        if data.ndim != 4:
            raise ValueError(f"fit() was given an array of shape {data.shape}; expected {expected}")
        yield from data
    elif hasattr(data, "samples") and hasattr(data, "load"):
        for index in range(len(data.samples)):
            yield np.asarray(data.load(index)["image"])
    else:
        try:
            parts = iter(data)
        except TypeError:
            raise TypeError(f"fit() was given {type(data).__name__}; expected {expected}") from None
        for part in parts:
            images = None if isinstance(part, tuple) else np.asarray(part)
            if images is None or images.dtype.kind not in "uif" or images.ndim not in (2, 3, 4):
                found = type(part).__name__ if images is None else f"{images.dtype} of shape {images.shape}"
                raise ValueError(f"fit() was given an iterable of {found}; expected {expected}")
            yield from images if images.ndim == 4 else [images]
