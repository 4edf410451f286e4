"""What rows of zeros, the ignored pixels of one-hot masks, are to losses and metrics that do not know of them."""

from __future__ import annotations

import sys
from functools import cache

from seqaug.core.user_warnings import warn_user


def mention_empty_rows(ignore_index: int) -> None:
    """Say, once in a process, who skips rows of zeros; not where the user has imported what does."""
    if not {"seqaug.losses", "seqaug.metrics"} & sys.modules.keys():
        _mention(ignore_index)


@cache
def _mention(ignore_index: int) -> None:
    warn_user(
        f'mask_encoding="one_hot" with ignore_index={ignore_index}: ignored pixels are rows of zeros, which '
        "CategoricalCrossentropy skips, but keras.losses.Dice and Tversky count as false positives, and OneHotMeanIoU "
        "and accuracies as class 0; expected seqaug.losses.Dice and seqaug.metrics.MeanIoU, which skip them (imported "
        'before, this is not said), or class_weights="uniform" with compile(weighted_metrics=...)'
    )
