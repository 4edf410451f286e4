"""Sequences of tiles."""

from __future__ import annotations

import copy
import re
import tracemalloc
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
import rasterio
from engine_settings import ENGINES

import seqaug
from seqaug import ClassCrop, CutMix, ReadError, SampleError, SegmentationSequence, Tiles
from seqaug.reading.images import read_image
from seqaug.reading.windows import read_image_window

SIZES = [(50, 70), (64, 33), (40, 40), (48, 96)]
CLASSES = 4


def write(folder: Path, suffix: str = ".png") -> tuple[list[str], list[str], list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(0)
    pixels = [rng.integers(0, 256, (*size, 3), np.uint8) for size in SIZES]
    ids = [rng.integers(0, CLASSES - 1, size).astype(np.uint8) for size in SIZES]
    ids[3][40:, 90:] = CLASSES - 1
    ids[0][:32, :32] = 255
    images, masks = [], []
    for number, (image, mask) in enumerate(zip(pixels, ids, strict=True)):
        images.append(str(folder / f"image{number}{suffix}"))
        masks.append(str(folder / f"mask{number}{suffix}"))
        if suffix == ".npy":
            np.save(images[-1], image)
            np.save(masks[-1], mask)
        else:
            cv2.imwrite(images[-1], image[..., ::-1])
            cv2.imwrite(masks[-1], mask)
    return images, masks, pixels, ids


ARGUMENTS: dict[str, Any] = {"num_classes": CLASSES, "ignore_index": 255, "rescale": None, "batch_size": 4}


def rows(sequence: SegmentationSequence) -> list[tuple[np.ndarray, np.ndarray]]:
    return [row for x, y in sequence for row in zip(np.asarray(x), np.asarray(y), strict=True)]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".npy"])
@pytest.mark.parametrize("edge", ["shift", "pad"])
@pytest.mark.parametrize("cache", [None, "memory", "directory"])
def test_tiles_are_windows_of_the_files(tmp_path: Path, suffix: str, edge: Any, cache: str | None) -> None:
    images, masks, pixels, ids = write(tmp_path, suffix)
    with SegmentationSequence(
        images,
        masks,
        tiles=Tiles(32, 20, edge=edge),
        shuffle=False,
        cache=tmp_path / "cache" if cache == "directory" else cache,
        **ARGUMENTS,
    ) as sequence:
        for _ in range(2):
            made = rows(sequence)
            assert len(made) == len(sequence.samples)
            for index, (image, mask) in enumerate(made):
                sample = sequence.samples[index]
                number = images.index(sample.image)
                assert sample.mask == masks[number]
                top, left, height, width = sample.window
                wanted = np.zeros((32, 32, 3), np.uint8), np.full((32, 32), 255, np.uint8)
                for whole, target in zip((pixels[number], ids[number]), wanted, strict=True):
                    part = whole[top : top + height, left : left + width]
                    target[: part.shape[0], : part.shape[1]] = part
                assert np.array_equal(image, wanted[0])
                assert np.array_equal(mask, wanted[1])


def test_the_bytes_are_the_same_from_every_engine_and_cache(tmp_path: Path) -> None:
    images, masks, _, _ = write(tmp_path)
    digests = set()
    for engine in ENGINES.values():
        for cache in (None, "memory", tmp_path / "cache"):
            transform = A.Compose([A.RandomCrop(24, 24), A.HorizontalFlip(), A.RandomBrightnessContrast(p=1)])
            with SegmentationSequence(
                images, masks, tiles=Tiles(32, 20, edge="pad"), transform=transform, cache=cache, **ARGUMENTS, **engine
            ) as sequence:
                digests.add(b"".join(part.tobytes() for row in rows(sequence) for part in row))
                digests.add(b"".join(part.tobytes() for row in rows(copy.copy(sequence)) for part in row))
    with (
        ProcessPoolExecutor(1, get_context("spawn")) as pool,
        SegmentationSequence(
            images, masks, tiles=Tiles(32, 20, edge="pad"), transform=transform, executor=pool, **ARGUMENTS
        ) as sequence,
    ):
        digests.add(b"".join(part.tobytes() for row in rows(sequence) for part in row))
    assert len(digests) == 1


