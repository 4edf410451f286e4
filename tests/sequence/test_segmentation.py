"""Images and masks: batches, epochs, constructors, and errors."""

import inspect
import shutil
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cloudpickle
import cv2
import numpy as np
import pandas as pd
import pytest
from small_pairs import COLORS, write_pairs

from seqaug import Palette, SampleError, SegmentationSequence, SeqaugWarning, TransformError

# Workers cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PALETTE = Palette(COLORS, ignore=("void",))


def collect(sequence: Any) -> tuple[np.ndarray, np.ndarray]:
    """Stack all batches of an epoch."""
    batches = list(sequence)
    return np.concatenate([x for x, _ in batches]), np.concatenate([y for _, y in batches])


def plain(pairs: Any, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "shuffle": False, "batch_size": 4, "workers": 0, **arguments}
    return SegmentationSequence(pairs.images, pairs.masks, **settings)


# What comes out


def test_a_batch_is_images_and_class_ids(pairs: Any) -> None:
    sequence = plain(pairs)
    assert len(sequence) == 2
    x, y = sequence[0]
    assert (x.shape, x.dtype) == ((4, 24, 32, 3), np.float32)
    assert (y.shape, y.dtype) == ((4, 24, 32), np.uint8)
    assert np.array_equal(x, pairs.pixels[:4] * np.float32(1 / 255))
    assert np.array_equal(y, pairs.ids[:4])
    assert [len(y) for _, y in sequence] == [4, 2]


def test_its_attributes(pairs: Any) -> None:
    sequence = plain(pairs, seed=5)
    assert len(sequence.samples) == 6
    assert sequence.samples[3] == (pairs.images[3], pairs.masks[3])
    assert sequence.palette is PALETTE
    assert (sequence.num_classes, sequence.ignore_index) == (3, 255)
    assert sequence.class_names == ["ground", "wall", "lamp"]
    assert (sequence.batch_size, sequence.seed) == (4, 5)


def test_the_last_batch_can_be_left_out(pairs: Any) -> None:
    sequence = plain(pairs, drop_remainder=True)
    assert [len(y) for _, y in sequence] == [4]
    assert len(plain(pairs, batch_size=3, drop_remainder=True)) == 2


def test_indices_out_of_range(pairs: Any) -> None:
    sequence = plain(pairs)
    assert np.array_equal(sequence[-1][1], sequence[1][1])
    for index in (2, -3):
        with pytest.raises(IndexError):
            sequence[index]


@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
def test_encodings(pairs: Any) -> None:
    one_hot = plain(pairs, mask_encoding="one_hot")[0][1]
    assert (one_hot.shape, one_hot.dtype) == ((4, 24, 32, 3), np.float32)
    assert np.array_equal(one_hot.argmax(-1)[pairs.ids[:4] != 255], pairs.ids[:4][pairs.ids[:4] != 255])
    assert not one_hot[pairs.ids[:4] == 255].any()
    images, masks = pairs.pixels, (pairs.ids == 1).astype(np.uint8) * 255
    binary = SegmentationSequence(
        images, np.stack([masks] * 3, -1), palette="binary", mask_encoding="binary", shuffle=False
    )[0][1]
    assert (binary.shape, binary.dtype) == ((6, 24, 32, 1), np.float32)
    assert np.array_equal(binary[..., 0], pairs.ids == 1)
    ids = SegmentationSequence(images, pairs.ids == 1, mask_encoding="binary", shuffle=False)
    assert np.array_equal(ids[0][1], binary)


def test_uint8_to_the_end(pairs: Any) -> None:
    x, _ = plain(pairs, rescale=None)[0]
    assert x.dtype == np.uint8
    assert np.array_equal(x, pairs.pixels[:4])


def test_normalized_images_are_not_rescaled_again(pairs: Any) -> None:
    x, _ = plain(pairs, transform=A.Normalize(mean=(0, 0, 0), std=(1, 1, 1), max_pixel_value=255))[0]
    assert x.dtype == np.float32
    assert np.allclose(x, pairs.pixels[:4] / 255, atol=1e-6)


@pytest.mark.parametrize(("mode", "channels"), [("grayscale", 1), ("rgb", 3), ("rgba", 4), ("unchanged", 3)])
def test_colour_modes(pairs: Any, mode: str, channels: int) -> None:
    assert plain(pairs, color_mode=mode)[0][0].shape == (4, 24, 32, channels)


