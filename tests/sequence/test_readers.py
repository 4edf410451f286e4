"""Functions of a user's in the place of the built-in readers."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import h5py
import numpy as np
import pytest
from engine_settings import ENGINES

from seqaug import SampleError, SegmentationSequence

# Workers cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


class Raw:
    """Reads raw files of 6x8 pixels, and notes each call."""

    def __init__(self, dtype: str, log: Path) -> None:
        self.dtype = dtype
        self.log = str(log)

    def __call__(self, path: str) -> np.ndarray:
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"{os.path.basename(path)}\n")
        return np.fromfile(path, self.dtype).reshape(6, 8)


@pytest.fixture
def raw(tmp_path: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    for kind, dtype in (("ct", np.float32), ("seg", np.uint8)):
        (tmp_path / kind).mkdir()
        for name in "abcd":
            rng.integers(0, 3, (6, 8)).astype(dtype).tofile(tmp_path / kind / f"{name}.{kind}.raw")
    log = tmp_path / "log"
    return {"read_image": Raw("f4", log), "read_mask": Raw("u1", log), "num_classes": 3, "shuffle": False}


def expected(folder: Path, kind: str, dtype: str) -> np.ndarray:
    return np.stack([np.fromfile(path, dtype).reshape(6, 8) for path in sorted((folder / kind).iterdir())])


def find(folder: Path, **arguments: Any) -> SegmentationSequence:
    return SegmentationSequence.from_directory(
        folder / "ct", folder / "seg", image_suffix=".ct", mask_suffix=".seg", **arguments
    )


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("cache", [None, "memory", "directory"])
def test_every_engine_and_cache(tmp_path: Path, raw: Any, engine: Any, cache: str | None) -> None:
    if cache == "directory":
        raw |= {"cache": str(tmp_path / "cache"), "reader_name": "raw 1"}
    elif cache:
        raw["cache"] = cache
    with find(tmp_path, **raw, **engine) as sequence:
        for _ in range(2):
            x, y = sequence[0]
            assert np.array_equal(x[..., 0], expected(tmp_path, "ct", "f4"))
            assert np.array_equal(y, expected(tmp_path, "seg", "u1"))
        assert sequence.class_statistics().pixels.sum() == 4 * 48


def test_a_directory_keeps_samples_by_the_name_of_the_readers(tmp_path: Path, raw: Any) -> None:
    raw["cache"] = str(tmp_path / "cache")

    def reads(name: str) -> int:
        (tmp_path / "log").unlink(missing_ok=True)
        for _ in range(2):
            find(tmp_path, **raw, reader_name=name, workers=0)[0]
        log = tmp_path / "log"
        return len(log.read_text().split()) if log.exists() else 0

    first = reads("1")
    assert first > 0
    assert reads("1") < first
    assert reads("2") == first
    assert reads("1") < first
    for argument in ("cache", "statistics_dir"):
        settings = {**raw, "cache": None, argument: str(tmp_path / "cache")}
        with pytest.raises(ValueError, match=rf"{argument}='.*read_mask has changed; expected reader_name="):
            find(tmp_path, **settings)


def test_a_path_may_name_a_part_of_a_file(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, 9, 3), np.uint8)
    with h5py.File(tmp_path / "scans.h5", "w") as file:
        file["images"] = pixels
        file["masks"] = pixels[..., 0] % 2

    def read(path: str, name: str) -> np.ndarray:
        location, _, number = path.rpartition("#")
        with h5py.File(location) as scans:
            return scans[name][int(number)]

    paths = [f"{tmp_path}/scans.h5#{number}" for number in range(5)]
    for _ in range(2):
        sequence = SegmentationSequence(
            paths,
            paths,
            read_image=lambda path: read(path, "images"),
            read_mask=lambda path: read(path, "masks"),
            reader_name="h5",
            cache=str(tmp_path / "cache"),
            shuffle=False,
            num_classes=2,
        )
        x, y = sequence[0]
        assert np.array_equal(x, pixels * np.float32(1 / 255))
        assert np.array_equal(y, pixels[..., 0] % 2)
    assert len(list((tmp_path / "cache").rglob("*.*"))) >= 5
    assert SegmentationSequence(paths, read_image=lambda path: read(path, "images"))[0].shape == (5, 8, 9, 3)


def test_both_suffixes_of_compressed_files_are_no_part_of_the_name(tmp_path: Path, raw: Any) -> None:
    for kind, suffix in (("ct", ".nii.gz"), ("seg", ".png")):
        for path in list((tmp_path / kind).iterdir()):
            path.rename(path.with_name(f"{path.name[0]}{suffix}"))
    sequence = SegmentationSequence.from_directory(tmp_path / "ct", tmp_path / "seg", **raw)
    assert [os.path.basename(sample.image) for sample in sequence.samples] == [f"{name}.nii.gz" for name in "abcd"]
    x, y = sequence[0]
    assert np.array_equal(x[..., 0], expected(tmp_path, "ct", "f4"))
    assert np.array_equal(y, expected(tmp_path, "seg", "u1"))


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (lambda path: 1 / 0, r"b\.ct\.raw: read_image raises ZeroDivisionError: division by zero"),
        (lambda path: None, r"read_image returns NoneType, object of shape \(\); expected numbers"),
        (lambda path: np.full((6, 8), 2**25, np.int32), r"float32, which holds integers up to 16777216 exactly"),
        (lambda path: np.zeros((8, 6), np.uint8), r"'mask' is 6x8 and the image 8x6"),
    ],
)
def test_readers_that_fail(tmp_path: Path, raw: Any, reader: Any, message: str) -> None:
    (tmp_path / "ct" / "a.ct.raw").unlink()
    (tmp_path / "seg" / "a.seg.raw").unlink()
    with pytest.raises(SampleError, match=message):
        find(tmp_path, **{**raw, "read_image": reader})[0]


def test_wrong_arguments(tmp_path: Path, raw: Any) -> None:
    pixels = np.zeros((4, 6, 8), np.uint8)
    wrong: list[tuple[Any, type[Exception], str]] = [
        ({"read_image": "nifti"}, TypeError, "read_image='nifti'; expected a function"),
        ({"reader_name": 3}, TypeError, "reader_name=3; expected a text"),
        ({"color_mode": "grayscale"}, ValueError, "color_mode='grayscale' beside read_image"),
    ]
    for arguments, error, message in wrong:
        with pytest.raises(error, match=message):
            find(tmp_path, **{**raw, **arguments})
    with pytest.raises(ValueError, match="reader_name='1' without read_image"):
        SegmentationSequence(["a"], ["b"], reader_name="1")
    with pytest.raises(ValueError, match="images are not paths; expected paths"):
        SegmentationSequence(pixels, pixels, read_image=raw["read_image"])
    with pytest.raises(ValueError, match="read_mask without masks"):
        SegmentationSequence(["a"], read_mask=raw["read_mask"])