def test_the_memory_cache_holds_one_entry_a_file(tmp_path: Path) -> None:
    images, masks, _, _ = write(tmp_path)
    cache = tmp_path / "cache"
    with SegmentationSequence(images, masks, tiles=Tiles(32, 16), cache=cache, **ARGUMENTS) as sequence:
        sequence.warm_cache()
        assert len(sequence.samples) > 2 * len(images)
    entries = [path for path in cache.rglob("*") if path.is_file() and path.stat().st_size > 40 * 40 * 4]
    assert len(entries) == len(images)


def test_samples_are_chosen_by_their_labels(tmp_path: Path) -> None:
    images, masks, _, ids = write(tmp_path)
    everything = SegmentationSequence(images, masks, tiles=Tiles(32, 16), workers=0, **ARGUMENTS)
    labelled = SegmentationSequence(images, masks, tiles=Tiles(32, 16, min_labelled=0.75), workers=0, **ARGUMENTS)
    rare = SegmentationSequence(
        images, masks, tiles=Tiles(32, 16, classes=[3]), workers=0, statistics_dir=tmp_path / "counts", **ARGUMENTS
    )
    wanted_labelled, wanted_rare = [], []
    for sample in everything.samples:  # type: ignore[attr-defined]
        mask = sample.window.cut(ids[images.index(sample.image)])
        if (mask != 255).mean() >= 0.75:
            wanted_labelled.append(sample)
        if (mask == 3).any():
            wanted_rare.append(sample)
    assert list(labelled.samples) == wanted_labelled  # type: ignore[call-overload]
    assert list(rare.samples) == wanted_rare  # type: ignore[call-overload]
    assert 0 < len(wanted_rare) < len(wanted_labelled) < len(everything.samples)
    counts = rare.class_statistics().counts
    assert counts.to_rows().tolist() == [
        [int((sample.window.cut(ids[images.index(sample.image)]) == label).sum()) for label in range(CLASSES)]
        for sample in wanted_rare
    ]
    assert next(mask for _, mask in rows(rare)).max() == 3
    with pytest.raises(ValueError, match=r"leaves none of .* tiles"):
        SegmentationSequence(images, masks, tiles=Tiles(32, classes=[4]), **{**ARGUMENTS, "num_classes": 5})


@pytest.mark.filterwarnings("ignore:oversample=")
def test_rare_tiles_are_oversampled(tmp_path: Path) -> None:
    images, masks, _, _ = write(tmp_path)
    arguments: dict[str, Any] = {"tiles": Tiles(16), "workers": 0, "samples_per_epoch": 200, **ARGUMENTS}

    def share(**more: Any) -> float:
        sequence = SegmentationSequence(images, masks, **arguments, **more)
        return float(np.mean([(mask == 3).any() for _, mask in rows(sequence)]))

    assert share() < 0.1
    assert share(oversample=seqaug.ClassUniform()) > 0.2
    crop = A.Compose([ClassCrop(8, 8), A.HorizontalFlip()])
    assert share(oversample="class_uniform", transform=crop) > 0.2


@pytest.mark.parametrize(
    "how", [{"validation_split": 0.5}, {"fold": (0, 2)}, {"validation_split": 0.5, "stratify": True}]
)
def test_tiles_of_a_file_do_not_leak_into_the_other_part(tmp_path: Path, how: dict[str, Any]) -> None:
    images, masks, _, _ = write(tmp_path)
    arrays = [[cv2.imread(path, -1) for path in paths] for paths in (images, masks)]
    training, validation = SegmentationSequence.from_arrays(*arrays, subset="both", tiles=Tiles(16), **how, **ARGUMENTS)
    sums = [{sample.image.tobytes() for sample in part.samples} for part in (training, validation)]  # type: ignore[attr-defined]
    assert not sums[0] & sums[1]
    assert len(sums[0] | sums[1]) == len(images)
    assert len(training.class_statistics().counts) == len(training.samples)


