"""Masks with ignored pixels in each encoding, predictions, and losses and metrics of them in NumPy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

IGNORED = 255
ENCODINGS = ["sparse", "one_hot", "binary"]


class Case(NamedTuple):
    """A small batch.

    Attributes:
        masks: by encoding: "sparse" (B, H, W), "one_hot" (B, H, W, K), and with two classes "binary" (B, H, W, 1).
        ids: (B, H, W), also of ignored pixels.
        counts: (B, H, W), bool, False where ignored.
        probabilities: (B, H, W, K), float32.
        weights: (B, H, W), float32.
    """

    masks: dict[str, np.ndarray]
    ids: np.ndarray
    counts: np.ndarray
    probabilities: np.ndarray
    weights: np.ndarray


def make_case(seed: int, classes: int = 3, share: float = 0.31) -> Case:
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, classes, (2, 5, 6))
    counts = rng.random(ids.shape) >= share
    sparse = np.where(counts, ids, IGNORED).astype(np.uint8)
    exponentials = np.exp(rng.normal(scale=2, size=(*ids.shape, classes)))
    masks = {"sparse": sparse, "one_hot": np.eye(256, classes, dtype=np.float32)[sparse]}
    if classes == 2:
        masks["binary"] = sparse[..., np.newaxis].astype(np.float32)
    return Case(
        masks,
        ids,
        counts,
        (exponentials / exponentials.sum(-1, keepdims=True)).astype(np.float32),
        rng.uniform(0, 3, ids.shape).astype(np.float32),
    )


def dice_loss(case: Case, weights: Any = 1.0, axis: Any = None, *, binary: bool = False) -> float:
    """Compute the Dice loss of the labelled pixels."""
    targets, p = np.eye(case.probabilities.shape[-1])[case.ids], case.probabilities.astype(np.float64)
    if binary:
        targets, p = targets[..., 1:], p[..., 1:]
    w = (case.counts * weights)[..., np.newaxis]
    labelled = (w * np.ones_like(p)).any(axis)
    both, either = (w * targets * p).sum(axis), (w * (targets + p)).sum(axis)
    losses = 1 - 2 * both / np.where(labelled, either + 1e-7, 1)
    return float(losses[labelled].mean()) if labelled.any() else 0.0


def overlaps(ids: np.ndarray, predicted: np.ndarray, weights: np.ndarray, classes: int) -> tuple[Any, Any]:
    """Compute IoU and Dice of each class, nan if it is in neither."""
    both, either, all_of = (np.zeros(classes) for _ in range(3))
    for c in range(classes):
        both[c] = weights[(ids == c) & (predicted == c)].sum(dtype=np.float64)
        either[c] = weights[(ids == c) | (predicted == c)].sum(dtype=np.float64)
        all_of[c] = weights[ids == c].sum(dtype=np.float64) + weights[predicted == c].sum(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return both / either, 2 * both / all_of
