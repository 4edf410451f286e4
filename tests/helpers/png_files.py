"""PNG files of every kind, written by hand (PNG specification, second edition, 2003), and damage to them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, INDEXED, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, INDEXED: 1, GREY_ALPHA: 2, RGBA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), INDEXED: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}

# First row, first column, step of rows, step of columns (section 8.2).
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


class PngKind(NamedTuple):
    """A kind of PNG."""

    color_type: int
    depth: int
    is_interlaced: bool = False

    def __str__(self) -> str:
        """Name a test."""
        name = {GREY: "grey", RGB: "rgb", INDEXED: "indexed", GREY_ALPHA: "grey_alpha", RGBA: "rgba"}[self.color_type]
        return f"{name}{self.depth}{'_interlaced' if self.is_interlaced else ''}"


KINDS = [
    PngKind(color_type, depth, is_interlaced)
    for color_type, depths in DEPTHS.items()
    for depth in depths
    for is_interlaced in (False, True)
]


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """Write a chunk with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def split(data: bytes) -> list[tuple[bytes, bytes]]:
    """Give the kind and the content of each chunk of a whole file."""
    found, at = [], len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def joined(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Write a file of chunks, with right checksums."""
    return SIGNATURE + b"".join(chunk(kind, content) for kind, content in chunks)


def header(kind: PngKind, height: int, width: int) -> bytes:
    """Give the content of a header."""
    return struct.pack(">IIBBBBB", width, height, kind.depth, kind.color_type, 0, 0, kind.is_interlaced)


def random_samples(kind: PngKind, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Draw samples, (H, W, C), in the range of the depth: half noise, half constant, so that they compress."""
    rng = np.random.default_rng(seed)
    samples = rng.integers(0, 2**kind.depth, (height, width, CHANNELS[kind.color_type]), dtype=np.uint16)
    samples[height // 2 :] = samples[:1, :1]
    return samples


def encode_png(
    kind: PngKind,
    samples: np.ndarray,
    *,
    filters: Sequence[int] = (0, 1, 2, 3, 4),
    table: bytes = bytes(range(256)) * 3,
    before: Sequence[tuple[bytes, bytes]] = (),
    after: Sequence[tuple[bytes, bytes]] = (),
    level: int = 6,
    strategy: int = zlib.Z_DEFAULT_STRATEGY,
    window_bits: int = 15,
    idat_size: int | None = None,
) -> bytes:
    """Write a PNG.

    Args:
        kind: the kind.
        samples: (H, W, C) of integers.
        filters: of the rows, in turn.
        table: the colours of an indexed one, of which as many are written as there are indices.
        before, after: further chunks, before and after the pixels.
        level, strategy, window_bits: of zlib.
        idat_size: bytes in each IDAT chunk; None: one chunk.
    """
    stream = compressed(scan_lines(kind, samples, filters), level, strategy, window_bits)
    size = idat_size or len(stream)
    return joined(
        [
            (b"IHDR", header(kind, *samples.shape[:2])),
            *((b"PLTE", table[: 3 * 2**kind.depth]) for _ in range(kind.color_type == INDEXED)),
            *before,
            *((b"IDAT", stream[at : at + size]) for at in range(0, len(stream), size)),
            *after,
            (b"IEND", b""),
        ]
    )


def compressed(lines: bytes, level: int = 6, strategy: int = zlib.Z_DEFAULT_STRATEGY, window_bits: int = 15) -> bytes:
    """Compress scan lines."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, window_bits, 9, strategy)
    return compressor.compress(lines) + compressor.flush()


def scan_lines(kind: PngKind, samples: np.ndarray, filters: Sequence[int]) -> bytes:
    """Give the filtered scan lines, of all passes."""
    return b"".join(_filtered(_packed(part, kind.depth), kind, filters) for part in _passes(kind, samples))


def _passes(kind: PngKind, samples: np.ndarray) -> Iterator[np.ndarray]:
    if not kind.is_interlaced:
        yield samples
        return
    for row, column, rows, columns in _ADAM7:
        part = samples[row::rows, column::columns]
        if part.size:
            yield part


def _packed(samples: np.ndarray, depth: int) -> np.ndarray:
    """Pack samples of a depth into the bytes of lines."""
    flat = samples.reshape(len(samples), -1)
    if depth == 16:
        return flat.astype(">u2").view(np.uint8)
    if depth == 8:
        return flat.astype(np.uint8)
    bits = np.unpackbits(flat.astype(np.uint8)[..., np.newaxis], axis=-1)[..., 8 - depth :]
    return np.packbits(bits.reshape(len(flat), -1), axis=1)


def _filtered(lines: np.ndarray, kind: PngKind, filters: Sequence[int]) -> bytes:
    step = max(1, CHANNELS[kind.color_type] * kind.depth // 8)
    padded = np.pad(lines.astype(int), ((1, 0), (step, 0)))
    left, up, corner = padded[1:, :-step], padded[:-1, step:], padded[:-1, :-step]
    estimate = left + up - corner
    distances = np.stack([abs(estimate - left), abs(estimate - up), abs(estimate - corner)])
    paeth = np.choose(distances.argmin(axis=0), [left, up, corner])
    predictions = [0 * lines, left, up, (left + up) // 2, paeth]
    parts = []
    for row in range(len(lines)):
        number = filters[row % len(filters)]
        parts.append(bytes([number]) + (lines[row] - predictions[number][row]).astype(np.uint8).tobytes())
    return b"".join(parts)
