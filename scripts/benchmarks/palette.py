"""Speed of `Palette.encode`, relative to comparing a mask with each colour in turn.

python scripts/benchmarks/palette.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from seqaug import Palette

CASES = (("camvid", 360, 480), ("cityscapes", 1024, 2048), ("ade20k", 512, 512))
ROUNDS = 5


def compare_each(rgb: np.ndarray, palette: Palette) -> np.ndarray:
    """Encode by one comparison of the whole mask per class."""
    ids = np.full(rgb.shape[:2], palette.ignore_index, np.uint8)
    for number, color in enumerate(palette.colors):
        ids[(rgb == color).all(axis=-1)] = number
    return ids


def seconds(encode: Callable[..., np.ndarray], *arguments: object) -> float:
    """Time one call."""
    start = time.perf_counter()
    encode(*arguments)
    return time.perf_counter() - start


def main() -> None:
    """Print the median times and their ratio for each case."""
    print(f"{'palette':<12}{'mask':>12}{'encode':>12}{'each colour':>14}{'ratio':>8}")
    for name, height, width in CASES:
        palette = Palette.named(name)
        ids = np.random.default_rng(0).integers(0, len(palette), (height // 8, width // 8))
        rgb = palette.decode(ids.repeat(8, 0).repeat(8, 1))
        assert np.array_equal(palette.encode(rgb), compare_each(rgb, palette))
        # Alternating, so that changes of the machine's speed affect both.
        times = [(seconds(palette.encode, rgb), seconds(compare_each, rgb, palette)) for _ in range(ROUNDS)]
        fast, slow = np.median(times, axis=0)
        print(f"{name:<12}{f'{height}x{width}':>12}{fast * 1e3:>9.2f} ms{slow * 1e3:>11.1f} ms{slow / fast:>7.0f}x")


if __name__ == "__main__":
    main()
