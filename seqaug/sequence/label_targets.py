"""Additional "mask" targets whose ids may collide with `ignore_index`: a check of the first batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from seqaug.sequence.first_batch import FirstBatch


class LabelTargetsCheck:
    """Finds additional "mask" targets in which `ignore_index`, the label of filled pixels, may be an id.

    Args:
        targets: kinds of the additional targets by name.
        ignore_index: the label of filled pixels.
    """

    def __init__(self, targets: Mapping[str, str], ignore_index: int) -> None:
        self._names = [name for name, kind in targets.items() if kind == "mask"]
        self._ignore_index = ignore_index

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield a warning for each such array of the first sample."""
        for name in self._names:
            labels = first.loaded[name]
            if labels.dtype.kind not in "iu" or not labels.size:
                continue
            if np.iinfo(labels.dtype).max < self._ignore_index:
                found = f"is {labels.dtype}, which cannot hold ignore_index={self._ignore_index}"
            elif labels.max() > self._ignore_index:
                found = f"has labels up to {labels.max()}, so that ignore_index={self._ignore_index} may be one of them"
            else:
                continue
            yield (
                f"{name!r} of {first.where} {found}, the label of pixels that a transform fills; for ids, such as "
                f'those of instances, expected additional_targets={{{name!r}: "value_nearest"}}, with value_fill= for '
                "filled pixels"
            )
