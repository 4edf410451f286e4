"""Speed of the PNG decoders that are installed, relative to OpenCV's, on folders of PNG files.

python scripts/benchmarks/png_decoders.py FOLDER [FOLDER ...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np

from seqaug.reading.decoding import decode_with_opencv
from seqaug.reading.png_decoders import LOADERS, PngDecoder
from seqaug.reading.png_header import common_png_header

FILES, ROUNDS = 40, 9
Decode = Callable[[bytes], np.ndarray]


def opencv(data: bytes) -> np.ndarray:
    """Decode with OpenCV."""
    return decode_with_opencv("", data, "unchanged")


def by_decoder(decoder: PngDecoder) -> Decode:
    """Give a function that decodes as the library does, the look at the chunks included."""

    def decode(data: bytes) -> np.ndarray:
        header = common_png_header(data)
        if header is None or header.kind not in decoder.kinds:
            return opencv(data)
        return decoder.decode(data, header)

    return decode


def installed() -> dict[str, Decode]:
    """Give the decoders that are installed, OpenCV first."""
    found = {name: load for name, load in LOADERS.items() if find_spec(name.replace("-", "_"))}
    return {"OpenCV": opencv, **{name: by_decoder(load()) for name, load in found.items()}}


def milliseconds(decode: Decode, files: list[bytes], threads: int) -> float:
    """Time one pass: per file."""
    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        list(pool.map(decode, files))
        return (time.perf_counter() - start) * 1000 / len(files)


def main() -> None:
    """Print median times, and median ratios within rounds."""
    decoders = installed()
    print(f"{'folder':<24}{'threads':>8}{'decoder':>14}{'ms a file':>12}{'speedup':>10}")
    for folder in sys.argv[1:]:
        files = [path.read_bytes() for path in sorted(Path(folder).glob("*.png"))[:FILES]]
        for threads in (1, 2):
            rounds = [
                {name: milliseconds(decode, files, threads) for name, decode in decoders.items()} for _ in range(ROUNDS)
            ]
            for name in decoders:
                ratio = median(times["OpenCV"] / times[name] for times in rounds)
                typical = median(times[name] for times in rounds)
                print(f"{Path(folder).name:<24}{threads:>8}{name:>14}{typical:>12.2f}{ratio:>10.2f}")


if __name__ == "__main__":
    main()