def test_prediction_keeps_the_order_of_tiles(tmp_path: Path) -> None:
    images, _, pixels, _ = write(tmp_path)
    sequence = SegmentationSequence(images, tiles=Tiles(32), batch_size=3, rescale=None, workers=0)
    made = [image for x in sequence for image in np.asarray(x)]
    for image, sample in zip(made, sequence.samples, strict=True):  # type: ignore[arg-type]
        assert np.array_equal(image, sample.window.cut(pixels[images.index(sample.image)]))
        assert sample.mask is None


def test_further_arrays_are_cut_too(tmp_path: Path) -> None:
    images, masks, _, ids = write(tmp_path)
    depth = [mask.astype(np.float32) * 10 for mask in ids]
    with SegmentationSequence(
        images,
        masks,
        tiles=Tiles(32, edge="pad"),
        additional={"depth": depth},
        additional_targets={"depth": "value"},
        value_fill=-1,
        class_weights="uniform",
        transform=A.HorizontalFlip(p=1),
        workers=0,
        **ARGUMENTS,
    ) as sequence:
        for _, y, weights in sequence:
            labelled = y["mask"] < 255
            assert np.array_equal(y["depth"][..., 0][labelled], y["mask"][labelled] * np.float32(10))
            padded = y["depth"][..., 0] == -1
            assert (y["mask"][padded] == 255).all()
            assert (weights["depth"][padded] == 0).all()
            assert (weights["mask"][padded] == 0).all()
    shifted = [np.zeros((height, width + 1), np.float32) for height, width in SIZES]
    with pytest.raises(SampleError, match="'depth' is 50x71 and the image 50x70"):
        SegmentationSequence(
            images,
            masks,
            tiles=Tiles(32),
            additional={"depth": shifted},
            additional_targets={"depth": "value"},
            **ARGUMENTS,
        )


@pytest.fixture
def windows_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two of the test's files fill a window of files that are decoded whole."""
    monkeypatch.setattr("seqaug.sources.tiled._WINDOW_BYTES", 2.1 * 4 * np.mean([h * w for h, w in SIZES]))


def files_at_once(sequence: SegmentationSequence, epoch: int = 0) -> int:
    """Return how many files have tiles both before and after some position of an epoch, or at it."""
    files = sequence.samples.parents[sequence._loader.indices(epoch).samples]  # type: ignore[attr-defined]
    places = [np.flatnonzero(files == number) for number in np.unique(files)]
    return max(sum(at[0] <= place <= at[-1] for at in places) for place in range(len(files)))


@pytest.mark.usefixtures("windows_of_two")
def test_tiles_of_files_that_are_decoded_whole_are_near_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, masks, _, _ = write(tmp_path)
    arguments: dict[str, Any] = {"tiles": Tiles(16, 8), "workers": 0, **ARGUMENTS}
    sequence = SegmentationSequence(images, masks, **arguments)
    assert files_at_once(sequence) == files_at_once(sequence, 1) == 2
    assert "order: shuffled, within 2 files at a time, seed 0" in repr(sequence)
    decoded = []
    monkeypatch.setattr(
        "seqaug.sources.files.read_image", lambda path, mode: decoded.append(path) or read_image(path, mode)
    )
    made = rows(sequence)
    assert sorted(decoded) == images  # the windows' files are kept
    # The order depends neither on the cache, nor on where a run resumes, nor on how many hosts share it.
    with SegmentationSequence(images, masks, cache="memory", **arguments) as cached:
        assert all(
            np.array_equal(a, b)
            for row, other in zip(made, rows(cached), strict=True)
            for a, b in zip(row, other, strict=True)
        )
    order = sequence._loader.indices(0).samples
    for _ in zip(range(3), sequence, strict=False):
        pass
    resumed = SegmentationSequence(images, masks, **arguments)
    resumed.load_state_dict(sequence.state_dict())
    assert np.array_equal(next(iter(resumed))[0], sequence[3][0])
    hosts = [SegmentationSequence(images, masks, shard=(host, 2), **arguments) for host in range(2)]
    assert all(np.array_equal(host._loader.indices(0).samples, order) for host in hosts)
    repeated = SegmentationSequence(images, masks, repeats=2, transform=A.RandomCrop(8, 8), **arguments)
    assert np.array_equal(repeated._loader.indices(0).samples, np.repeat(order, 2))
    weights = np.arange(len(order), dtype=float)
    weighted = SegmentationSequence(images, masks, oversample=weights, **arguments)
    assert files_at_once(weighted) == 2
    sequence.set_weights(weights)
    assert files_at_once(sequence, 1) == 2
    in_order = SegmentationSequence(images, masks, shuffle=False, **arguments)
    assert in_order._loader.indices(0).samples.tolist() == list(range(len(order)))
    sampler = SegmentationSequence(images, masks, oversample=lambda epoch: np.arange(len(order))[::-1], **arguments)
    assert sampler._loader.indices(0).samples[0] == len(order) - 1


