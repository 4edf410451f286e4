"""NumPy's files as images and masks."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqaug.errors import ReadError
from seqaug.reading.images import read_image
from seqaug.reading.masks import read_class_ids, read_mask, read_mask_colors

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (7, 9, 3), np.uint8)
IDS = RNG.integers(0, 5, (7, 9), np.uint8)


def saved(folder: Path, array: Any, name: str = "a.npy") -> Path:
    np.save(folder / name, array, allow_pickle=True)
    return folder / name


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "<f4", ">f8", "<i4", "?"])
@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 1), (7, 9, 5)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_images_are_kept_as_stored(tmp_path: Path, dtype: str, shape: tuple[int, ...], order: Any) -> None:
    array = np.asarray(RNG.integers(0, 2 if dtype == "?" else 200, shape).astype(dtype), order=order)
    read = read_image(saved(tmp_path, array), "unchanged")
    assert read.shape == (*shape[:2], shape[2] if len(shape) == 3 else 1)
    assert np.array_equal(read, np.atleast_3d(array))
    assert read.dtype == array.dtype.newbyteorder("=")


def test_color_modes_apply(tmp_path: Path) -> None:
    path = saved(tmp_path, PIXELS)
    assert np.array_equal(read_image(path), PIXELS)
    assert read_image(path, "grayscale").shape == (7, 9, 1)
    deep = saved(tmp_path, PIXELS.astype(np.uint16) << 8, "deep.npy")
    assert np.array_equal(read_image(deep), PIXELS)
    with pytest.raises(ReadError, match=r'float32 cannot be converted .* color_mode="unchanged"'):
        read_image(saved(tmp_path, PIXELS.astype(np.float32), "float.npy"))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_holds_one_array_or_names_it(tmp_path: Path, save: Any) -> None:
    save(tmp_path / "one.npz", anything=PIXELS)
    assert np.array_equal(read_image(tmp_path / "one.npz"), PIXELS)
    save(tmp_path / "both.npz", image=PIXELS, mask=IDS, depth=IDS.astype(np.float32))
    assert np.array_equal(read_image(tmp_path / "both.npz"), PIXELS)
    assert np.array_equal(read_mask(tmp_path / "both.npz"), IDS)
    assert np.array_equal(read_image(tmp_path / "both.npz", "unchanged", "depth")[..., 0], IDS)
    save(tmp_path / "others.npz", x=PIXELS, y=IDS)
    with pytest.raises(ReadError, match=r"holds the arrays 'x', 'y', and none named 'image'.*read_image="):
        read_image(tmp_path / "others.npz")


def test_masks(tmp_path: Path) -> None:
    assert np.array_equal(read_class_ids(saved(tmp_path, IDS.astype(np.int64))), IDS)
    assert np.array_equal(read_class_ids(saved(tmp_path, IDS[..., np.newaxis])), IDS)
    inside = read_class_ids(saved(tmp_path, IDS > 2))
    assert inside.dtype == np.uint8
    assert np.array_equal(inside, IDS > 2)
    assert np.array_equal(read_mask_colors(saved(tmp_path, PIXELS)), PIXELS)
    with pytest.raises(ReadError, match=r"leave palette= out and give num_classes="):
        read_mask_colors(saved(tmp_path, IDS))
    with pytest.raises(ReadError, match="pixels of float32; expected class ids"):
        read_mask(saved(tmp_path, IDS.astype(np.float32)))
    # Of four equal channels, none is alpha, and they are not one of grey.
    assert read_mask(saved(tmp_path, np.zeros((7, 9, 4), np.uint8))).shape == (7, 9, 4)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 7, 9, 3)), r"shape \(2, 7, 9, 3\); expected one sample: .*from_arrays"),
        (np.zeros(5), r"shape \(5,\); expected one sample"),
        (np.zeros((0, 9)), r"shape \(0, 9\); expected one sample"),
        (np.zeros((3, 40, 50), np.uint8), r"channels seem to come first; .*numpy.moveaxis"),
        (np.array([[{}]]), "an array of object; expected numbers, .*never loaded"),
        (np.zeros((3, 3), np.complex64), "an array of complex64; expected numbers"),
        (np.zeros((3, 3), [("a", "u1")]), "expected numbers"),
    ],
)
def test_what_is_no_image(tmp_path: Path, array: Any, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_image(saved(tmp_path, array), "unchanged")


def test_a_header_that_promises_more_takes_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, np.zeros((50, 60), np.uint8))
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole + b"x", whole[:70], whole.replace(b"(50, 60)", b"(60, 60)")):
        path.write_bytes(damaged)
        with pytest.raises(ReadError, match=r"truncated or damaged|not an intact NumPy file"):
            read_image(path)
    path.write_bytes(whole.replace(b"(50, 60), ", b"(99999, 99999), ").replace(b"      \n", b"\n"))
    with pytest.raises(ReadError, match=r"declares 9999800001 pixels|not an intact"):
        read_image(path)
    monkeypatch.setenv("SEQAUG_MAX_IMAGE_PIXELS", "2000")
    path.write_bytes(whole)
    with pytest.raises(ReadError, match="declares 3000 pixels, more than the limit of 2000"):
        read_image(path)
    # Every further four channels count as much again.
    with pytest.raises(ReadError, match="declares 3000 pixels"):
        read_image(saved(tmp_path, np.zeros((10, 100, 9), np.uint8)), "unchanged")


def test_damaged_archives(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", image=PIXELS)
    whole = (tmp_path / "a.npz").read_bytes()
    for damaged in (whole[:60], whole[:-30], whole.replace(bytes(PIXELS[0, :4].tobytes()), b"\0" * 12)):
        (tmp_path / "a.npz").write_bytes(damaged)
        with pytest.raises(ReadError, match=r"NumPy file|damaged"):
            read_image(tmp_path / "a.npz")
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("readme.txt", "text")
    (tmp_path / "a.npz").write_bytes(memory.getvalue())
    with pytest.raises(ReadError, match="not an intact NumPy file"):
        read_image(tmp_path / "a.npz")
