"""Payloads, which workers get once."""

import gc
import os
import threading
from typing import Any

import numpy as np
import pytest

from seqaug.core.shared_memory import SharedFile
from seqaug.engines.processes.payload import Payload, read_payload
from seqaug.sources.files import FilePairs


def received(payload: Payload) -> Any:
    """Read a payload as a worker does, from its own descriptors."""
    return read_payload([os.dup(descriptor) for descriptor in payload.descriptors], payload.parts)


def test_a_value_is_unpickled() -> None:
    factor = 3
    value = {"name": "x", "function": lambda number: number * factor, "array": np.arange(5)}
    payload = Payload(value)
    read = received(payload)
    assert read["name"] == "x"
    assert read["function"](4) == 12
    assert read["array"].tolist() == [0, 1, 2, 3, 4]


def test_large_arrays_are_views_of_the_shared_memory() -> None:
    arrays = [np.random.default_rng(0).integers(0, 256, 100_003, dtype=np.uint8), np.arange(7.0)]
    payload = Payload(arrays)
    assert payload.parts[0][1] < 2_000, "the pickle itself holds no array"
    first, second = received(payload), received(payload)
    for read in (first, second):
        assert all(np.array_equal(*both) for both in zip(read, arrays, strict=True))
        assert not read[0].flags.writeable
        assert not read[0].flags.owndata


def test_the_paths_of_many_samples_are_a_few_arrays() -> None:
    images = [f"a/long/path/to/images/{number:07}.jpg" for number in range(10_000)]
    masks = [f"mäsks/{number}.png" for number in range(10_000)]
    source = FilePairs(images, masks, color_mode="rgb", colored_masks=True)
    payload = Payload(source)
    assert payload.parts[0][1] < 5_000
    read = received(payload)
    assert len(read) == 10_000
    assert [read[i] for i in (0, 77, 9_999)] == [source[i] for i in (0, 77, 9_999)]
    with pytest.raises(IndexError):
        read[10_000]


def test_values_that_cannot_be_pickled() -> None:
    with pytest.raises(TypeError, match=r"cannot be sent to worker processes: .*lock.*open files.*use threads"):
        Payload({"lock": threading.Lock()})


def test_shared_files_are_attached() -> None:
    file = SharedFile(100)
    payload = Payload({"same": [file, file], "other": SharedFile(7)})
    read = received(payload)
    os.pwrite(read["same"][1].descriptor, b"abc", 10)
    assert os.pread(file.descriptor, 3, 10) == b"abc"
    assert (read["same"][0].size, read["other"].size) == (100, 7)


def test_descriptors_are_closed_with_the_payload() -> None:
    gc.collect()  # what other tests left
    before = len(os.listdir("/dev/fd"))
    payload = Payload([SharedFile(10), 1])
    assert len(os.listdir("/dev/fd")) == before + 2  # the payload's own, and its copy of the shared file's
    read = received(payload)
    del payload, read
    gc.collect()
    assert len(os.listdir("/dev/fd")) == before