@pytest.mark.usefixtures("windows_of_two")
def test_tiles_are_shuffled_over_all_files_of_which_windows_are_read(tmp_path: Path) -> None:
    for suffix in (".npy", ".tif"):
        images, masks, *arrays = write(tmp_path, suffix)
        if suffix == ".tif":
            for path, pixels in zip([*images, *masks], [*arrays[0], *arrays[1]], strict=True):
                cv2.imwrite(path, pixels[..., ::-1] if pixels.ndim == 3 else pixels, [cv2.IMWRITE_TIFF_COMPRESSION, 1])
        assert files_at_once(SegmentationSequence(images, masks, tiles=Tiles(16, 8), **ARGUMENTS)) == 4
    one = SegmentationSequence(images, masks, tiles=Tiles(16, 8, shuffle_files=1), **ARGUMENTS)
    assert files_at_once(one) == 1
    assert files_at_once(SegmentationSequence(*arrays, tiles=Tiles(16, 8), **ARGUMENTS)) == 4
    images, masks, *_ = write(tmp_path)
    all_files = SegmentationSequence(images, masks, tiles=Tiles(16, 8, shuffle_files=4), **ARGUMENTS)
    assert files_at_once(all_files) == 4


def test_windows_are_smaller_where_a_pixel_takes_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, masks, *_ = write(tmp_path)
    mean = np.mean([height * width for height, width in SIZES])
    monkeypatch.setattr("seqaug.sources.tiled._WINDOW_BYTES", 3.1 * 4 * mean)

    def window(**more: Any) -> Any:
        arguments: dict[str, Any] = {"tiles": Tiles(16), "batch_size": 4, **more}
        return SegmentationSequence(images, **arguments).samples.shuffle_window  # type: ignore[attr-defined]

    assert window(masks=masks, num_classes=CLASSES) == 3
    assert window() is None  # without masks, more files fit: all
    overlapping = {f"class {number}": masks for number in range(9)}
    assert window(masks=overlapping, mask_encoding="multi_label") == 2
    monkeypatch.setattr("seqaug.sources.tiled.KEPT_BYTES", 1.9 * 12 * mean)
    assert window(masks=overlapping, mask_encoding="multi_label") == 1


