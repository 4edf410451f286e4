"""Classes that overlap: from files and arrays of each class to batches, statistics and crops."""

from __future__ import annotations

import json
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pandas as pd
import pytest
from combinations import flat
from engine_settings import ENGINES

from seqaug import ClassCrop, Palette, SampleError, SegmentationSequence, SeqaugWarning, Tiles
from seqaug.losses import Dice
from seqaug.metrics import MeanIoU

SIZE = (24, 32)
NAMES = ["organ", "lesion", "vessel"]


def planes(count: int, classes: int, seed: int = 0) -> np.ndarray:
    """Give masks of overlapping patches, (N, H, W, K) bool."""
    coarse = np.random.default_rng(seed).random((count, 6, 8, classes)) < 0.4
    return coarse.repeat(4, 1).repeat(4, 2)


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Any]:
    """Write images, and a file per class; the second sample has no lesion, the third no mask at all."""
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (5, *SIZE, 3), np.uint8)
    inside = planes(5, 3)
    inside[1, ..., 1] = inside[2] = False
    paths: dict[str, Any] = {"images": [], "masks": {name: [] for name in NAMES}, "pixels": images, "inside": inside}
    for folder in ("images", *NAMES):
        (tmp_path / folder).mkdir()
    for number in range(5):
        paths["images"].append(str(tmp_path / "images" / f"{number}.png"))
        cv2.imwrite(paths["images"][-1], images[number, ..., ::-1])
        for k, name in enumerate(NAMES):
            path = str(tmp_path / name / f"{number}.png")
            if inside[number, ..., k].any():
                cv2.imwrite(path, inside[number, ..., k] * np.uint8(255))
            paths["masks"][name].append(path if inside[number, ..., k].any() else None)
    return paths


