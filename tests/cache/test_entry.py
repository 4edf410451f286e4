"""Encoded samples."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seqaug.cache.entry import DamagedEntryError, decode_entry, encode_entry, entry_is_intact
from seqaug.sources.base import CacheKey

KEY = CacheKey("a name", "a state")
dtypes = st.sampled_from([np.uint8, np.uint16, np.float32, np.bool_, np.int64, ">i2", "S3"])
shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
samples = st.dictionaries(
    st.text(max_size=5), dtypes.flatmap(lambda dtype: hnp.arrays(dtype, shapes)), min_size=0, max_size=4
)


def write(key: CacheKey, sample: dict[str, np.ndarray], folder: Path, start: int = 0) -> np.ndarray:
    path = folder / "entry"
    with path.open("wb", buffering=0) as file:
        encode_entry(key, sample).write(file.fileno(), start)
    return np.frombuffer(path.read_bytes(), np.uint8)[start:]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("entries")


@given(samples, st.text(), st.text())
def test_decoding_restores_samples(folder: Path, sample: dict[str, np.ndarray], name: str, state: str) -> None:
    memory = write(CacheKey(name, state), sample, folder, start=128)
    entry = decode_entry(memory)
    assert entry.key == CacheKey(name, state)
    assert list(entry.arrays) == list(sample)
    for pixels, expected in zip(entry.arrays.values(), sample.values(), strict=True):
        assert (pixels.shape, pixels.dtype) == (expected.shape, expected.dtype)
        assert pixels.tobytes() == expected.tobytes()
        assert not pixels.flags.writeable
    assert entry_is_intact(memory)


def test_arrays_that_are_not_contiguous(folder: Path) -> None:
    pixels = np.arange(60, dtype=np.uint8).reshape(5, 4, 3)[::2, ::-1]
    read = decode_entry(write(KEY, {"image": pixels}, folder)).arrays["image"]
    assert np.array_equal(read, pixels)


def test_file_names_that_are_not_unicode(folder: Path) -> None:
    key = CacheKey(os.fsdecode(b"/data/\xff\xfe.png"), "1 2")
    assert decode_entry(write(key, {}, folder)).key == key


@given(st.data())
def test_every_flipped_bit_and_missing_byte_is_found(folder: Path, data: st.DataObject) -> None:
    sample = {"image": np.arange(64 * 6, dtype=np.uint8).reshape(8, 16, 3), "mask": np.ones((8, 16), np.uint8)}
    memory = write(KEY, sample, folder)
    assert entry_is_intact(memory)
    assert not entry_is_intact(memory[: data.draw(st.integers(0, len(memory) - 1))])
    # Padding between the parts is not checked.
    head, text = 24, struct.unpack("<I", memory[16:20])[0]
    parts = [range(head + text), range(len(memory) - sample["mask"].nbytes, len(memory))]
    flipped = memory.copy()
    flipped[data.draw(st.sampled_from([at for part in parts for at in part]))] ^= 1 << data.draw(st.integers(0, 7))
    assert not entry_is_intact(flipped)


@pytest.mark.parametrize(
    "arrays", [[["image", "|O", [1]]], [["image", "nonsense", [1]]], [["image", "|u1", [10**6]]], [["image"]], 3, None]
)
def test_a_forged_description_is_damage_and_nothing_is_unpickled(arrays: object) -> None:
    text = json.dumps({"name": "n", "state": "s", "arrays": arrays}).encode()
    memory = np.zeros(24 + len(text) + 64, np.uint8)
    memory[:24] = np.frombuffer(struct.pack("<8sQII", b"seqaug01", len(memory), len(text), 0), np.uint8)
    memory[24 : 24 + len(text)] = np.frombuffer(text, np.uint8)
    with pytest.raises(DamagedEntryError):
        decode_entry(memory)