@pytest.mark.usefixtures("windows_of_two")
def test_one_warning_says_what_a_cache_would_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqaug.sequence.tiling.KEPT_BYTES", 20_000)
    images, masks, _, _ = write(tmp_path)
    arguments: dict[str, Any] = {"tiles": Tiles(16), "workers": 0, **ARGUMENTS}
    sequence = SegmentationSequence(images, masks, **arguments)
    with pytest.warns(
        UserWarning,
        match=r"image\d.png, mask \S+ is decoded whole for its \d+ tiles, which took \S+ s, and each worker process "
        r"decodes a file for each of 4 files in every epoch \(tiles of 2 files are shuffled together\): cache=.memory. "
        r"\(about \d+\.?\d* KB\) or a directory would save up to \S+ s of decoding an epoch in each of them",
    ) as caught:
        rows(sequence)
    assert len(caught) == 1
    rows(sequence)
    mixing = SegmentationSequence(images, masks, transform=CutMix(p=1), **arguments)
    with pytest.warns(UserWarning, match=r"a file for up to \d+ tiles in every epoch: cache="):
        rows(mixing)
    for quiet in ({"cache": "memory"}, {"shuffle": False}, {}):
        if not quiet:  # a process keeps all files
            monkeypatch.setattr("seqaug.sequence.tiling.KEPT_BYTES", 10**6)
        with SegmentationSequence(images, masks, **{**arguments, **quiet}) as other:
            rows(other)


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")  # where the test makes the file
@pytest.mark.parametrize(
    ("profile", "more", "message"),
    [
        (
            {"compress": "deflate"},
            {},
            r"image.tif is compressed in strips of \d+ rows of 96 pixels: for a tile of 16x16 \(height x width\), \d+ "
            r"times its pixels are decoded, in every epoch; cache=\S+ or a directory, or TIFF files in tiles",
        ),
        ({"compress": "lzw", "tiled": True, "blockxsize": 64, "blockysize": 32}, {}, None),
        ({}, {}, None),
        ({"compress": "deflate"}, {"cache": "memory"}, None),
        ({"compress": "deflate"}, {"shuffle": False}, None),
    ],
)
def test_one_warning_of_compressed_strips_that_are_much_wider_than_a_tile(
    tmp_path: Path, profile: dict[str, Any], more: dict[str, Any], message: str | None
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 96, 96), np.uint8)
    paths = [str(tmp_path / f"{name}.tif") for name in ("image", "mask")]
    for path, bands in zip(paths, (pixels, pixels[:1] % CLASSES), strict=True):
        shape = {"count": len(bands), "height": 96, "width": 96, "dtype": "uint8"}
        with rasterio.open(path, "w", driver="GTiff", **shape, **profile) as dataset:
            dataset.write(bands)
    arguments: dict[str, Any] = {"num_classes": CLASSES, "tiles": Tiles(16), "workers": 0, **more}
    sequence = SegmentationSequence(paths[:1], paths[1:], **arguments)
    with sequence, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rows(sequence)
        rows(sequence)
    found = [str(warning.message) for warning in caught]
    assert len(found) == (message is not None)
    if message is not None:
        assert re.search(message, found[0])


def test_padding_of_overlapping_classes_has_the_weight_0(tmp_path: Path) -> None:
    images, _, _, ids = write(tmp_path)
    organ, lesion = ([str(tmp_path / f"{name}{number}.png") for number in range(4)] for name in ("organ", "lesion"))
    for number, mask in enumerate(ids):
        cv2.imwrite(organ[number], (mask > 0) * np.uint8(255))
        cv2.imwrite(lesion[number], (mask == 1) * np.uint8(255))
    arguments: dict[str, Any] = {"tiles": Tiles(32, edge="pad"), "shuffle": False, "workers": 0, "batch_size": 4}
    overlapping = {"mask_encoding": "multi_label", "class_weights": "uniform"}
    sequence = SegmentationSequence(images, {"organ": organ, "lesion": lesion}, **overlapping, **arguments)
    one = SegmentationSequence(images, organ, num_classes=1, **overlapping, **arguments)
    index = 0
    for (_, y, weights), (_, of_one, weights_of_one) in zip(sequence, one, strict=True):
        assert np.array_equal(of_one, y[..., :1])
        assert np.array_equal(weights, weights_of_one)
        for row, weight in zip(np.asarray(y), np.asarray(weights), strict=True):
            height, width = sequence.samples.size_inside(index)  # type: ignore[attr-defined]
            mask = sequence.samples.window(index).cut(ids[sequence.samples.parent(index)])  # type: ignore[attr-defined]
            assert np.array_equal(row[:height, :width], np.stack([mask > 0, mask == 1], -1))
            assert weight.sum() == weight[:height, :width].sum() == height * width
            assert not row[height:].any()
            assert not row[:, width:].any()
            index += 1
    assert sequence.class_statistics().counts.to_rows()[:, 0].sum() == sum(int((mask > 0).sum()) for mask in ids)
    many = {f"class {number}": organ for number in range(17)}  # two maps of bits
    of_many = SegmentationSequence(images, many, **overlapping, **arguments)
    for (_, y, weights), (_, of_one, weights_of_one) in zip(of_many, one, strict=True):
        assert np.array_equal(y, np.repeat(of_one, 17, axis=-1))
        assert np.array_equal(weights, weights_of_one)
    with pytest.raises(ValueError, match=r'without weights.*expected class_weights="uniform"'):
        SegmentationSequence(images, organ, num_classes=1, mask_encoding="multi_label", **arguments)
    with pytest.raises(ValueError, match=r'"binary".*expected edge="shift"; or mask_encoding="multi_label"'):
        SegmentationSequence(images, organ, mask_encoding="binary", **arguments)


