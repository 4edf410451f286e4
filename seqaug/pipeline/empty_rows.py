"""Warning about losses and metrics that misread the all-zero rows of ignored pixels in one-hot masks."""

from __future__ import annotations

import sys
from functools import cache

from seqaug.core.user_warnings import warn_user


def warn_of_empty_rows(ignore_index: int) -> None:
    """Warn, once per process, about all-zero rows, unless the user has imported losses or metrics that skip them."""
    if not {"seqaug.losses", "seqaug.metrics"} & sys.modules.keys():
        _warn(ignore_index)


@cache
def _warn(ignore_index: int) -> None:
    warn_user(
        f'mask_encoding="one_hot" with ignore_index={ignore_index}: ignored pixels are rows of zeros, which '
        "CategoricalCrossentropy skips, but keras.losses.Dice and Tversky count as false positives, and OneHotMeanIoU "
        "and accuracies as class 0; expected seqaug.losses.Dice and seqaug.metrics.MeanIoU, which skip them (import "
        'them before, to silence this), or class_weights="uniform" with compile(weighted_metrics=...)'
    )
