"""Alignment of arrays in memory and in files."""

# Bytes of a cache line, which suits vector instructions; TensorFlow and JAX copy arrays that are aligned to less.
ALIGNMENT = 64


def aligned(size: int) -> int:
    """Round a size in bytes up to a multiple of `ALIGNMENT`."""
    return -(-size // ALIGNMENT) * ALIGNMENT
