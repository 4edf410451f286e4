"""Exact colour lookup for whole masks at a time, by multiplicative hashing.

A colour's slot in the hash table is one multiplication and one shift of its code. The slot stores the code, so a pixel
of any other colour is noticed. Colours that collide go to a further, smaller table; for palettes of usual size, a
multiplier without collisions is searched, so that one table is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqaug.palette.codes import pack

_CHUNK = 32_768  # pixels at a time, so that all steps of a chunk stay in the CPU cache

# Up to this many colours, a small table without collisions takes few tries.
_SEARCHED = 512
_LARGEST_SEARCHED_BITS = 17
_TRIES = 16


@dataclass(frozen=True)
class _Table:
    multiplier: np.uint32
    shift: np.uint32
    codes: NDArray[np.uint32]  # by slot; 0, which is not a code, where the slot is empty
    positions: NDArray[np.int32]  # by slot

    def slots(self, codes: NDArray[np.uint32], scratch: NDArray[np.uint32], out: NDArray[np.intp]) -> NDArray[np.intp]:
        np.multiply(codes, self.multiplier, out=scratch)
        np.right_shift(scratch, self.shift, out=scratch)
        np.copyto(out, scratch)
        return out


class ColorLookup:
    """Finds the positions of pixels' colours in a list of colours.

    Args:
        colors: distinct colours, shape (n, 3), uint8.
    """

    def __init__(self, colors: NDArray[np.uint8]) -> None:
        self._tables = tuple(_tables(pack(np.ascontiguousarray(colors))))

    def translate(self, pixels: NDArray[np.uint8], values: NDArray[Any], out: NDArray[Any]) -> NDArray[np.intp]:
        """Write the value of each pixel's colour.

        Args:
            pixels: colours, shape (N, 3), uint8, contiguous.
            values: a value for each colour of the list, shape (n,).
            out: the output, shape (N,), of the dtype of `values`. Undefined for pixels of other colours.

        Returns:
            The positions of the pixels whose colour is not in the list, ascending.
        """
        first, *others = self._tables
        slot_values = values[first.positions]
        size = min(_CHUNK, len(pixels))
        bgra = np.empty((1, size, 4), np.uint8)
        scratch = np.empty(size, np.uint32)
        slots = np.empty(size, np.intp)
        missed = np.empty(size, bool)
        unmatched = [np.empty(0, np.intp)]
        for start in range(0, len(pixels), _CHUNK):
            chunk = pixels[start : start + _CHUNK]
            n = len(chunk)
            codes = pack(chunk, bgra[:, :n])
            at = first.slots(codes, scratch[:n], slots[:n])
            # Slots are in range by construction; "wrap" spares the check and the copy that "raise" makes.
            slot_values.take(at, out=out[start : start + n], mode="wrap")
            stored = first.codes.take(at, out=scratch[:n], mode="wrap")
            if np.not_equal(stored, codes, out=missed[:n]).any():
                rest = np.flatnonzero(missed[:n])
                rest = _translate_rest(others, codes, rest, values, out[start : start + n])
                unmatched.append(rest + start)
        return np.concatenate(unmatched)


def _translate_rest(
    tables: list[_Table],
    codes: NDArray[np.uint32],
    rest: NDArray[np.intp],
    values: NDArray[Any],
    out: NDArray[Any],
) -> NDArray[np.intp]:
    for table in tables:
        wanted = codes[rest]
        slots = table.slots(wanted, np.empty_like(wanted), np.empty(len(rest), np.intp))
        found = table.codes[slots] == wanted
        out[rest[found]] = values[table.positions[slots[found]]]
        rest = rest[~found]
    return rest


def _tables(codes: NDArray[np.uint32]) -> Iterator[_Table]:
    rng = np.random.default_rng(0)
    left = np.arange(len(codes), dtype=np.int32)
    while len(left):
        multiplier, shift, placed = _find_hash(codes[left], rng)
        positions = left[placed]
        slots = (codes[positions] * multiplier) >> shift
        size = 1 << (32 - int(shift))
        table_codes = np.zeros(size, np.uint32)
        table_positions = np.zeros(size, np.int32)
        table_codes[slots] = codes[positions]
        table_positions[slots] = positions
        yield _Table(multiplier, shift, table_codes, table_positions)
        left = np.delete(left, placed)


def _find_hash(codes: NDArray[np.uint32], rng: np.random.Generator) -> tuple[np.uint32, np.uint32, NDArray[np.intp]]:
    """Choose a multiplier and a shift, and list the codes that get a slot of their own: at least one, mostly all."""
    least_bits = max(8, (2 * len(codes)).bit_length())
    most_bits = _LARGEST_SEARCHED_BITS if len(codes) <= _SEARCHED else least_bits
    for bits in range(least_bits, most_bits + 1):
        for _ in range(_TRIES if len(codes) <= _SEARCHED else 1):
            multiplier = np.uint32(rng.integers(2**31) * 2 + 1)
            shift = np.uint32(32 - bits)
            placed = np.unique((codes * multiplier) >> shift, return_index=True)[1]
            if len(placed) == len(codes):
                return multiplier, shift, placed
    return multiplier, shift, placed
