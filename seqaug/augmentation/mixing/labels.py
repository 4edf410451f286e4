"""Labels of images that are mixed of several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seqaug.augmentation.mixing.base import is_mixing


def refuse_label_mixing(every_leaf: Iterable[Any]) -> None:
    """Refuse transforms that mix images whose labels they cannot mix.

    Raises:
        ValueError: there is one.
    """
    for leaf in every_leaf:
        if is_mixing(leaf):
            raise ValueError(
                f"{type(leaf).__name__} mixes images and not their labels; expected transforms of one image for a "
                "ClassificationSequence, or label_mode=None"
            )
