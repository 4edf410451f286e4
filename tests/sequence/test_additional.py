"""Further arrays of each sample, without a subclass."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import keras
import numpy as np
import pandas as pd
import pytest
from engine_settings import ENGINES
from small_pairs import COLORS, Pairs

from seqaug import Palette, SampleError, SegmentationSequence, SeqaugWarning

PALETTE = Palette(COLORS, ignore=("void",))
KINDS: dict[str, Any] = {"left": "image", "parts": "mask", "depth": "value", "ids": "value_nearest"}
TRANSFORM = A.Compose([A.Rotate(30, p=1), A.RandomBrightnessContrast(p=1)])


@pytest.fixture
def further(pairs: Pairs, tmp_path: Path) -> dict[str, list[str]]:
    """Write further files, whose numbers follow from the images, and return their paths by name."""
    paths: dict[str, list[str]] = {name: [] for name in KINDS}
    for number, image in enumerate(pairs.pixels):
        arrays: dict[str, Any] = {
            "left": image[..., ::-1],
            "parts": (image[..., 0] // 64).astype(np.int64),
            "depth": image[..., 1].astype(np.uint16) * 200,
            "ids": image[..., 2].astype(np.int32) * 1000,
        }
        for name, array in arrays.items():
            (tmp_path / name).mkdir(exist_ok=True)
            path = str(tmp_path / name / f"{number:03}")
            if name == "depth":
                paths[name].append(f"{path}.png")
                cv2.imwrite(paths[name][-1], array)
            elif name == "parts":
                paths[name].append(f"{path}.npz")
                np.savez(paths[name][-1], parts=array, unrelated=np.zeros(3))
            else:
                paths[name].append(f"{path}.npy")
                np.save(paths[name][-1], array)
    return paths


def make(pairs: Pairs, further: Any, **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {
        "palette": PALETTE,
        "additional": further,
        "additional_targets": {name: kind for name, kind in KINDS.items() if name in further},
        "batch_size": 4,
        "workers": 0,
    }
    return SegmentationSequence(pairs.images, pairs.masks, **{**settings, **arguments})


def flat(batch: Any) -> dict[str, np.ndarray]:
    """Name the arrays of a batch of dicts."""
    return {f"{side}.{name}": array for side, part in zip("xyw", batch, strict=False) for name, array in part.items()}


def test_files_reach_the_batch_as_stored(pairs: Pairs, further: Any) -> None:
    x, y = make(pairs, further, shuffle=False, batch_size=6)[0]
    assert list(x) == ["image", "left"]
    assert list(y) == ["mask", "parts", "depth", "ids"]
    assert np.array_equal(x["left"], pairs.pixels[..., ::-1] * np.float32(1 / 255))
    assert y["parts"].dtype == np.int32
    assert np.array_equal(y["parts"], pairs.pixels[..., 0] // 64)
    assert np.array_equal(y["depth"], pairs.pixels[..., 1:2] * np.float32(200))
    assert y["ids"].dtype == np.int32
    assert np.array_equal(y["ids"], pairs.pixels[..., 2:3].astype(np.int32) * 1000)
    assert np.array_equal(y["mask"], pairs.ids)


def test_one_array_of_a_side_is_no_dict(pairs: Pairs, further: Any) -> None:
    x, y = make(pairs, {"left": further["left"]})[0]
    assert set(x) == {"image", "left"}
    assert y.shape == (4, 24, 32)
    x, y = make(pairs, {"depth": further["depth"]})[0]
    assert x.shape == (4, 24, 32, 3)
    assert set(y) == {"mask", "depth"}


def test_every_engine_cache_and_access_gives_the_same_bytes(pairs: Pairs, further: Any, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"transform": TRANSFORM, "value_fill": -1, "class_weights": "uniform"}
    plain = make(pairs, further, **settings)
    expected = [{name: array.copy() for name, array in flat(plain[index]).items()} for index in range(2)]
    for number, engine in enumerate(ENGINES.values()):
        for cache in (None, "memory", str(tmp_path / f"cache{number}")):
            with make(pairs, further, **settings, **engine, cache=cache) as sequence:
                for _ in range(2 if cache else 1):
                    for index in (1, 0):
                        found = flat(sequence[index])
                        assert found.keys() == expected[index].keys()
                        for name, array in found.items():
                            assert array.dtype == expected[index][name].dtype
                            assert np.array_equal(array, expected[index][name]), (name, cache, engine)


def test_all_arrays_move_together(pairs: Pairs, further: Any) -> None:
    x, y = make(pairs, further, transform=A.Compose([A.RandomCrop(16, 16), A.D4(p=1)]), rescale=None)[0]
    assert np.array_equal(x["left"], x["image"][..., ::-1])
    assert np.array_equal(y["parts"], x["image"][..., 0] // 64)
    assert np.array_equal(y["depth"], x["image"][..., 1:2] * np.float32(200))
    assert np.array_equal(y["ids"], x["image"][..., 2:3].astype(np.int32) * 1000)


def test_photometric_transforms_change_pictures_alone(pairs: Pairs, further: Any) -> None:
    still, changed = (
        make(pairs, further, transform=transform)[0]
        for transform in (None, A.Compose([A.RandomBrightnessContrast(0.5, p=1)]))
    )
    assert not np.array_equal(still[0]["left"], changed[0]["left"])
    for name in still[1]:
        assert np.array_equal(still[1][name], changed[1][name]), name


def test_weights_of_each_target(pairs: Pairs, further: Any) -> None:
    settings: dict[str, Any] = {"transform": TRANSFORM, "value_fill": -1}
    _, y, weights = make(pairs, further, **settings, class_weights=[1, 2, 3])[0]
    assert set(weights) == set(y)
    table = np.zeros(256, np.float32)
    table[:3] = 1, 2, 3
    assert np.array_equal(weights["mask"], table[y["mask"]])
    filled = y["depth"][..., 0] == -1
    assert filled.any()
    assert np.array_equal(weights["depth"] == 0, filled)
    assert np.array_equal(weights["ids"] == 0, filled)
    assert np.array_equal(weights["parts"] == 0, y["parts"] == 255)
    assert set(np.unique(weights["depth"])) == {0, 1}


def test_fit_with_two_inputs_and_two_outputs(pairs: Pairs, further: Any) -> None:
    named = {name: further[name] for name in ("left", "depth")}
    inputs = {"image": keras.Input((None, None, 3), name="image"), "left": keras.Input((None, None, 3), name="left")}
    features = keras.layers.Concatenate()(list(inputs.values()))
    outputs = {
        "mask": keras.layers.Conv2D(3, 1, activation="softmax", name="mask")(features),
        "depth": keras.layers.Conv2D(1, 1, name="depth")(features),
    }
    model = keras.Model(inputs, outputs)
    losses = {"mask": keras.losses.SparseCategoricalCrossentropy(ignore_class=255), "depth": "mse"}
    for weights in (None, "uniform"):
        train = make(pairs, named, transform=TRANSFORM, value_fill=0, class_weights=weights, workers=2)
        model.compile("sgd", losses, weighted_metrics={"depth": ["mae"]})
        with train:
            history = model.fit(train, validation_data=train, epochs=1, verbose=0).history
        assert {"mask_loss", "depth_loss", "depth_mae", "val_loss"} <= set(history)
    # The weights of filled pixels are 0 for the loss of depth: what it is filled with makes no difference.
    results = []
    for fill in (0, 1e6):
        with make(pairs, named, transform=TRANSFORM, value_fill=fill, class_weights="uniform", shuffle=False) as val:
            results.append(model.evaluate(val, verbose=0, return_dict=True))
    assert results[0] == pytest.approx(results[1])


def test_predict_takes_further_images(pairs: Pairs, further: Any) -> None:
    settings: dict[str, Any] = {"additional": {"left": further["left"]}, "additional_targets": {"left": "image"}}
    sequence = SegmentationSequence(pairs.images, **settings, batch_size=4)
    assert set(sequence[0]) == {"image", "left"}
    inputs = {name: keras.Input((None, None, 3), name=name) for name in ("image", "left")}
    model = keras.Model(inputs, keras.layers.Subtract()([inputs["image"], inputs["left"]]))
    predicted = model.predict(sequence, verbose=0)
    pixels = pairs.pixels * np.float32(1 / 255)
    assert np.allclose(predicted, pixels - pixels[..., ::-1], atol=1e-6)


def test_targets_without_masks_are_trained_on(pairs: Pairs, further: Any) -> None:
    settings: dict[str, Any] = {"additional": {"depth": further["depth"]}, "additional_targets": {"depth": "value"}}
    sequence = SegmentationSequence(pairs.images, **settings)
    x, y = sequence[0]
    assert x.shape == (6, 24, 32, 3)
    assert y.shape == (6, 24, 32, 1)
    model = keras.Sequential([keras.layers.Conv2D(1, 1)])
    model.compile("sgd", "mse")
    model.fit(sequence, verbose=0)


def test_assemble_has_the_last_word(pairs: Pairs, further: Any) -> None:
    class Rgbd(SegmentationSequence):
        def assemble(self, batch: dict[str, np.ndarray]) -> Any:
            return {"rgb": batch["image"], "depth": batch["depth"]}, batch["mask"]

    settings: dict[str, Any] = {"additional": {"depth": further["depth"]}, "additional_targets": {"depth": "value"}}
    x, y = Rgbd(pairs.images, pairs.masks, palette=PALETTE, **settings)[0]
    assert x["depth"].shape == (6, 24, 32, 1)
    assert y.shape == (6, 24, 32)


@pytest.mark.parametrize("stratify", [False, True])
def test_constructors(pairs: Pairs, further: Any, tmp_path: Path, stratify: bool) -> None:
    arguments: dict[str, Any] = {
        "palette": PALETTE,
        "additional_targets": KINDS,
        "shuffle": False,
        "validation_split": 1 / 3,
        "subset": "validation",
        "stratify": stratify,
        "workers": 0,
    }
    frame = pd.DataFrame({"image": pairs.images, "mask": pairs.masks, **{f"{k}_path": v for k, v in further.items()}})
    frame.to_csv(tmp_path / "table.csv", index=False)
    folders = {name: os.path.dirname(paths[0]) for name, paths in further.items()}
    columns = {name: f"{name}_path" for name in further}
    images, masks = os.path.dirname(pairs.images[0]), os.path.dirname(pairs.masks[0])
    found = [
        SegmentationSequence.from_directory(images, masks, additional=folders, **arguments),
        SegmentationSequence.from_dataframe(frame, additional=columns, **arguments),
        SegmentationSequence.from_csv(tmp_path / "table.csv", additional=columns, **arguments),
    ]
    arrays = {
        "left": pairs.pixels[..., ::-1],
        "parts": list((pairs.pixels[..., 0] // 64).astype(np.int64)),
        "depth": pairs.pixels[..., 1].astype(np.uint16) * 200,
        "ids": pairs.pixels[..., 2].astype(np.int32) * 1000,
    }
    arguments |= {"palette": None, "num_classes": 3, "ignore_index": 255}
    found.append(SegmentationSequence.from_arrays(pairs.pixels, pairs.ids, additional=arrays, **arguments))
    batches = [flat(sequence[0]) for sequence in found]
    for sequence, batch in zip(found, batches, strict=True):
        assert len(sequence.samples) == 2
        for name, array in batch.items():
            assert np.array_equal(array, batches[0][name]), name
    sample = found[0].samples[0]
    number = pairs.images.index(sample.image)
    assert sample.additional == {name: paths[number] for name, paths in further.items()}


def test_one_folder_holds_everything(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in (1, 2, 10):
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), rng.integers(0, 256, (8, 8, 3), np.uint8))
        cv2.imwrite(str(tmp_path / f"{number}_mask.png"), rng.integers(0, 2, (8, 8), np.uint8))
        cv2.imwrite(str(tmp_path / f"{number}_depth.png"), np.full((8, 8), number, np.uint16))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sequence = SegmentationSequence.from_directory(
            tmp_path,
            tmp_path,
            mask_suffix="_mask",
            additional={"depth": tmp_path / "*_depth.png"},
            additional_targets={"depth": "value"},
            num_classes=2,
            shuffle=False,
        )
        assert sequence[0][1]["depth"][:, 0, 0, 0].tolist() == [1, 2, 10]


def test_files_without_a_partner_are_left_out(pairs: Pairs, further: Any) -> None:
    os.remove(further["depth"][2])
    arguments: dict[str, Any] = {"palette": PALETTE, "additional_targets": {"depth": "value"}, "shuffle": False}
    images, masks, depth = (os.path.dirname(paths[0]) for paths in (pairs.images, pairs.masks, further["depth"]))
    with pytest.warns(SeqaugWarning, match=r"5 samples found; left out: 1 images without 'depth' \(002\)"):
        sequence = SegmentationSequence.from_directory(images, masks, additional={"depth": depth}, **arguments)
    assert [sample.image for sample in sequence.samples] == [p for p in pairs.images if "002" not in p]
    for name in list(os.listdir(depth)):
        os.rename(f"{depth}/{name}", f"{depth}/x{name}")
    with pytest.raises(ValueError, match=r"none of its 5 files \(such as 'x000'\) is named like .*a pattern"):
        SegmentationSequence.from_directory(images, masks, additional={"depth": depth}, **arguments)
    with pytest.raises(ValueError, match="finds the images themselves"):
        SegmentationSequence.from_directory(images, masks, additional={"depth": images}, **arguments)


def test_cached_samples_follow_the_files(pairs: Pairs, further: Any, tmp_path: Path) -> None:
    named = {"depth": further["depth"]}
    make(pairs, named, cache=str(tmp_path / "cache"), shuffle=False)[0]
    cv2.imwrite(further["depth"][0], np.full((24, 32), 7, np.uint16))
    os.utime(further["depth"][0], (1, 1))
    _, y = make(pairs, named, cache=str(tmp_path / "cache"), shuffle=False)[0]
    assert (y["depth"][0] == 7).all()
    # Another kind is read in another way.
    as_image = make(pairs, named, cache=str(tmp_path / "cache"), shuffle=False, additional_targets={"depth": "image"})
    with pytest.warns(SeqaugWarning, match=r"'depth': images are uint16"):
        assert as_image[0][0]["depth"].dtype == np.uint16


def test_arrays_are_not_cached(pairs: Pairs) -> None:
    with pytest.warns(SeqaugWarning, match=r"keeps nothing: .*\.npy"):
        make(pairs, {"depth": pairs.pixels[..., 0]}, cache="memory")


def test_shards_errors_pictures_and_specs(pairs: Pairs, further: Any, tmp_path: Path) -> None:
    named = {name: further[name] for name in ("left", "depth")}
    whole = [flat(batch) for batch in make(pairs, named, batch_size=2, shuffle=False)]
    halves = [[flat(b) for b in make(pairs, named, batch_size=1, shuffle=False, shard=(i, 2))] for i in range(2)]
    for index, batch in enumerate(whole):
        for name, array in batch.items():
            assert np.array_equal(array, np.concatenate([half[index][name] for half in halves]))
    spec = make(pairs, named).to_tf_dataset().element_spec
    assert set(spec[0]) == {"image", "left"}
    assert spec[1]["depth"].shape.as_list() == [None, 24, 32, 1]
    files = make(pairs, further).save_augmented(tmp_path / "out", 1)
    assert [file.stem.split("_")[1] for file in files] == ["image", "mask", "left", "parts", "depth", "ids"]
    make(pairs, further, transform=TRANSFORM, value_fill=-1).preview(2).save(tmp_path / "preview.png")
    text = repr(make(pairs, further))
    assert "x is a dict: 'image', 'left'; y is a dict: 'mask', 'parts', 'depth', 'ids'" in text
    Path(further["depth"][1]).write_bytes(b"")
    with pytest.raises(SampleError, match=r"depth/001.png.*the file is empty"):
        make(pairs, named, batch_size=6)[0]
    sequence = make(pairs, named, on_error="skip", batch_size=6)
    with pytest.warns(SeqaugWarning, match="001"):
        sequence[0]
    assert list(sequence.skipped) == [1]


def test_a_subclass_adds_to_them(pairs: Pairs, further: Any) -> None:
    class More(SegmentationSequence):
        def load(self, index: int) -> dict[str, np.ndarray]:
            sample = dict(super().load(index))
            return {**sample, "twice": sample["depth"] * 2.0}

    sequence = More(
        pairs.images,
        pairs.masks,
        palette=PALETTE,
        additional={"depth": further["depth"]},
        additional_targets={"depth": "value", "twice": "value"},
    )
    _, y = sequence[0]
    assert np.array_equal(y["twice"], y["depth"] * 2)


def test_measurements_as_pictures_are_warned_about(pairs: Pairs) -> None:
    metres = {"depth": [np.geomspace(0.5, 80, 24 * 32, dtype=np.float32).reshape(24, 32) for _ in pairs.images]}
    transform = A.Compose([A.RandomBrightnessContrast(p=1)])
    with pytest.warns(SeqaugWarning, match=r"'depth' holds 0.5 to 80 and a transform .* clips it .*\"value\""):
        make(pairs, metres, additional_targets={"depth": "image"}, transform=transform)[0]
    deep = {"depth": [np.full((24, 32), 3000, np.uint16) for _ in pairs.images]}
    with pytest.warns(SeqaugWarning, match=r"'depth': images are uint16 and reach the model unscaled"):
        make(pairs, deep, additional_targets={"depth": "image"})[0]


def test_names_that_contradict_the_order_are_warned_about(pairs: Pairs, further: Any) -> None:
    with pytest.warns(SeqaugWarning, match=r"names of images and additional\['depth'\] contradict their order"):
        make(pairs, {"depth": further["depth"][::-1]})


@pytest.mark.parametrize(
    ("additional", "kinds", "error", "message"),
    [
        ({"depth": "d"}, {}, ValueError, r"additional names 'depth', and additional_targets does not say"),
        ({}, {"depth": "value"}, ValueError, r"additional_targets names 'depth', and nothing loads"),
        ([1], {}, TypeError, r"additional is a list; expected a dict"),
        ({"depth": "d"}, {"depth": "value"}, TypeError, r"additional\['depth'\]='d' is one path"),
        (
            {"depth": ["a"]},
            {"depth": "value"},
            ValueError,
            r"additional\['depth'\] has 1 items, and there are 6 images",
        ),
        ({"mask": ["a"]}, {"mask": "mask"}, ValueError, r"'mask', which every sample has"),
        ({"depth": [None] * 6}, {"depth": "value"}, TypeError, r"additional\['depth'\] must be a sequence of paths"),
    ],
)
def test_wrong_arguments(pairs: Pairs, additional: Any, kinds: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make(pairs, additional, additional_targets=kinds)


def test_wrong_arguments_of_constructors(pairs: Pairs) -> None:
    frame = pd.DataFrame({"image": pairs.images, "mask": pairs.masks})
    kinds: dict[str, Any] = {"additional_targets": {"depth": "value"}}
    with pytest.raises(ValueError, match="has no column 'depth'"):
        SegmentationSequence.from_dataframe(frame, additional={"depth": "depth"}, **kinds)
    with pytest.raises(TypeError, match=r"additional\['depth'\] is a list; expected the name of a column"):
        SegmentationSequence.from_dataframe(frame, additional={"depth": pairs.masks}, **kinds)
    images, masks = os.path.dirname(pairs.images[0]), os.path.dirname(pairs.masks[0])
    with pytest.raises(TypeError, match=r"additional\['depth'\] is a list; expected a directory or pattern"):
        SegmentationSequence.from_directory(images, masks, additional={"depth": pairs.masks}, **kinds)
    with pytest.raises(ValueError, match=r"additional\['depth'\] has 5 items, and there are 6 images"):
        SegmentationSequence.from_arrays(
            pairs.pixels,
            pairs.ids,
            additional={"depth": pairs.pixels[:5]},
            validation_split=0.5,
            subset="training",
            **kinds,
        )

    class Loading(SegmentationSequence):
        def load(self, index: int) -> dict[str, np.ndarray]:
            return {}

    with pytest.raises(ValueError, match="without images, beside which they are read"):
        Loading(num_samples=3, additional={"depth": pairs.images}, **kinds)


@pytest.mark.parametrize(
    ("kind", "array", "message"),
    [
        ("value", np.zeros((20, 32)), r"'depth' is 20x32 and the image 24x32 .*expected the same size.*depth"),
        ("value", np.zeros((32, 24)), r"'depth' is 32x24 .*turned by 90 degrees"),
        ("mask", np.zeros((24, 32)), r"float64( of shape \(24, 32\))?; expected (labels|class ids)"),
        ("mask", np.full((24, 32), 70_000), r"from 70000 to 70000; expected labels from 0 to 65535.*value_nearest"),
        ("mask", np.zeros((24, 32, 3), np.uint8), r"uint8 of shape \(24, 32, 3\); expected labels"),
        ("image", np.full((24, 32), 2**25, np.int64), r"'depth' .*holds integers up to 16777216 exactly"),
        ("image", np.zeros((24, 32), np.complex64), r"complex64.*; expected (numbers|\(H, W, C\))"),
    ],
)
@pytest.mark.parametrize("are_files", [False, True])
def test_wrong_arrays(pairs: Pairs, tmp_path: Path, kind: Any, array: Any, message: str, are_files: bool) -> None:
    given: Any = [array] * 6
    if are_files:
        np.save(tmp_path / "depth.npy", array)
        given = [str(tmp_path / "depth.npy")] * 6
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sequence = make(pairs, {"depth": given}, additional_targets={"depth": kind})
    with pytest.raises(SampleError, match=message):
        sequence[0]