def test_deep_images_unchanged(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (8, 8, 3), dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), deep[..., ::-1])
    cv2.imwrite(str(tmp_path / "m.png"), np.zeros((8, 8), np.uint8))
    sequence = SegmentationSequence([tmp_path / "a.png"], [tmp_path / "m.png"], color_mode="unchanged")
    with pytest.warns(SeqaugWarning, match="images are uint16 and reach the model unscaled"):
        x, _ = sequence[0]
    assert np.array_equal(x[0], deep)


def test_image_size(pairs: Any) -> None:
    x, y = plain(pairs, image_size=(12, 40))[0]
    assert x.shape == (4, 12, 40, 3)
    assert y.shape == (4, 12, 40)
    assert set(np.unique(y)) <= {0, 1, 2, 255}


def test_masks_of_ids(pairs: Any, tmp_path: Path) -> None:
    paths = []
    for number, ids in enumerate(pairs.ids):
        paths.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(paths[-1]), ids)
    known = SegmentationSequence(pairs.images, paths, num_classes=3, ignore_index=255, shuffle=False)[0][1]
    assert known.dtype == np.uint8
    assert np.array_equal(known, pairs.ids)
    unknown = SegmentationSequence(pairs.images, paths, shuffle=False)[0][1]
    assert unknown.dtype == np.int32
    assert np.array_equal(unknown, pairs.ids)


# Epochs


def test_epochs(pairs: Any) -> None:
    sequence = plain(pairs, shuffle=True, batch_size=6)
    shown = []
    for epoch in range(3):
        assert sequence.epoch == epoch
        shown.append(sequence[0][0])
        assert np.array_equal(shown[-1], sequence[0][0])
        sequence.on_epoch_end()
    assert not np.array_equal(shown[0], shown[1])
    assert np.array_equal(np.sort(shown[0], axis=None), np.sort(shown[1], axis=None))
    sequence.set_epoch(1)
    assert np.array_equal(sequence[0][0], shown[1])


def test_an_epoch_can_be_ended_by_hand(pairs: Any) -> None:
    sequence = plain(pairs)
    sequence.on_epoch_end()
    assert sequence.epoch == 1
    assert len(sequence) == 2
    sequence.on_epoch_end()
    assert sequence.epoch == 2
    assert sequence.num_batches == 2
    sequence[0]
    sequence.on_epoch_end()
    assert sequence.epoch == 3
    sequence[0]  # as `predict` does: peek, then begin without an end
    sequence.on_epoch_begin()
    sequence.on_epoch_end()
    assert sequence.epoch == 4
    sequence.set_epoch(7)
    sequence.on_epoch_end()
    assert sequence.epoch == 8


def test_an_iteration_stays_in_its_epoch(pairs: Any) -> None:
    sequence = plain(pairs, shuffle=True, batch_size=2, workers=1, max_queue_size=1)
    expected = [x for x, _ in sequence]
    shown = []
    for x, _ in sequence:
        shown.append(x)
        if len(shown) == 1:
            sequence.set_epoch(5)
    assert all(np.array_equal(*both) for both in zip(shown, expected, strict=True))


def test_shorter_epochs_continue_one_pass(pairs: Any) -> None:
    sequence = plain(pairs, shuffle=True, samples_per_epoch=3, batch_size=3)
    assert len(sequence) == 1
    first = sequence[0][0]
    sequence.on_epoch_end()
    both = np.concatenate([first, sequence[0][0]])
    assert len(np.unique(both.reshape(6, -1), axis=0)) == 6
    assert sum(len(y) for _, y in plain(pairs, samples_per_epoch=10)) == 10


def test_oversampling_by_class() -> None:
    ids = np.zeros((20, 8, 8), np.uint8)
    ids[:, :4] = 1
    ids[7, 0, 0] = 2
    images = np.zeros((20, 8, 8, 3), np.uint8)
    with pytest.warns(SeqaugWarning, match=r"oversample='class_uniform': sample 7 alone takes 36\.7% of the positions"):
        sequence = SegmentationSequence(
            images, ids, num_classes=4, oversample="class_uniform", batch_size=30, samples_per_epoch=30
        )
    assert (sequence[0][1] == 2).any(axis=(1, 2)).sum() >= 10
    weighted = SegmentationSequence(images, ids, num_classes=3, oversample=np.arange(20) == 7, batch_size=20)
    assert (weighted[0][1] == 2).any(axis=(1, 2)).all()