class Doubled(SegmentationSequence):
    def load(self, index: int) -> dict[str, np.ndarray]:
        sample = dict(super().load(index))
        sample["image"] //= 2  # in place: tiles are the caller's own
        return sample

    def cache_key(self, index: int) -> str | None:
        return f"{super().cache_key(index)} halved"


@pytest.mark.parametrize("cache", [None, "memory"])
def test_a_subclass_loads_tile_by_tile(tmp_path: Path, cache: Any) -> None:
    images, masks, _, _ = write(tmp_path)
    arguments: dict[str, Any] = {"tiles": Tiles(32, 20, edge="pad"), "shuffle": False, "workers": 0, **ARGUMENTS}
    plain, halved = SegmentationSequence(images, masks, **arguments), Doubled(images, masks, cache=cache, **arguments)
    for _ in range(2):
        for (x, y), (image, mask) in zip(rows(plain), rows(halved), strict=True):
            assert np.array_equal(x // 2, image)
            assert np.array_equal(y, mask)


def test_partners_are_tiles(tmp_path: Path) -> None:
    images, masks, _, _ = write(tmp_path)
    sequence = SegmentationSequence(
        images, masks, tiles=Tiles(32, edge="pad"), transform=CutMix(p=1), workers=0, **ARGUMENTS
    )
    assert np.asarray(sequence[0][0]).shape == (4, 32, 32, 3)


def test_shards_share_the_tiles(tmp_path: Path) -> None:
    images, masks, _, _ = write(tmp_path)
    arguments: dict[str, Any] = {"tiles": Tiles(16), "workers": 0, **ARGUMENTS}
    one = SegmentationSequence(images, masks, **{**arguments, "batch_size": 8})
    two = [SegmentationSequence(images, masks, shard=(index, 2), **arguments) for index in range(2)]
    for number in range(len(two[0])):
        side_by_side = np.concatenate([np.asarray(part[number][0]) for part in two])
        whole = np.asarray(one[number][0])[: len(side_by_side)]
        assert np.array_equal(side_by_side, whole)


def test_descriptions_name_the_window(tmp_path: Path) -> None:
    images, masks, _, _ = write(tmp_path)
    sequence = SegmentationSequence(images, masks, tiles=Tiles(32, 16), workers=0, **ARGUMENTS)
    assert sequence.samples.describe(1).endswith("image0.png, mask " + masks[0] + ", rows 0 to 32, columns 16 to 48")
    assert "tiles: 32x32, stride (16, 16), edge='shift', of 4 images" in repr(sequence)
    bad = cv2.imread(masks[1], -1)
    bad[60, 30] = 77
    cv2.imwrite(masks[1], bad)
    with pytest.raises(SampleError, match=r"mask1\.png, rows 32 to 64, columns 1 to 33.*the id 77"):
        rows(sequence)


def test_changed_files_are_errors(tmp_path: Path) -> None:
    images, masks, _, _ = write(tmp_path)
    sequence = SegmentationSequence(images, masks, tiles=Tiles(32), shuffle=False, workers=0, **ARGUMENTS)
    for path in (images[0], masks[0]):
        cv2.imwrite(path, np.zeros((80, 80), np.uint8))
    with pytest.raises(SampleError, match="'image' is 80x80, and was 50x70"):
        sequence[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tiles": 32}, r"expected seqaug\.Tiles\(size\)"),
        ({"tiles": Tiles(32), "prepare": A.ToGray(p=1)}, "prepare= beside tiles="),
        ({"tiles": Tiles(200)}, "larger than every image"),
        ({"tiles": Tiles(48)}, r"smaller than a tile of 48x48.*expected Tiles\(edge=\"pad\"\)"),
        ({"tiles": Tiles(32, edge="pad"), "ignore_index": None}, r'Tiles\(edge="pad"\) without ignore_index'),
        ({"tiles": Tiles(32, classes=["car"])}, "Tiles.classes.: the class 'car' is unknown"),
        ({"tiles": Tiles(32, classes=[9])}, "Tiles.classes.: the class 9 is unknown"),
        ({"tiles": Tiles(32, classes=[1]), "num_classes": None}, "needs num_classes="),
    ],
)
def test_wrong_arguments_are_errors(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    images, masks, _, _ = write(tmp_path)
    with pytest.raises((ValueError, TypeError), match=message):
        SegmentationSequence(images, masks, **{**ARGUMENTS, **arguments})


@pytest.mark.filterwarnings("ignore:names of images and masks")
def test_files_that_do_not_fit_are_errors(tmp_path: Path) -> None:
    images, masks, _, ids = write(tmp_path)
    with pytest.raises(SampleError, match=re.escape("'mask' is 64x33 and the image 50x70")):
        SegmentationSequence(images[:2], [masks[1], masks[0]], tiles=Tiles(32), **ARGUMENTS)
    with pytest.raises(SampleError, match="no such file"):
        SegmentationSequence([*images[:-1], "missing.png"], masks, tiles=Tiles(32), **ARGUMENTS)
    cv2.imwrite(masks[0], ids[0].T)
    with pytest.raises(SampleError, match="looks turned by 90 degrees"):
        SegmentationSequence(images, masks, tiles=Tiles(32), **ARGUMENTS)
    with pytest.raises(ValueError, match="without masks"):
        SegmentationSequence(images, tiles=Tiles(32, min_labelled=0.5))

    class Loading(SegmentationSequence):
        def load(self, index: int) -> dict[str, np.ndarray]:
            return {}

    with pytest.raises(ValueError, match="tiles= without images"):
        Loading(num_samples=3, tiles=Tiles(32), **ARGUMENTS)


def test_rasters_larger_than_memory_are_read_in_windows(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    side, rng = 40_000, np.random.default_rng(0)
    patch = rng.integers(1, 256, (3, 300, 300), np.uint8)
    paths = [str(tmp_path / name) for name in ("image.tif", "mask.tif")]
    options = {"driver": "GTiff", "height": side, "width": side, "dtype": "uint8", "tiled": True, "compress": "deflate"}
    from rasterio.transform import Affine

    for path, bands in zip(paths, (patch, patch[:1] % 3), strict=True):
        where = Affine(2, 0, 7, 0, -2, 9)
        with rasterio.open(path, "w", count=len(bands), SPARSE_OK=True, transform=where, **options) as file:
            file.write(bands, window=rasterio.windows.Window(39_600, 39_650, 300, 300))
    for cache in (None, "memory"):
        sequence = SegmentationSequence(
            *([path] for path in paths), tiles=Tiles(512), shuffle=False, cache=cache, workers=0, **ARGUMENTS
        )
        assert len(sequence.samples) == 79 * 79
        tracemalloc.start()
        x, y = sequence[len(sequence) - 1]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2**26
        top, left, *_ = sequence.samples[len(sequence.samples) - 1].window
        assert (top, left) == (side - 512, side - 512)
        rows, columns = slice(39_650 - top, 39_950 - top), slice(39_600 - left, 39_900 - left)
        assert np.array_equal(np.asarray(x)[-1][rows, columns], np.moveaxis(patch, 0, -1))
        assert np.array_equal(np.asarray(y)[-1][rows, columns], patch[0] % 3)
        assert np.count_nonzero(np.asarray(x)[-1]) == patch.size


@pytest.mark.parametrize("tiled", [True, False])
def test_truncated_rasters_are_errors(tmp_path: Path, tiled: bool) -> None:
    rasterio = pytest.importorskip("rasterio")
    from rasterio.transform import Affine

    path, mask = str(tmp_path / "image.tif"), str(tmp_path / "mask.npy")
    np.save(mask, np.zeros((512, 256), np.uint8))
    options: dict[str, Any] = {"tiled": True, "blockxsize": 256, "blockysize": 256} if tiled else {}
    options |= {"height": 512, "width": 256, "dtype": "uint8", "transform": Affine(2, 0, 7, 0, -2, 9)}
    with rasterio.open(path, "w", driver="GTiff", count=1, **options) as file:
        file.write(np.random.default_rng(0).integers(0, 256, (1, 512, 256), np.uint8))
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: len(content) * 2 // 3])
    sequence = SegmentationSequence(
        [path], [mask], tiles=Tiles(256), shuffle=False, workers=0, **{**ARGUMENTS, "batch_size": 1}
    )
    assert np.asarray(sequence[0][0]).any()
    with pytest.raises(SampleError, match=r"rows 256 to 512.*truncated or damaged \(.*IReadBlock failed.*; copy"):
        sequence[1]
    Path(path).write_bytes(content[:6])
    with pytest.raises(SampleError, match=r"image\.tif"):
        SegmentationSequence([path], [mask], tiles=Tiles(256), workers=0, **ARGUMENTS)


@pytest.mark.parametrize("kind", ["grey", "rgb", "rgba", "deep", "bands", "planar", "white", "jpeg", "palette"])
@pytest.mark.parametrize("color_mode", ["rgb", "grayscale", "rgba", "unchanged"])
def test_windows_of_tiffs_have_the_pixels_of_whole_files(tmp_path: Path, kind: str, color_mode: Any) -> None:
    rasterio = pytest.importorskip("rasterio")
    pytest.importorskip("tifffile")
    rng = np.random.default_rng(0)
    count = {"grey": 1, "white": 1, "palette": 1, "rgba": 4, "bands": 6}.get(kind, 3)
    bands = rng.integers(0, 256, (count, 70, 90)).astype(np.uint16 if kind == "deep" else np.uint8)
    path = str(tmp_path / "image.tif")
    options: dict[str, Any] = {
        "compress": "lzw",
        "photometric": {"grey": "minisblack", "bands": "minisblack"}.get(kind, "rgb"),
    }
    options |= {"planar": {"interleave": "band"}}.get(kind, {})
    if kind in ("white", "palette"):
        options["photometric"] = "miniswhite" if kind == "white" else "palette"
    if kind == "jpeg":
        options = {"compress": "jpeg", "photometric": "ycbcr"}
    from rasterio.transform import Affine

    options |= {"height": 70, "width": 90, "dtype": bands.dtype.name, "transform": Affine(2, 0, 7, 0, -2, 9)}
    with rasterio.open(path, "w", driver="GTiff", count=count, **options) as file:
        file.write(bands)
        if kind == "palette":
            file.write_colormap(1, {value: (255 - value, value, 7, 255) for value in range(256)})
    try:
        whole = read_image(path, color_mode)
    except ReadError:
        whole = None
    try:
        window = read_image_window(path, (3, 5, 200, 50), color_mode)
    except ReadError:
        assert whole is None
        return
    assert (window is None) == (kind in ("white", "jpeg", "palette"))
    if window is not None:
        assert whole is not None
        assert window.dtype == whole.dtype
        assert np.array_equal(window, whole[3:200, 5:50])
