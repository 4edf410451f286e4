"""Which sample contains which class."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from seqaug.errors import SampleError


def class_presence(
    present_classes: Callable[[int], np.ndarray[Any, Any]],
    num_samples: int,
    num_classes: int,
    *,
    workers: int,
    on_failure: Callable[[SampleError], None] | None,
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Look through all masks for the classes that they contain.

    Args:
        present_classes: lists the class ids in a sample's mask.
        num_samples: how many samples there are.
        num_classes: how many classes there are.
        workers: threads that read.
        on_failure: told of each sample whose mask cannot be used, and which then contains nothing; None: it raises.

    Returns:
        Shape (num_samples, num_classes), bool.

    Raises:
        SampleError: a mask cannot be used, and `on_failure` is None.
    """
    presence = np.zeros((num_samples, num_classes), bool)

    def look(index: int) -> None:
        try:
            presence[index, present_classes(index)] = True
        except SampleError as error:
            if on_failure is None:
                raise
            on_failure(error)

    with ThreadPoolExecutor(max(workers, 1), thread_name_prefix="seqaug-scan") as executor:
        # Taking a result raises its error, and then `map` gives up what has not begun.
        for _ in executor.map(look, range(num_samples)):
            pass
    return presence