# Ways in


def test_arrays(pairs: Any) -> None:
    settings = {"shuffle": False, "num_classes": 3, "ignore_index": 255}
    for images in (pairs.pixels, list(pairs.pixels)):
        x, y = SegmentationSequence(images, pairs.ids, **settings)[0]
        assert np.array_equal(x, pairs.pixels * np.float32(1 / 255))
        assert np.array_equal(y, pairs.ids)
    x, _ = SegmentationSequence(pairs.pixels[..., 0], pairs.ids, **settings)[0]
    assert x.shape == (6, 24, 32, 1)
    table = np.zeros((256, 3), np.uint8)
    table[[0, 1, 2, 255]] = list(COLORS.values())
    _, y = SegmentationSequence(pairs.pixels, table[pairs.ids], palette=PALETTE, shuffle=False)[0]
    assert np.array_equal(y, pairs.ids)


def test_arrays_are_not_written_to(pairs: Any) -> None:
    images, masks = pairs.pixels.copy(), pairs.ids.copy()
    images.flags.writeable = masks.flags.writeable = False
    transform = A.Compose([A.CoarseDropout(p=1), A.HorizontalFlip(p=1), A.RandomBrightnessContrast(p=1)])
    collect(SegmentationSequence(images, masks, num_classes=3, ignore_index=255, transform=transform))
    assert np.array_equal(images, pairs.pixels)
    assert np.array_equal(masks, pairs.ids)


def test_from_directory(pairs: Any) -> None:
    folder = Path(pairs.images[0]).parents[1]
    sequence = SegmentationSequence.from_directory(
        folder / "images", folder / "masks", palette=PALETTE, shuffle=False, batch_size=6
    )
    assert np.array_equal(sequence[0][1], pairs.ids)


def test_from_dataframe_and_csv(pairs: Any) -> None:
    folder = Path(pairs.images[0]).parents[1]
    frame = pd.DataFrame({"x": [f"images/{i:03}.png" for i in range(6)], "y": [f"masks/{i:03}.png" for i in range(6)]})
    settings = {"image_col": "x", "mask_col": "y", "palette": PALETTE, "shuffle": False, "batch_size": 6}
    sequence = SegmentationSequence.from_dataframe(frame, root=folder, **settings)
    assert np.array_equal(sequence[0][1], pairs.ids)
    frame.to_csv(folder / "pairs.csv")
    sequence = SegmentationSequence.from_csv(folder / "pairs.csv", **settings)
    assert np.array_equal(sequence[0][1], pairs.ids)


@pytest.mark.parametrize("way", ["directory", "dataframe", "csv"])
def test_both_subsets_of_a_split(pairs: Any, way: str) -> None:
    folder = Path(pairs.images[0]).parents[1]
    frame = pd.DataFrame({"image": pairs.images, "mask": pairs.masks})
    frame.to_csv(folder / "pairs.csv")
    make: dict[str, Callable[..., SegmentationSequence]] = {
        "directory": lambda **split: SegmentationSequence.from_directory(folder / "images", folder / "masks", **split),
        "dataframe": lambda **split: SegmentationSequence.from_dataframe(frame, **split),
        "csv": lambda **split: SegmentationSequence.from_csv(folder / "pairs.csv", **split),
    }
    parts = [
        [sample.image for sample in make[way](validation_split=0.34, subset=subset, seed=3).samples]
        for subset in ("training", "validation")
    ]
    assert [len(part) for part in parts] == [4, 2]
    assert sorted(parts[0] + parts[1]) == sorted(pairs.images)
    with pytest.raises(ValueError, match=r"subset='training' without validation_split"):
        make[way](subset="training")


class Squares(SegmentationSequence):
    """Data without files."""

    def __init__(self, sizes: list[int], **arguments: Any) -> None:
        self.sizes = sizes
        super().__init__(num_samples=len(sizes), **arguments)

    def load(self, index: int) -> dict[str, np.ndarray]:
        mask = np.zeros((16, 16), np.uint8)
        mask[: self.sizes[index]] = 1
        return {"image": mask * 100, "mask": mask}


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_subclass_that_loads_its_own_data(workers: int) -> None:
    sequence = Squares([1, 2, 3, 4, 5], num_classes=2, shuffle=False, batch_size=2, workers=workers)
    x, y = collect(sequence)
    assert x.shape == (5, 16, 16, 1)
    assert y.sum(axis=(1, 2)).tolist() == [16, 32, 48, 64, 80]
    assert sequence.samples[4] == (None, None)
    assert (
        Squares([0, 0, 0, 9], num_classes=2, oversample="class_uniform", workers=workers, batch_size=8)[0][1]
        .any(axis=(1, 2))
        .sum()
        >= 2
    )


