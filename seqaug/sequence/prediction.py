"""Sequences to predict on: what has no place in one without targets, and what `fit` and `predict` should be told."""

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
            f"{', '.join(given)} without masks, of which alone it says something; expected masks as well, or, to "
            "predict on images alone, none of these"
        )


def refuse_training(caller: Caller, lacking: str) -> None:
    """Refuse to train or evaluate without targets, unless the model has a step of its own that needs none.

    Args:
        caller: the method of Keras' that was given the sequence.
        lacking: what was not given, "masks" or "labels".

    Raises:
        ValueError: the method is `fit` or `evaluate`, and would compare nothing with what the model gives.
    """
    if caller.method == "predict" or getattr(caller.model, "loss", None) is None:
        return
    step = "train_step" if caller.method == "fit" else "test_step"
    if all(_is_of_keras(getattr(type(caller.model), name, None)) for name in (step, "compute_loss")):
        raise ValueError(
            f"{caller.method}() compares what the model gives with {lacking}, and a sequence in it was made without: "
            f"its batches are images alone, for predict(); expected {lacking} as well where it is made"
        )


def _is_of_keras(method: Any) -> bool:
    return str(getattr(method, "__module__", "")).startswith("keras.")


def fault_for_prediction(
    order: EpochIndices, division: BatchSampler, shard: tuple[int, int], num_samples: int, *, is_random: bool
) -> str | None:
    """Say why results of `predict` are not those of the samples, one by one, in their order; None where they are.

    Args:
        order: of the current epoch.
        division: of it into batches.
        shard: (index, count): which part of the epoch is shown.
        num_samples: how many samples there are.
        is_random: whether other epochs have other orders.
    """
    shown = division.positions(len(division) - 1).stop
    if shard[1] > 1:
        fault = f"this host's part of the samples alone (shard={shard})"
    elif not np.array_equal(order.samples[: min(shown, num_samples)], np.arange(min(shown, num_samples))):
        fault = "the samples in another order than seq.samples" + (", and in a new one at each call" * is_random)
    elif shown != num_samples:
        fault = f"{shown} of {num_samples} samples" if shown < num_samples else "some samples more than once"
    else:
        return None
    return (
        f"predict() was given a sequence whose epoch has {fault}: result i is not that of seq.samples[i]; expected "
        "shuffle=False, and no oversample, samples_per_epoch, drop_remainder or shard, as without masks and labels by "
        "default"
    )
