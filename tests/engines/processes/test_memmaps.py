"""Memory-mapped arrays are sent as ranges of their files, with the same contents."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqaug import SegmentationSequence
from seqaug.engines.processes.payload import Payload, read_payload


def received(payload: Payload) -> Any:
    return read_payload([os.dup(descriptor) for descriptor in payload.descriptors], payload.parts)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "images.npy"
    np.save(path, np.random.default_rng(0).integers(0, 60_000, (300, 20, 30, 3), dtype=np.uint16))
    return path


VIEWS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda array: array,
    "slice": lambda array: array[200:250, ::3, 5:],
    "backwards": lambda array: array[::-1, :, ::-2],
    "transposed": lambda array: array.transpose(3, 1, 0, 2),
    "plain": lambda array: np.asarray(array)[7:],
    "bytes": lambda array: np.asarray(array[3:]).view(np.uint8),
    "element": lambda array: array[299, 19, 29:, 2:],
    "nothing": lambda array: array[5:5],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("mode", ["r", "r+"])
def test_views_of_a_file_are_sent_as_ranges(file: Path, view: Callable[[Any], Any], mode: Any) -> None:
    array = view(np.load(file, mmap_mode=mode))
    payload = Payload({"array": array})
    assert sum(length for _, length in payload.parts) < 2_000
    read = received(payload)["array"]
    assert (read.dtype, read.shape) == (array.dtype, array.shape)
    assert read.tobytes() == array.tobytes()
    assert not read.flags.writeable or not array.size


def test_a_mapping_with_an_offset(tmp_path: Path) -> None:
    (tmp_path / "raw.bin").write_bytes(np.arange(100_000, dtype="<i4").tobytes())
    array = np.memmap(tmp_path / "raw.bin", "<i4", "r", offset=4 * 3333, shape=(50, 100))
    read = received(Payload([array[3:], array.T]))
    assert read[0].tobytes() == array[3:].tobytes()
    assert read[1].tobytes() == array.T.tobytes()


def test_many_slices_share_one_mapping(file: Path) -> None:
    array = np.load(file, mmap_mode="r")
    payload = Payload([array[number] for number in range(300)])
    before = len(os.listdir("/proc/self/fd"))
    read = received(payload)
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    assert all((mine == theirs).all() for mine, theirs in zip(read, array, strict=True))


def test_arrays_that_are_not_in_the_file_are_sent_themselves(file: Path) -> None:
    array = np.load(file, mmap_mode="c")
    array[0] = 7
    chosen = np.load(file, mmap_mode="r")[[5, 3]]
    read = received(Payload([array[0], chosen, chosen + 1]))
    assert (read[0] == 7).all()
    assert (read[1] == np.load(file)[[5, 3]]).all()
    assert (read[2] == read[1] + 1).all()


def test_writes_through_the_mapping_are_seen(file: Path) -> None:
    array = np.load(file, mmap_mode="r+")
    payload = Payload(array)
    array[1] = 9
    assert (received(payload)[1] == 9).all()


def test_a_missing_file_is_reported(file: Path) -> None:
    array = np.load(file, mmap_mode="r")
    payload = Payload(array)
    file.rename(file.with_suffix(".old"))
    with pytest.raises(FileNotFoundError, match=r"workers need the file of .*images\.npy: No such file.*np\.array"):
        Payload(array)
    with pytest.raises(FileNotFoundError, match=r"is missing: .*images\.npy"):
        received(payload)


def test_a_replaced_file_is_reported(file: Path) -> None:
    array = np.load(file, mmap_mode="r")
    payload = Payload(array)
    np.save(file.with_name("other.npy"), np.zeros((300, 20, 30, 3), np.uint16))
    file.with_name("other.npy").replace(file)
    with pytest.raises(FileNotFoundError, match=r"images\.npy, which was replaced since"):
        Payload(array)
    with pytest.raises(ValueError, match=r"images\.npy has changed since its memory-mapped array was sent"):
        received(payload)


def test_a_modified_file_is_reported(file: Path) -> None:
    array = np.load(file, mmap_mode="r")
    payload = Payload(array)
    with file.open("r+b") as opened:
        opened.seek(500)
        opened.write(b"xy")
    os.utime(file, ns=(0, 1))
    with pytest.raises(ValueError, match=r"images\.npy has changed since"):
        received(payload)


@pytest.mark.timeout(120)
@pytest.mark.filterwarnings("ignore:all 8 masks checked")
def test_a_sequence_over_mapped_arrays_takes_no_memory_for_them(tmp_path: Path) -> None:
    shape = (400, 512, 512, 3)  # 300 MiB that nobody has written
    images = np.lib.format.open_memmap(tmp_path / "images.npy", "w+", np.uint8, shape)
    masks = np.lib.format.open_memmap(tmp_path / "masks.npy", "w+", np.uint8, shape[:3])
    images[17], masks[17] = 200, 2
    arguments: dict[str, Any] = {"num_classes": 3, "batch_size": 4, "image_size": (16, 16)}
    with (
        SegmentationSequence(images, masks, workers=0, **arguments) as inline,
        SegmentationSequence(images, masks, workers=1, use_multiprocessing=True, **arguments) as sequence,
    ):
        expected = [[part.tobytes() for part in inline[number]] for number in range(3)]
        assert [[part.tobytes() for part in sequence[number]] for number in range(3)] == expected
        (processor,) = sequence._loader._engine._pool._shared.values()  # type: ignore[attr-defined]
        assert os.fstat(processor.payload.descriptors[0]).st_blocks * 512 < 1_000_000
