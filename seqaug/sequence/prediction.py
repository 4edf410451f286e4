"""Sequences without targets, to predict on: arguments and calls that do not fit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqaug.callbacks.keras_resets import Caller
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.samplers import EpochIndices


def refuse_without_masks(arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that are about masks, where there are none.

    Args:
        arguments: such arguments by name; None: not given.

    Raises:
        ValueError: one of them was given.
    """
    given = [f"{name}={value!r}" for name, value in arguments.items() if value is not None]
    if given:
        raise ValueError(
            f"{', '.join(given)} without masks, to which alone it applies; expected masks as well, or, to predict on "
            "images alone, none of these"
        )


def refuse_training(caller: Caller, missing: str) -> None:
    """Refuse to train or evaluate without targets, unless the model overrides its step or its loss.

    Args:
        caller: the Keras method that was given the sequence.
        missing: "masks" or "labels".

    Raises:
        ValueError: the method is `fit` or `evaluate`, and needs targets.
    """
    if caller.method == "predict" or getattr(caller.model, "loss", None) is None:
        return
    step = "train_step" if caller.method == "fit" else "test_step"
    if all(_is_of_keras(getattr(type(caller.model), name, None)) for name in (step, "compute_loss")):
        raise ValueError(
            f"{caller.method}() compares the model's output with {missing}, and was given a sequence without: its "
            f"batches are images alone, for predict(); expected {missing} in its constructor"
        )


def _is_of_keras(method: Any) -> bool:
    return str(getattr(method, "__module__", "")).startswith("keras.")


def prediction_warning(
    indices: EpochIndices,
    batch_sampler: BatchSampler,
    shard: tuple[int, int],
    num_samples: int,
    *,
    repeats: int,
    is_random: bool,
) -> str | None:
    """Say why row i of the results of `predict` is not that of sample i; None where it is.

    Args:
        indices: of the current epoch.
        batch_sampler: divides it into batches.
        shard: (index, count): the shard that the sequence gives.
        num_samples: number of samples.
        repeats: rows of each sample.
        is_random: whether the order differs between epochs.
    """
    shown = batch_sampler.positions(len(batch_sampler) - 1).stop
    if shard[1] > 1:
        fault = f"this host's shard of the samples alone (shard={shard})"
    elif repeats > 1:
        fault = f"each sample {repeats} times (repeats={repeats})"
    elif not np.array_equal(indices.samples[: min(shown, num_samples)], np.arange(min(shown, num_samples))):
        fault = "the samples in another order than seq.samples" + (", and in a new one at each call" * is_random)
    elif shown != num_samples:
        fault = f"{shown} of {num_samples} samples" if shown < num_samples else "some samples more than once"
    else:
        return None
    return (
        f"predict() was given a sequence whose epoch has {fault}: result i is not that of seq.samples[i]; expected "
        "shuffle=False, and no repeats, oversample, samples_per_epoch, drop_remainder or shard, as without masks and "
        "labels by default"
    )