class WithDepth(SegmentationSequence):
    """Two more inputs, and a batch put together for them: metres, and ids of instances."""

    def load(self, index: int) -> dict[str, np.ndarray]:
        loaded = dict(super().load(index))
        height, width = loaded["mask"].shape[:2]
        ids = np.arange(height * width, dtype=np.int64).reshape(height, width) + 10**10
        return {**loaded, "depth": depth_of(loaded["image"]), "instances": ids, "parts": loaded["mask"][..., 0]}

    def cache_key(self, index: int) -> str | None:
        return f"{super().cache_key(index)} depth"

    def assemble(self, batch: dict[str, np.ndarray]) -> Any:
        inputs = {name: batch[name] for name in ("image", "depth", "instances", "parts", "index")}
        return (
            (inputs, batch["mask"]) if "sample_weight" not in batch else (inputs, batch["mask"], batch["sample_weight"])
        )


def depth_of(image: np.ndarray) -> np.ndarray:
    """Give metres, 0.5 to 255, by which a pixel's red is known again."""
    return 0.5 + image[..., 0].astype(np.float64) * (254.5 / 255)


TARGETS = {"depth": "value", "instances": "value_nearest", "parts": "mask"}


def with_depth(pairs: Any, transform: Any, **arguments: Any) -> WithDepth:
    settings = {"value_fill": {"depth": float("nan"), "instances": -1}, "batch_size": 3, "seed": 1, **arguments}
    return WithDepth(
        pairs.images, pairs.masks, palette=PALETTE, transform=transform, additional_targets=TARGETS, **settings
    )


def test_a_subclass_with_further_inputs(pairs: Any) -> None:
    sequence = with_depth(
        pairs, A.Compose([A.RandomCrop(16, 16), A.HorizontalFlip(), A.RandomBrightnessContrast(), A.Normalize()])
    )
    inputs, y = sequence[1]
    assert (inputs["depth"].shape, inputs["depth"].dtype) == ((3, 16, 16), np.float32)
    assert (inputs["instances"].shape, inputs["instances"].dtype) == ((3, 16, 16), np.int64)
    assert y.shape == (3, 16, 16)
    assert [sequence.samples[i].image for i in inputs["index"]] == [pairs.images[i] for i in inputs["index"]]
    for row, index in enumerate(inputs["index"]):
        # Ids say which pixel it was; whatever the transform did to colours, metres are those of the file, to the bit.
        places = inputs["instances"][row].ravel() - 10**10
        depth = depth_of(pairs.pixels[index]).astype(np.float32).ravel()
        assert np.array_equal(inputs["depth"][row].ravel(), depth[places])
        assert np.array_equal(y[row].ravel(), pairs.ids[index].ravel()[places])


def test_filled_pixels_of_maps(pairs: Any) -> None:
    transform = A.Compose([A.Affine(rotate=(20, 30), scale=(0.8, 1.2), p=1), A.PadIfNeeded(30, 40)])
    for size in (None, (19, 50)):
        sequence = with_depth(pairs, transform, image_size=size, class_weights="uniform")
        inputs, y, weight = sequence[0]
        filled = inputs["instances"] == -1
        assert filled.any()
        assert (y[filled] == 255).all()
        assert np.array_equal(np.isnan(inputs["depth"]), filled)
        assert 0.5 <= np.nanmin(inputs["depth"]) <= np.nanmax(inputs["depth"]) <= 255.001
        assert np.array_equal(weight == 0, y == 255)


