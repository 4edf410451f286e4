"""Masks without images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqaug.reading.masks import read_class_ids, read_mask_colors
from seqaug.utils.redaction import shown


class MaskFiles:
    """Masks in files, for what looks at nothing else.

    Args:
        paths: the files.
        colored: whether their pixels are palette colours, or class ids.
    """

    def __init__(self, paths: Sequence[str], *, colored: bool) -> None:
        self._paths = paths
        self._read = read_mask_colors if colored else read_class_ids

    def __len__(self) -> int:
        return len(self._paths)

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Read a file."""
        return self._read(self._paths[index])

    def describe(self, index: int) -> str:
        """Name the file."""
        return shown(self._paths[index])
