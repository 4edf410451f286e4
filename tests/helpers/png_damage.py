"""PNG files with damage, and what a decoder makes of them; a program of its own, because a decoder might crash it.

python png_damage.py DECODER COUNT prints how often the decoder gave pixels, and exits with 1 at the first file that it
decodes to other pixels than OpenCV, or that OpenCV refuses although the checksums of its chunks are wrong.
"""

from __future__ import annotations

import random
import sys

import numpy as np
from png_files import CHANNELS, KINDS, compressed, encode_png, header, joined, random_samples, scan_lines

from seqaug import ReadError
from seqaug.reading.decoding import decode_with_opencv
from seqaug.reading.png_decoders import LOADERS, PngDecoder, attempt
from seqaug.reading.png_header import INDEXED, common_png_header

_SIZES = [(1, 1), (9, 7), (3, 40), (17, 20)]


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut, flip, overwrite, insert or remove bytes."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at, what = rng.randrange(max(len(changed), 1)), rng.randrange(5)
        if what == 0 and rng.random() < 0.3:
            del changed[at:]
        elif what == 1:
            changed[at : at + 4] = rng.choice([rng.randbytes(1), bytes(4), b"\xff" * 4, b"\x7f" + b"\xff" * 3])
        elif what == 2:
            changed[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif what == 3:
            del changed[at : at + rng.randrange(1, 9)]
        elif changed:
            changed[at % len(changed)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def damaged_file(seed: int) -> tuple[bytes, bool]:
    """Give a damaged file, and whether all checksums of its chunks are right all the same."""
    rng = random.Random(seed)
    kind = rng.choice([kind for kind in KINDS if kind.depth >= 8])
    samples = random_samples(kind, *rng.choice(_SIZES), seed)
    if rng.random() < 0.6:
        return damaged(encode_png(kind, samples, idat_size=rng.choice([None, 50])), rng), False
    lines = scan_lines(kind, samples, (0, 1, 2, 3, 4))
    is_inside = rng.random() < 0.5
    stream = compressed(damaged(lines, rng) if is_inside else lines, rng.choice([0, 1, 9]), rng.randrange(5))
    table = [(b"PLTE", bytes(range(256)) * 3)] * (kind.color_type == INDEXED)
    pixels = stream if is_inside else damaged(stream, rng)
    return joined([(b"IHDR", header(kind, *samples.shape[:2])), *table, (b"IDAT", pixels), (b"IEND", b"")]), True


def check(decoder: PngDecoder, seed: int) -> bool:
    """Decode a damaged file and compare; tell whether the decoder gave pixels."""
    data, has_checksums = damaged_file(seed)
    head = common_png_header(data)
    if head is None or head.kind not in decoder.kinds:
        return False
    assert head.height * head.width * CHANNELS[head.color_type] <= 2000 * len(data)
    pixels = attempt(decoder, data, head)
    if pixels is None:
        return False
    try:
        expected = decode_with_opencv("a.png", data, "unchanged")
    except ReadError:
        assert has_checksums, f"file {seed} is decoded, which OpenCV refuses"
        return True
    assert pixels.dtype == expected.dtype, f"file {seed} has another depth"
    assert np.array_equal(pixels, expected), f"file {seed} has other pixels"
    return True


if __name__ == "__main__":
    chosen = LOADERS[sys.argv[1]]()
    print(sum(check(chosen, seed) for seed in range(int(sys.argv[2]))))