@pytest.mark.parametrize("chosen", [3, None])
def test_filled_pixels_of_maps_have_no_weight_whatever_their_label_is(chosen: int | None) -> None:
    class Plain(SegmentationSequence):
        def load(self, index: int) -> dict[str, np.ndarray]:
            ones = np.ones((12, 12), np.uint8)
            return {"image": np.dstack([ones] * 3), "mask": ones, "depth": ones * 2.5}

        def assemble(self, batch: dict[str, np.ndarray]) -> Any:
            return batch["depth"], batch["mask"], batch["sample_weight"]

    def sequence() -> Any:
        pad = A.Pad(2) if chosen is None else A.Pad(2, fill_mask=chosen)
        kinds = {"additional_targets": {"depth": "value"}, "value_fill": 0}
        return Plain(num_samples=1, num_classes=4, transform=pad, class_weights=[1, 2, 1, 1], **kinds)

    if chosen is None:
        with pytest.warns(SeqaugWarning, match=r"Pad can fill pixels of a mask"):
            padded = sequence()
    else:
        padded = sequence()
    depth, y, weight = padded[0]
    inside = np.zeros((1, 16, 16), bool)
    inside[:, 2:-2, 2:-2] = True
    assert np.array_equal(depth, np.where(inside, np.float32(2.5), np.float32(0)))
    assert np.array_equal(y, np.where(inside, 1, chosen or 0))
    assert np.array_equal(weight, np.where(inside, np.float32(2), np.float32(0)))


@pytest.mark.parametrize(
    "how",
    [
        {"workers": 2},
        {"workers": 2, "use_multiprocessing": True},
        {"workers": 0, "cache": "memory"},
        {"workers": 0, "cache": "directory"},
    ],
    ids=str,
)
def test_maps_are_the_same_bytes_however_they_are_made(pairs: Any, how: dict[str, Any], tmp_path: Path) -> None:
    transform = A.Compose([A.Rotate(30, p=1), A.RandomBrightnessContrast()])
    if how.get("cache") == "directory":
        how = {**how, "cache": tmp_path / "cache"}
    expected = list(with_depth(pairs, transform, workers=0))
    with with_depth(pairs, transform, **how) as sequence:
        for _ in range(2):
            for (one, _), (other, _) in zip(sequence, expected, strict=True):
                assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_invalid_maps_are_reported_with_their_sample(pairs: Any) -> None:
    class Holed(WithDepth):
        def load(self, index: int) -> dict[str, np.ndarray]:
            loaded = super().load(index)
            loaded["depth"][3:5, 4] = np.nan
            return loaded

    sequence = Holed(pairs.images, pairs.masks, palette=PALETTE, additional_targets=TARGETS, workers=0)
    with pytest.raises(SampleError, match=r"'depth' is NaN or infinite in 2 of 768 values.*\"value_nearest\""):
        sequence[0]
    with pytest.raises(ValueError, match=r"Rotate can fill pixels .*in 'depth'; expected value_fill="):
        with_depth(pairs, A.Rotate(30), value_fill=None)


def test_additional_targets_need_a_load_that_returns_them(pairs: Any) -> None:
    with pytest.raises(
        ValueError, match=r"additional_targets names 'depth', and nothing loads.*additional=.*overrides load"
    ):
        plain(pairs, additional_targets={"depth": "image"})


def test_camvid_masks_are_its_class_ids(camvid: Path) -> None:
    sequence = SegmentationSequence.from_directory(
        camvid / "val" / "images", camvid / "val" / "masks", palette="camvid", shuffle=False, batch_size=10, workers=2
    )
    truth = [cv2.imread(sample.mask.replace("masks", "class_ids"), -1) for sample in sequence.samples]
    _, y = collect(sequence)
    sequence.close()
    assert np.array_equal(np.where(y == 255, 11, y), np.stack(truth))


# Workers


def test_threads_end_with_the_sequence(pairs: Any) -> None:
    others = set(threading.enumerate())

    def ours() -> set[threading.Thread]:
        return set(threading.enumerate()) - others

    with plain(pairs, workers=3) as sequence:
        collect(sequence)
        assert ours()
    assert not ours()
    assert sequence[0][0].shape == (4, 24, 32, 3)
    sequence.close()
    assert not ours()


def test_keras_is_told_the_workers(pairs: Any) -> None:
    sequence = plain(pairs, workers=3, max_queue_size=7)
    assert (sequence.workers, sequence.use_multiprocessing, sequence.max_queue_size) == (3, False, 7)


# Bad input


@pytest.mark.parametrize("workers", [0, 2])
def test_unequal_sizes_name_two_samples_and_the_hint(tmp_path: Path, workers: int) -> None:
    small, large = write_pairs(tmp_path / "small", 2), write_pairs(tmp_path / "large", 2, height=28)
    sequence = SegmentationSequence(
        small.images + large.images, small.masks + large.masks, palette=PALETTE, shuffle=False, workers=workers
    )
    with pytest.raises(ValueError, match=r"samples of one batch differ in 'image': .*set image_size=.*add a crop"):
        sequence[0]
    sequence.close()


