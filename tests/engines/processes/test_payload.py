"""What workers are given once."""

import os
import threading

import numpy as np
import pytest

from seqaug.engines.processes.payload import read_payload, write_payload
from seqaug.samples import FilePairs


def test_a_value_is_made_anew() -> None:
    factor = 3
    value = {"name": "x", "function": lambda number: number * factor, "array": np.arange(5)}
    descriptor, parts = write_payload(value)
    read = read_payload(descriptor, parts)
    os.close(descriptor)
    assert read["name"] == "x"
    assert read["function"](4) == 12
    assert read["array"].tolist() == [0, 1, 2, 3, 4]


def test_large_arrays_are_views_of_the_shared_memory() -> None:
    arrays = [np.random.default_rng(0).integers(0, 256, 100_003, dtype=np.uint8), np.arange(7.0)]
    descriptor, parts = write_payload(arrays)
    assert parts[0][1] < 2_000, "the pickle itself holds no array"
    first, second = read_payload(descriptor, parts), read_payload(descriptor, parts)
    os.close(descriptor)
    for read in (first, second):
        assert all(np.array_equal(*both) for both in zip(read, arrays, strict=True))
        assert not read[0].flags.writeable
        assert not read[0].flags.owndata


def test_the_paths_of_many_samples_are_a_few_arrays() -> None:
    images = [f"a/long/path/to/images/{number:07}.jpg" for number in range(10_000)]
    masks = [f"mäsks/{number}.png" for number in range(10_000)]
    source = FilePairs(images, masks, color_mode="rgb", colored_masks=True)
    descriptor, parts = write_payload(source)
    assert parts[0][1] < 5_000
    read = read_payload(descriptor, parts)
    os.close(descriptor)
    assert len(read) == 10_000
    assert [read[i] for i in (0, 77, 9_999)] == [source[i] for i in (0, 77, 9_999)]
    with pytest.raises(IndexError):
        read[10_000]


def test_what_cannot_be_sent() -> None:
    with pytest.raises(TypeError, match=r"cannot be sent to worker processes: .*lock.*open files.*use threads"):
        write_payload({"lock": threading.Lock()})