def make(data: dict[str, Any], **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {"mask_encoding": "multi_label", "batch_size": 5, "shuffle": False, "workers": 0}
    return SegmentationSequence(data["images"], data["masks"], **{**settings, **arguments})


def test_a_file_for_each_class(data: Any) -> None:
    sequence = make(data)
    x, y = sequence[0]
    assert np.array_equal(x, data["pixels"] * np.float32(1 / 255))
    assert y.dtype == np.float32
    assert np.array_equal(y, data["inside"])
    assert sequence.class_names == NAMES
    assert sequence.num_classes == 3
    assert sequence.samples[1].mask["lesion"] is None


@pytest.mark.parametrize("classes", [1, 3, 7, 8, 12, 15, 16, 33, 80])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
def test_arrays_of_any_number_of_classes(classes: int, dtype: Any) -> None:
    inside = planes(3, classes)
    pixels = np.zeros((3, *SIZE, 3), np.uint8)
    for masks in (inside, np.moveaxis(np.ascontiguousarray(np.moveaxis(inside, 3, 1)), 1, 3)):
        sequence = SegmentationSequence(pixels, masks.astype(dtype), mask_encoding="multi_label", shuffle=False)
        assert np.array_equal(sequence[0][1], inside)
    assert np.array_equal(sequence.class_statistics().pixels, inside.sum((0, 1, 2)))
    turned = SegmentationSequence(
        pixels, inside, mask_encoding="multi_label", shuffle=False, data_format="channels_first"
    )
    assert np.array_equal(turned[0][1], np.moveaxis(inside, 3, 1))


def test_every_constructor(data: Any, tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"mask_encoding": "multi_label", "shuffle": False, "batch_size": 5}
    frame = pd.DataFrame({"image": data["images"], **data["masks"]})
    frame.to_csv(tmp_path / "table.csv", index=False)
    columns = {name: name for name in NAMES}
    with pytest.warns(SeqaugWarning, match=r"1 of 5 images have no mask of any class \(2, "):
        found = [
            SegmentationSequence.from_directory(
                tmp_path / "images", {name: tmp_path / name for name in NAMES}, **arguments
            )
        ]
    arrays = dict(zip(NAMES, np.moveaxis(data["inside"], -1, 0), strict=True))
    found += [
        SegmentationSequence.from_dataframe(frame, mask_col=columns, **arguments),
        SegmentationSequence.from_csv(tmp_path / "table.csv", mask_col=columns, **arguments),
        SegmentationSequence.from_arrays(data["pixels"], data["inside"], **arguments),
        SegmentationSequence.from_arrays(data["pixels"], arrays, **arguments),
    ]
    for sequence in found:
        x, y = sequence[0]
        assert np.array_equal(x, data["pixels"] * np.float32(1 / 255))
        assert np.array_equal(y, data["inside"])
    half = SegmentationSequence.from_csv(
        tmp_path / "table.csv", mask_col=columns, validation_split=0.4, subset="validation", stratify=True, **arguments
    )
    numbers = [data["images"].index(sample.image) for sample in half.samples]
    assert np.array_equal(half[0][1], data["inside"][numbers])


@pytest.mark.parametrize("suffix", [".npy", ".tif"])
def test_files_of_several_bands(data: Any, tmp_path: Path, suffix: str) -> None:
    masks = [str(tmp_path / f"{number}{suffix}") for number in range(5)]
    for path, inside in zip(masks, data["inside"], strict=True):
        if suffix == ".npy":
            np.save(path, inside)
        else:
            cv2.imwrite(path, inside.astype(np.uint8)[..., ::-1] * 255)
    sequence = SegmentationSequence(data["images"], masks, mask_encoding="multi_label", num_classes=3, shuffle=False)
    assert np.array_equal(sequence[0][1], data["inside"])
    wrong = SegmentationSequence(data["images"], masks, mask_encoding="multi_label", num_classes=4, shuffle=False)
    with pytest.raises(SampleError, match=r"shape \(24, 32, 3\); expected \(H, W, 4\)"):
        wrong[0]


TRANSFORMS = [
    A.Rotate(30, p=1),
    A.Affine(scale=(0.5, 1.5), rotate=(-90, 90), shear=(-10, 10), p=1),
    A.Perspective(p=1),
    A.ElasticTransform(alpha=40, sigma=4, p=1),
    A.GridDistortion(p=1),
    A.OpticalDistortion(p=1),
    A.ThinPlateSpline(p=1),
    A.RandomResizedCrop((16, 20), p=1),
    A.Resize(37, 19),
    A.PadIfNeeded(40, 40),
    A.D4(p=1),
    A.CoarseDropout(p=1, fill_mask=0),
    A.GridDropout(p=1, fill_mask=0),
    A.RandomGridShuffle((2, 2), p=1),
    A.SafeRotate(p=1),
]


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda transform: type(transform).__name__)
@pytest.mark.parametrize("classes", [5, 12, 33])
def test_each_class_moves_as_a_mask_of_its_own(transform: Any, classes: int) -> None:
    inside = planes(2, classes)
    pixels = np.zeros((2, *SIZE, 3), np.uint8)
    arguments: dict[str, Any] = {
        "transform": A.Compose([transform]),
        "shuffle": False,
        "workers": 0,
        "batch_size": 1,
        "class_weights": "uniform",
    }
    together = SegmentationSequence(pixels, inside, mask_encoding="multi_label", **arguments)
    for k in {0, 3, classes // 2, classes - 2, classes - 1}:
        ids = inside[..., k].astype(np.uint8)
        alone = SegmentationSequence(pixels, ids, num_classes=2, ignore_index=255, **arguments)
        for index in range(2):
            (_, y, weight), (_, expected, _) = together[index], alone[index]
            assert np.array_equal(y[..., k], expected == 1), k
            assert np.array_equal(weight == 0, expected == 255)


def test_losses_of_one_class_a_pixel_refuse_overlaps(data: Any) -> None:
    sequence = make(data)
    y = sequence[0][1]
    predicted = np.full(y.shape, 0.4, np.float32)
    assert np.isnan(float(Dice()(y, predicted)))
    metric = MeanIoU(3)
    metric.update_state(y, predicted)
    assert np.isnan(float(metric.result()))
    assert isinstance(sequence.loss(from_logits=True), keras.losses.BinaryCrossentropy)
    for from_logits, inside in ((True, 3.0), (False, 0.9)):
        (iou,) = sequence.metrics(from_logits=from_logits)
        iou.update_state(y, np.where(y > 0, inside, -3.0 if from_logits else 0.1))
        assert float(iou.result()) == pytest.approx(1)
        iou.reset_state()
        iou.update_state(y, np.full_like(y, inside))
        assert float(iou.result()) == pytest.approx(y.mean())


def test_image_size_resamples_by_nearest() -> None:
    inside = planes(2, 9)
    arguments: dict[str, Any] = {"image_size": (13, 50), "shuffle": False}
    pixels = np.zeros((2, *SIZE, 3), np.uint8)
    _, y = SegmentationSequence(pixels, inside, mask_encoding="multi_label", **arguments)[0]
    for k in range(9):
        one = SegmentationSequence(pixels, inside[..., k].astype(np.uint8), num_classes=2, **arguments)
        assert np.array_equal(y[..., k], one[0][1])


def test_every_engine_and_cache(data: Any, tmp_path: Path) -> None:
    transform = A.Compose([A.Rotate(30, p=1), ClassCrop(16, 16), A.RandomBrightnessContrast(p=1)])
    settings: dict[str, Any] = {"transform": transform, "oversample": "class_uniform", "batch_size": 2, "shuffle": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = make(data, **settings)
        expected = [[array.copy() for array in plain[index]] for index in range(2)]
        for number, engine in enumerate(ENGINES.values()):
            for cache in (None, "memory", str(tmp_path / f"cache{number}")):
                with make(data, **settings, **engine, cache=cache) as sequence:
                    for _ in range(2):
                        for index in (1, 0):
                            for found, array in zip(sequence[index], expected[index], strict=True):
                                assert np.array_equal(found, array)


def many_classes(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Give masks of 20 classes, in files of as many bands, and further arrays."""
    rng = np.random.default_rng(3)
    found: dict[str, Any] = {"masks": [], "additional": {"depth": [], "parts": []}}
    for number, inside in enumerate(planes(5, 20)):
        numbers = rng.integers(0, 9, SIZE)
        for paths, array in (
            (found["masks"], inside),
            (found["additional"]["depth"], numbers.astype(np.float32)),
            (found["additional"]["parts"], numbers.astype(np.uint16)),
        ):
            paths.append(str(folder / f"{number}-{len(array.shape)}{array.dtype}.npy"))
            np.save(paths[-1], array)
    return {**found, "num_classes": 20, "additional_targets": {"depth": "value", "parts": "value_nearest"}}


KINDS: dict[str, Any] = {
    "classes": lambda data, folder: {"masks": data["masks"], "class_weights": "uniform", "oversample": "class_uniform"},
    "one label": lambda data, folder: {"masks": data["masks"], "mask_encoding": "sparse", "ignore_index": 255},
    "many classes": lambda data, folder: {**many_classes(data, folder), "value_fill": 0, "class_weights": "uniform"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore::seqaug.SeqaugWarning")
def test_the_same_bytes_from_executors_shards_caches_and_resumed_runs(data: Any, tmp_path: Path, kind: str) -> None:
    transform = A.Compose([A.Rotate(30, p=1), ClassCrop(16, 16), A.HorizontalFlip(), A.RandomBrightnessContrast(p=1)])
    settings = {"transform": transform, "batch_size": 2, "shuffle": True, "seed": 4, **KINDS[kind](data, tmp_path)}
    masks = settings.pop("masks")

    def built(**arguments: Any) -> SegmentationSequence:
        return make({**data, "masks": masks}, **settings | arguments)

    def shown(sequence: SegmentationSequence, epoch: int = 1) -> list[list[bytes]]:
        sequence.set_epoch(epoch)
        return [[array.tobytes() for array in flat(batch)] for batch in sequence]

    inline = built()
    expected = shown(inline)
    assert len(expected) == 3
    with ThreadPoolExecutor(2) as pool, built(executor=pool) as sequence:
        assert shown(sequence) == expected
    for _ in range(2):
        sequence = built(cache=str(tmp_path / "cache"))
        assert shown(sequence) == expected
    sequence = built()
    sequence.load_state_dict(json.loads(json.dumps(inline.state_dict())))
    assert [array.tobytes() for array in flat(sequence[2])] == expected[2]
    whole, shards = built(batch_size=4), [built(shard=(number, 2)) for number in range(2)]
    for both, one, other in zip(*(flat(sequence[0]) for sequence in (whole, *shards)), strict=True):
        assert np.array_equal(both, np.concatenate([one, other]))


def test_a_key_says_which_class_a_file_belongs_to(data: Any, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    first = {"organ": data["masks"]["organ"], "lesion": [None] * 5}
    swapped = {"organ": [None] * 5, "lesion": data["masks"]["organ"]}
    _, y = make({**data, "masks": first}, cache=cache)[0]
    _, other = make({**data, "masks": swapped}, cache=cache)[0]
    assert np.array_equal(y[..., ::-1], other)
    assert y.any()


@pytest.mark.parametrize("rare", [8, 20])
def test_crops_seek_each_class(rare: int) -> None:
    inside = np.zeros((1, 64, 64, rare + 1), bool)
    inside[..., 0] = True
    inside[0, 50:54, 3:6, rare] = True
    pixels = np.zeros((1, 64, 64, 3), np.uint8)
    for crop in (
        ClassCrop(16, 16),
        ClassCrop(16, 16, max_class_share=1.0),
        ClassCrop(16, 16, class_weights=[0] * rare + [1]),
    ):
        sequence = SegmentationSequence(
            pixels,
            inside,
            mask_encoding="multi_label",
            transform=A.Compose([crop]),
            samples_per_epoch=40,
            batch_size=40,
        )
        y = sequence[0][1]
        share = y[..., rare].any((1, 2)).mean()
        assert share == 1 if crop.class_weights else share > 0.5


def test_statistics_and_weights(data: Any) -> None:
    statistics = make(data).class_statistics()
    inside = data["inside"]
    assert np.array_equal(statistics.pixels, inside.sum((0, 1, 2)))
    assert np.array_equal(statistics.images, inside.any((1, 2)).sum(0))
    total = inside[..., 0].size
    assert np.allclose(statistics.share, inside.sum((0, 1, 2)) / total)
    assert np.allclose(statistics.pos_weight, (total - inside.sum((0, 1, 2))) / inside.sum((0, 1, 2)))
    assert f"pixels: {total:,}, of several classes or none" in str(statistics)
    with pytest.raises(ValueError, match='pos_weight is for mask_encoding="multi_label"'):
        make(data, mask_encoding="sparse").class_statistics().pos_weight  # noqa: B018
    with pytest.raises(ValueError, match=r"class_weights='inverse' with mask_encoding=\"multi_label\".*pos_weight"):
        make(data, class_weights="inverse")


def test_one_label_a_pixel_from_the_same_dict(data: Any) -> None:
    sequence = make(data, mask_encoding="sparse")
    inside = data["inside"]
    expected = np.zeros((5, *SIZE), np.uint8)
    for k in range(3):
        expected[inside[..., k]] = k + 1
    with pytest.warns(SeqaugWarning, match=r"of the labelled pixels .* several of the masks"):
        assert np.array_equal(sequence[0][1], expected)
    assert sequence.class_names == ["background", *NAMES]
    named = {"background": data["masks"]["organ"], "lesion": data["masks"]["lesion"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = make({**data, "masks": named}, mask_encoding="one_hot")
        y = other[0][1]
    assert other.class_names == ["background", "lesion"]
    assert np.array_equal(y[..., 1], inside[..., 1])
    assert np.array_equal(y.sum(-1), np.ones((5, *SIZE)))


def test_one_class_may_be_binary(data: Any) -> None:
    y = make({**data, "masks": {"organ": data["masks"]["organ"]}}, mask_encoding="binary")[0][1]
    assert np.array_equal(y[..., 0], data["inside"][..., 0])


def test_mirrored_classes_change_places() -> None:
    inside = planes(2, 9)
    pixels = np.zeros((2, *SIZE, 3), np.uint8)
    arguments: dict[str, Any] = {"mask_encoding": "multi_label", "shuffle": False}
    _, y = SegmentationSequence(
        pixels, inside, transform=A.HorizontalFlip(p=1), mirrored_classes=[(0, 8), (2, 3)], **arguments
    )[0]
    assert np.array_equal(y, inside[:, :, ::-1][..., [8, 1, 3, 2, 4, 5, 6, 7, 0]])
    inside = planes(2, 33)
    _, y = SegmentationSequence(
        pixels,
        inside,
        transform=A.Compose([A.HorizontalFlip(p=1), A.Rotate((30, 30), p=1)]),
        mirrored_classes=[(0, 32), (14, 15)],
        **arguments,
    )[0]
    order = [32, *range(1, 14), 15, 14, *range(16, 32), 0]
    _, expected = SegmentationSequence(
        pixels,
        inside[..., order],
        transform=A.Compose([A.HorizontalFlip(p=1), A.Rotate((30, 30), p=1)]),
        **arguments,
    )[0]
    assert np.array_equal(y, expected)
    assert y.any((0, 1, 2)).all()


def test_mosaics_mix_all_maps() -> None:
    inside = planes(4, 33)
    images = np.zeros((4, *SIZE, 3), np.uint8)
    arguments: dict[str, Any] = {"transform": A.Compose([A.Mosaic(target_size=(24, 32), p=1), A.HorizontalFlip()])}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ignore_index, of what a mosaic fills
        _, y = SegmentationSequence(images, inside, mask_encoding="multi_label", **arguments)[0]
        for k in (0, 20, 32):
            ids = inside[..., k].astype(np.uint8)
            assert np.array_equal(y[..., k], SegmentationSequence(images, ids, num_classes=2, **arguments)[0][1])


def test_previews_of_more_classes_than_a_map_holds(tmp_path: Path) -> None:
    inside = np.zeros((2, *SIZE, 33), bool)
    inside[0, 2:9, 2:9, 32] = inside[1, 4:20, 4:20, 3] = True
    sequence = SegmentationSequence(
        np.zeros((2, *SIZE, 3), np.uint8),
        inside,
        mask_encoding="multi_label",
        palette={f"class {k}": (k, 255 - k, k) for k in range(33)},
        transform=A.Compose([A.Rotate((30, 30), p=1)]),
        shuffle=False,
    )
    (page,) = sequence.preview(2)._pages
    assert [name for name, _ in page.legend] == ["class 3", "class 32"]


def test_fit_preview_and_files(data: Any, tmp_path: Path) -> None:
    train = make(data, transform=A.Compose([A.Rotate(30, p=1)]), class_weights="uniform", batch_size=2)
    model = keras.Sequential([keras.layers.Conv2D(3, 1, activation="sigmoid")])
    model.compile("sgd", keras.losses.BinaryCrossentropy(), metrics=[keras.metrics.BinaryIoU([1])])
    model.fit(train, verbose=0)
    files = [file.name.split("_")[1] for file in train.save_augmented(tmp_path / "out", 1)]
    assert files == ["image.png", "mask-organ.png", "mask-lesion.png", "mask-vessel.png"]
    train.preview(3).save(tmp_path / "preview.png")
    colored = make(data, palette=Palette({name: (50 * k, 200, 10) for k, name in enumerate(NAMES)}))
    colored.preview(3).save(tmp_path / "preview.png")
    assert "y: 0 and 1 for each class (B, H, W, 3) float32 of 3 classes: organ, lesion, vessel" in repr(train)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ignore_index": 255}, "ignore_index=255 is for masks of one label"),
        ({"class_map": {0: 0, 1: 1}}, "class_map is for masks of ids"),
        ({"num_classes": 4}, r"num_classes=4, and masks= has the classes \['organ'"),
        ({"palette": {"a": (0, 0, 0)}}, r"the palette's classes are \['a'\]"),
        ({"masks": {}}, r"expected masks by the names of classes"),
        ({"masks": {"organ": ["a"]}}, r"masks\['organ'\] has 1 items, and there are 5 samples"),
        ({"masks": {"organ": "a.png"}}, r"masks\['organ'\]='a.png' is one path"),
    ],
)
def test_wrong_arguments(data: Any, arguments: dict[str, Any], message: str) -> None:
    masks = arguments.pop("masks", data["masks"])
    with pytest.raises((ValueError, TypeError), match=message):
        make({**data, "masks": masks}, **arguments)


def test_masks_of_one_class_that_hold_more(data: Any) -> None:
    cv2.imwrite(data["masks"]["lesion"][0], np.arange(24 * 32, dtype=np.uint16).reshape(SIZE) % 3)
    for encoding in ("multi_label", "sparse"):
        sequence = make({**data, "masks": {"lesion": data["masks"]["lesion"]}}, mask_encoding=encoding)
        with pytest.warns(SeqaugWarning, match=r"a mask of the class 'lesion' holds 3 values \(0, 1, 2\)"):
            sequence[0]
    ids = np.arange(24 * 32, dtype=np.uint8).reshape(1, *SIZE) % 3
    sequence = SegmentationSequence(data["pixels"][:1], ids, mask_encoding="multi_label")
    with pytest.warns(SeqaugWarning, match="a mask of the class '0' holds 3 values"):
        sequence[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SegmentationSequence(data["pixels"][:1], ids[..., None] // 2 * 7, mask_encoding="multi_label")[0]


def test_files_of_a_class_in_another_order(data: Any) -> None:
    organs = [path for path in data["masks"]["organ"] if path]
    assert len(organs) == 4
    assert data["masks"]["organ"][2] is None
    wrong = [organs[1], organs[0], None, *organs[2:]]
    with pytest.warns(SeqaugWarning, match=r"names of images and masks\['organ'\]"):
        make({**data, "masks": {"organ": wrong}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(data)


def test_weights_of_classes_that_overlap(data: Any) -> None:
    sequence = make({**data, "masks": {**data["masks"], "none": [None] * 5}})
    assert sequence.class_statistics().pos_weight[3] == 0
    with pytest.raises(ValueError, match=r"compute_class_weights\(\) is for one class a pixel.*pos_weight"):
        sequence.compute_class_weights("inverse")
    with pytest.raises(ValueError, match="class_weights=\\[1, 2, 3, 4\\] with mask_encoding"):
        make(data, class_weights=[1, 2, 3, 4])


def test_tiles_of_classes_that_overlap(data: Any) -> None:
    tiles = Tiles(8, min_labelled=0.99)
    assert len(make(data, tiles=tiles).samples) == 60  # pixels of no class are labelled, too
    with_lesions = make(data, tiles=Tiles(8, classes=["lesion"]), batch_size=1)
    assert 0 < len(with_lesions.samples) < 60
    assert all(y[..., 1].any() for _, y in with_lesions)
    inside = planes(1, 20)
    padded = SegmentationSequence(
        np.zeros((1, *SIZE, 3), np.uint8),
        inside,
        mask_encoding="multi_label",
        class_weights="uniform",
        tiles=Tiles(20, edge="pad"),
        shuffle=False,
    )
    _, y, weights = padded[0]
    assert np.array_equal(y[3][:4, :12], inside[0, 20:, 20:])
    assert y[3].sum() == inside[0, 20:, 20:].sum()
    assert weights[3].sum() == 4 * 12


def test_wrong_masks(data: Any, tmp_path: Path) -> None:
    cv2.imwrite(data["masks"]["lesion"][0], np.ones((8, 8), np.uint8))
    with pytest.raises(SampleError, match=r"lesion.*the mask of 'lesion' is 8x8, and the image .* 24x32"):
        make(data)[0]
    colors = np.zeros((*SIZE, 3), np.uint8)
    colors[3, 4] = 1, 2, 3
    cv2.imwrite(data["masks"]["lesion"][0], colors)
    with pytest.raises(SampleError, match="a mask of 3 channels that differ; expected the mask of one class"):
        make(data)[0]
    os.remove(data["masks"]["lesion"][0])
    with pytest.raises(SampleError, match="no such file"):
        make(data)[0]
    soft = np.full((2, *SIZE, 3), 0.5, np.float32)
    with pytest.raises(ValueError, match=r"masks\['organ'\]: the mask of one class holds float32 values from 0\.5 to"):
        make({"images": data["pixels"][:2], "masks": {"organ": soft[..., 0]}})[0]
    with pytest.raises(SampleError, match=r"neither 0 nor 1; .*mask > 0\.5"):
        SegmentationSequence(data["pixels"][:2], soft, mask_encoding="multi_label")[0]
    with pytest.raises(SampleError, match=r"expected \(H, W, 3\), a plane for each class"):
        SegmentationSequence(data["pixels"], data["inside"][..., 0], mask_encoding="multi_label", num_classes=3)[0]