def break_missing(image: Path, mask: Path) -> None:
    image.unlink()


def break_missing_mask(image: Path, mask: Path) -> None:
    mask.unlink()


def break_empty(image: Path, mask: Path) -> None:
    image.write_bytes(b"")


def break_truncated_png(image: Path, mask: Path) -> None:
    image.write_bytes(image.read_bytes()[:-20])


def break_truncated_jpeg(image: Path, mask: Path) -> None:
    cv2.imwrite(str(image.with_suffix(".jpg")), cv2.imread(str(image)))
    data = image.with_suffix(".jpg").read_bytes()
    image.write_bytes(data[: len(data) // 2])


def break_text(image: Path, mask: Path) -> None:
    image.write_text("this is not a picture")


def break_size(image: Path, mask: Path) -> None:
    cv2.imwrite(str(mask), np.zeros((24, 30, 3), np.uint8))


def break_color(image: Path, mask: Path) -> None:
    colors = cv2.imread(str(mask))
    colors[0, 0] = 7, 8, 9
    cv2.imwrite(str(mask), colors)


BREAKS = {
    break_missing: r"image .*003\.png, mask .*003\.png\): .*images/003\.png: no such file",
    break_missing_mask: r"masks/003\.png: no such file",
    break_empty: r"images/003\.png: the file is empty \(0 bytes\); copy or export it again",
    break_truncated_png: r"images/003\.png: the file is truncated after",
    break_truncated_jpeg: r"images/003\.png: the file is truncated after",
    break_text: r"images/003\.png: not an image that OpenCV can decode.*expected a complete file",
    break_size: r"'mask' is 24x30 and the image 24x32 .*expected the same size",
    break_color: r"\(9, 8, 7\)",
}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("damage", BREAKS, ids=lambda damage: damage.__name__)
def test_an_unusable_sample_is_named(pairs: Any, damage: Any, workers: int) -> None:
    damage(Path(pairs.images[3]), Path(pairs.masks[3]))
    sequence = plain(pairs, workers=workers)
    with pytest.raises(SampleError, match=rf"^sample 3 \(.*{BREAKS[damage]}"):
        sequence[0]
    sequence.close()


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("damage", BREAKS, ids=lambda damage: damage.__name__)
def test_or_skipped_and_counted(pairs: Any, damage: Any, workers: int) -> None:
    damage(Path(pairs.images[3]), Path(pairs.masks[3]))
    sequence = plain(pairs, workers=workers, on_error="skip")
    with pytest.warns(UserWarning, match=r"^skipped sample 3 ") as caught:
        shown = [collect(sequence)[1] for _ in range(2)]
    assert len(caught) == 1
    for ids in shown:
        assert np.array_equal(ids, pairs.ids[[0, 1, 2, 4, 4, 5]])
    assert list(sequence.skipped) == [3]
    assert pairs.images[3] in sequence.skipped[3].where
    assert sequence.skipped[3].reason
    sequence.close()


def test_when_everything_is_unreadable_it_raises(pairs: Any) -> None:
    shutil.rmtree(Path(pairs.images[0]).parent)
    sequence = plain(pairs, on_error="skip")
    with (
        pytest.warns(UserWarning, match="skipped"),
        pytest.raises(SampleError, match=r"no sample of the epoch can be used.*no such file"),
    ):
        sequence[0]


def test_oversampling_skips_masks_that_cannot_be_used(pairs: Any) -> None:
    break_missing_mask(Path(pairs.images[3]), Path(pairs.masks[3]))
    with pytest.raises(SampleError, match=r"^sample 3 .*no such file"):
        plain(pairs, oversample="class_uniform")
    with pytest.warns(UserWarning, match=r"^skipped sample 3 "):
        sequence = plain(pairs, oversample="class_uniform", on_error="skip")
    assert list(sequence.skipped) == [3]
    collect(sequence)


def test_an_id_beyond_the_classes(pairs: Any) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids, num_classes=2, shuffle=False)
    with pytest.raises(SampleError, match=r"sample 0 \(images\[0\], masks\[0\]\): the mask holds the id \d+ in"):
        sequence[0]


def test_a_transform_that_fails_is_never_skipped(pairs: Any) -> None:
    sequence = plain(pairs, transform=A.RandomCrop(99, 99), on_error="skip")
    with pytest.raises(TransformError, match=r"^sample 0 \(image .*000\.png.*\): RandomCrop failed"):
        sequence[0]


def test_filled_pixels_without_an_ignore_index_are_warned_about_at_construction(pairs: Any) -> None:
    arguments = {"palette": None, "num_classes": 256, "transform": A.Rotate(p=1)}
    with pytest.warns(UserWarning, match=r"^Rotate can fill pixels") as caught:
        SegmentationSequence(pairs.pixels, pairs.ids, **arguments)[0]
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SegmentationSequence(pairs.pixels, pairs.ids, **arguments, ignore_index=255)[0]


PATHS = {"images": ["a.png"], "masks": ["b.png"]}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"images": ["a", "b"], "masks": ["c"]}, ValueError, "2 images and 1 masks; expected one mask for each"),
        ({"images": [], "masks": []}, ValueError, "no samples: images and masks are empty"),
        ({"images": np.zeros((0, 4, 4, 3)), "masks": np.zeros((0, 4, 4))}, ValueError, "no samples"),
        ({}, ValueError, "neither images nor masks; expected two sequences of paths, two arrays, or a subclass"),
        ({"num_samples": 3}, ValueError, "neither images nor masks"),
        ({"masks": ["a"]}, ValueError, "images is missing; expected both images and masks, or images alone to predict"),
        ({"images": ["a"], "masks": np.zeros((1, 4, 4))}, TypeError, "paths on one side and arrays on the other"),
        ({**PATHS, "num_samples": 1}, ValueError, "num_samples=1 beside images and masks"),
        ({**PATHS, "batch_size": 0}, ValueError, "batch_size=0; expected at least 1"),
        ({**PATHS, "batch_size": 2.5}, TypeError, "batch_size=2.5; expected an integer of at least 1"),
        ({**PATHS, "samples_per_epoch": 0}, ValueError, "samples_per_epoch=0; expected at least 1"),
        ({**PATHS, "drop_remainder": True}, ValueError, "1 samples in an epoch are less than one batch of 8"),
        ({**PATHS, "seed": -1}, ValueError, "seed=-1; expected at least 0"),
        ({**PATHS, "workers": -1}, ValueError, "workers=-1; expected at least 0"),
        ({**PATHS, "max_queue_size": 0}, ValueError, "max_queue_size=0; expected at least 1"),
        ({**PATHS, "color_mode": "bgr"}, ValueError, "color_mode='bgr'; expected one of 'rgb', 'grayscale'"),
        ({**PATHS, "on_error": "ignore"}, ValueError, "on_error='ignore'; expected one of 'raise', 'skip'"),
        ({**PATHS, "image_size": 256}, ValueError, r"image_size=256; expected \(height, width\)"),
        ({**PATHS, "image_size": (0, 5)}, ValueError, "image_size's height=0; expected at least 1"),
        ({**PATHS, "mask_encoding": "dense"}, ValueError, "mask_encoding='dense'; expected one of"),
        ({**PATHS, "palette": "voc2"}, ValueError, "voc"),
        ({**PATHS, "palette": 3}, TypeError, "palette"),
        ({**PATHS, "transform": "flip"}, TypeError, "transform='flip'"),
        ({**PATHS, "oversample": "rarest"}, ValueError, "oversample='rarest'"),
        ({**PATHS, "oversample": "class_uniform"}, ValueError, "oversample='class_uniform' needs num_classes="),
        ({**PATHS, "oversample": [1, 2]}, ValueError, "one weight per sample"),
        ({**PATHS, "additional_targets": {"mask": "mask"}}, ValueError, "names 'mask', which every sample has"),
        (
            {**PATHS, "additional_targets": {"depth": "depth"}},
            ValueError,
            r'expected "image", "mask" \(labels\), "value"',
        ),
    ],
)
def test_invalid_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SegmentationSequence(**arguments)


def test_the_epoch_is_a_whole_number(pairs: Any) -> None:
    with pytest.raises(ValueError, match="epoch=-1; expected at least 0"):
        plain(pairs).set_epoch(-1)


def test_every_argument_is_documented() -> None:
    documentation = inspect.getdoc(SegmentationSequence) or ""
    for name in inspect.signature(SegmentationSequence).parameters:
        assert f"    {name}: " in documentation, name
