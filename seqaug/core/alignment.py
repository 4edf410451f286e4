"""Alignment of arrays in memory and in files."""

from typing import Any

import numpy as np

# Bytes of a cache line, which suits vector instructions; TensorFlow and JAX copy arrays that are aligned to less.
ALIGNMENT = 64


def aligned(size: int) -> int:
    """Round a size in bytes up to a multiple of `ALIGNMENT`."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def aligned_memory(size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return new memory of a size in bytes, (size,), uint8."""
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size]
