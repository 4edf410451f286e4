"""Sequences whose masks are drawn from annotations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from engine_settings import ENGINES
from pycocotools.coco import COCO
from small_pairs import Pairs

from seqaug import SampleError, SegmentationSequence, SeqaugWarning


def write_coco(pairs: Pairs, path: Path) -> dict[str, Any]:
    """Annotate all images but the first: a polygon or two, and a crowd in the last."""
    rng = np.random.default_rng(0)
    data: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": 5, "name": "cat"}, {"id": 44, "name": "dog"}],
    }
    for number, image in enumerate(pairs.images):
        data["images"].append({"id": 10 * number, "file_name": Path(image).name, "height": 24, "width": 32})
        for _ in range(2 if number else 0):
            x, y = rng.integers(0, 20, 2).tolist()
            polygon = [x, y, x + 9, y + 1, x + 8, y + 10, x + 2, y + 8]
            data["annotations"].append(
                {
                    "id": len(data["annotations"]),
                    "image_id": 10 * number,
                    "category_id": int(rng.choice([5, 44])),
                    "segmentation": [polygon],
                    "area": 70 + len(data["annotations"]),
                    "iscrowd": 0,
                }
            )
    crowd = {"size": [24, 32], "counts": [0, 24 * 32]}
    last = {"id": 99, "image_id": data["images"][-1]["id"], "category_id": 5, "segmentation": crowd, "iscrowd": 1}
    data["annotations"].append({**last, "area": 24 * 32})
    path.write_text(json.dumps(data))
    return data


def drawn(path: Path) -> np.ndarray:
    """Draw the masks with COCO's own class, sorted by area."""
    coco = COCO(str(path))
    masks = []
    for image in sorted(coco.imgs):
        several = coco.loadAnns(coco.getAnnIds([image]))
        mask = np.full((24, 32), 255 if any(one["iscrowd"] for one in several) else 0, np.uint8)
        plain = [(coco.annToMask(one).astype(bool), one["category_id"]) for one in several if not one["iscrowd"]]
        for inside, category in sorted(plain, key=lambda entry: -entry[0].sum()):
            mask[inside] = {5: 1, 44: 2}[category]
        masks.append(mask)
    return np.stack(masks)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cache", [None, "memory"])
def test_batches_of_coco(pairs: Pairs, tmp_path: Path, engine: str, cache: str | None) -> None:
    write_coco(pairs, tmp_path / "coco.json")
    with SegmentationSequence.from_coco(
        tmp_path / "coco.json", Path(pairs.images[0]).parent, shuffle=False, cache=cache, **ENGINES[engine]
    ) as sequence:
        for _ in range(2):
            x, y = sequence[0]
            assert np.array_equal(y, drawn(tmp_path / "coco.json"))
            assert np.array_equal(x, pairs.pixels * np.float32(1 / 255))
        assert (sequence.num_classes, sequence.ignore_index) == (3, 255)
        assert sequence.class_names == ["background", "cat", "dog"]
        assert sequence.class_statistics().pixels.tolist() == [(y == label).sum() for label in range(3)]


def test_splits_choices_and_transforms_of_coco(pairs: Pairs, tmp_path: Path) -> None:
    data = write_coco(pairs, tmp_path / "coco.json")
    data["annotations"].pop()
    train, val = SegmentationSequence.from_coco(
        data,
        Path(pairs.images[0]).parent,
        classes=["dog"],
        mask_encoding="binary",
        validation_split=1 / 3,
        subset="both",
        stratify=True,
        transform=A.HorizontalFlip(p=1),
        validation_transform=A.NoOp(),
        workers=0,
    )
    assert (len(train.samples), len(val.samples)) == (4, 2)
    numbers = [pairs.images.index(sample.image) for sample in val.samples]
    assert np.array_equal(val[0][1][..., 0], drawn(tmp_path / "coco.json")[numbers] == 2)


def test_classes_of_coco_may_overlap(pairs: Pairs, tmp_path: Path) -> None:
    data = write_coco(pairs, tmp_path / "coco.json")
    coco = COCO(str(tmp_path / "coco.json"))
    expected, ignored = np.zeros((6, 24, 32, 2)), np.zeros((6, 24, 32), bool)
    for number, image in enumerate(sorted(coco.imgs)):
        for one in coco.loadAnns(coco.getAnnIds([image])):
            inside = coco.annToMask(one).astype(bool)
            if one["iscrowd"]:
                ignored[number] |= inside
            else:
                expected[number, ..., [5, 44].index(one["category_id"])] += inside
    ignored &= ~expected.any(-1)
    assert (expected.sum(-1) > 1).any()
    assert ignored[-1].any()
    assert expected[-1].any()
    folder = Path(pairs.images[0]).parent
    arguments: dict[str, Any] = {"mask_encoding": "multi_label", "shuffle": False, "workers": 0}
    sequence = SegmentationSequence.from_coco(data, folder, class_weights="uniform", **arguments)
    _, y, weights = sequence[0]
    assert np.array_equal(y, expected > 0)
    assert np.array_equal(weights == 0, ignored)
    assert sequence.class_names == ["cat", "dog"]
    assert sequence.class_statistics().pixels.tolist() == (expected > 0).sum((0, 1, 2)).tolist()
    with pytest.warns(SeqaugWarning, match='crowds .* expected class_weights="uniform"'):
        assert np.array_equal(SegmentationSequence.from_coco(data, folder, **arguments)[0][1], y)
    data["annotations"].pop()
    merged = SegmentationSequence.from_coco(data, folder, classes={"pet": ["cat", "dog"]}, **arguments)
    assert np.array_equal(merged[0][1][..., 0], expected.any(-1))
    named = SegmentationSequence.from_coco(data, folder, palette={"cat": (1, 1, 1), "dog": (2, 2, 2)}, **arguments)
    assert np.array_equal(named[0][1], y)
    with pytest.raises(ValueError, match="the palette's classes are a, and those of the annotations cat, dog"):
        SegmentationSequence.from_coco(data, folder, palette={"a": (1, 1, 1)}, **arguments)
    with pytest.raises(ValueError, match="num_classes=2 beside annotations, whose classes have names: cat, dog"):
        SegmentationSequence.from_coco(data, folder, num_classes=2, **arguments)


def test_a_cache_on_disk_knows_the_annotations(pairs: Pairs, tmp_path: Path) -> None:
    data = write_coco(pairs, tmp_path / "coco.json")

    def masks() -> np.ndarray:
        sequence = SegmentationSequence.from_coco(
            data, Path(pairs.images[0]).parent, shuffle=False, cache=tmp_path / "cache", workers=0
        )
        found: np.ndarray = sequence[0][1]
        return found

    before = masks()
    data["annotations"][0]["segmentation"] = [[0, 0, 30, 0, 30, 20]]
    after = masks()
    assert not np.array_equal(before[1], after[1])
    assert np.array_equal(before[2:], after[2:])


def test_broken_annotations_name_the_image(pairs: Pairs, tmp_path: Path) -> None:
    data = write_coco(pairs, tmp_path / "coco.json")
    data["annotations"][0]["segmentation"] = [[1, 2, 3, 4]]
    folder = Path(pairs.images[0]).parent
    sequence = SegmentationSequence.from_coco(data, folder, shuffle=False, workers=0)
    with pytest.raises(SampleError, match=rf"{pairs.images[1]}, its annotations.*annotation 0: a polygon is"):
        sequence[0]
    data["annotations"].pop(0)
    data["images"][0]["height"] = 23
    sequence = SegmentationSequence.from_coco(data, folder, shuffle=False, workers=0)
    with pytest.raises(SampleError, match="'mask' is 23x32 and the image 24x32"):
        sequence[0]
    for arguments in ({"num_classes": 3}, {"class_map": "ade20k"}):
        with pytest.raises(ValueError, match="beside annotations, whose classes have names: background and cat, dog"):
            SegmentationSequence.from_coco(data, folder, **arguments)


def write_rle(pairs: Pairs, path: Path) -> None:
    """Write a row for each class of each image, in its middle columns; none for the first image."""
    rows = ["ImageId,EncodedPixels,ClassId,patient", f"{pairs.images[0]},,,p0"]
    for number, image in enumerate(pairs.images[1:], 1):
        rows += [f"{image},{1 + 24 * number} 48,1,p{number // 2}", f"{image},{1 + 24 * 12} 12 {1 + 24 * 13} 12,2,p"]
    path.write_text("\n".join(rows) + "\n")


@pytest.mark.parametrize("engine", ENGINES)
def test_batches_of_run_lengths(pairs: Pairs, tmp_path: Path, engine: str) -> None:
    write_rle(pairs, tmp_path / "train.csv")
    expected = np.zeros((6, 24, 32), np.uint8)
    for number in range(1, 6):
        expected[number, :, number : number + 2] = 1
        expected[number, :12, 12:14] = 2
    settings: Any = {"image_col": "ImageId", "mask_col": "EncodedPixels", "mask_format": "rle", "shuffle": False}
    with SegmentationSequence.from_csv(
        tmp_path / "train.csv", class_col="ClassId", **settings, **ENGINES[engine]
    ) as sequence:
        assert np.array_equal(sequence[0][1], expected)
        assert sequence.num_classes == 3
        assert sequence.class_statistics().pixels.tolist() == [(expected == label).sum() for label in range(3)]
    binary = SegmentationSequence.from_csv(tmp_path / "train.csv", mask_encoding="binary", workers=0, **settings)
    assert np.array_equal(binary[0][1][..., 0], expected > 0)
    _, val = SegmentationSequence.from_csv(
        tmp_path / "train.csv", groups="patient", fold=(0, 3), subset="both", **settings
    )
    groups = [[0, 1], [2, 3], [4, 5]]
    assert [pairs.images.index(sample.image) for sample in val.samples] in groups


def test_classes_of_run_lengths_may_overlap(pairs: Pairs, tmp_path: Path) -> None:
    rows = [f"{image},1 {24 * 32},1\n{image},{1 + 24 * number} 48,3" for number, image in enumerate(pairs.images)]
    (tmp_path / "rle.csv").write_text("\n".join(["ImageId,EncodedPixels,ClassId", *rows]))
    columns: dict[str, Any] = {"image_col": "ImageId", "mask_col": "EncodedPixels", "class_col": "ClassId"}
    arguments = {"mask_format": "rle", "mask_encoding": "multi_label", "shuffle": False, "workers": 0, **columns}
    y = SegmentationSequence.from_csv(tmp_path / "rle.csv", **arguments)[0][1]
    assert y.shape == (6, 24, 32, 3)
    assert y[..., 0].all()
    assert not y[..., 1].any()
    for number in range(6):
        assert np.array_equal(y[number, ..., 2], np.broadcast_to((np.arange(32) - number) // 2 == 0, (24, 32)))
    few = SegmentationSequence.from_csv(tmp_path / "rle.csv", num_classes=2, **arguments)
    with pytest.raises(SampleError, match="its class id is 3, and there are 2 classes; expected ids from 1 to 2"):
        few[0]


def test_run_lengths_of_another_image(pairs: Pairs, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"image,mask\n{pairs.images[0]},700 100\n")
    sequence = SegmentationSequence.from_csv(tmp_path / "a.csv", mask_format="rle", workers=0)
    with pytest.raises(SampleError, match=rf"{pairs.images[0]}.*run of 100 pixels from 700 leaves the image of 24x32"):
        sequence[0]
    with pytest.raises(ValueError, match=r"expected \"files\" without class_col, or \"rle\""):
        SegmentationSequence.from_csv(tmp_path / "a.csv", class_col="x")
    with pytest.raises(ValueError, match="has no column 'class'; it has 'image', 'mask'"):
        SegmentationSequence.from_csv(tmp_path / "a.csv", mask_format="rle", class_col="class")
    long = " ".join(f"{start} 1" for start in range(1, 24 * 32, 2)) * 100
    (tmp_path / "a.csv").write_text(f"image,mask\n{pairs.images[0]},{long[: len(long) // 100]}{' ' * 200_000}\n")
    ones = SegmentationSequence.from_csv(tmp_path / "a.csv", mask_format="rle", workers=0)[0][1]
    assert ones.sum() == 24 * 16


def test_run_lengths_in_a_picture_of_masks(pairs: Pairs, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "x.png"), np.zeros((3, 4, 3), np.uint8))
    (tmp_path / "a.csv").write_text("image,mask,kind\nx.png,1 3,scratch\nx.png,7 2,dent\n")
    sequence = SegmentationSequence.from_csv(tmp_path / "a.csv", mask_format="rle", class_col="kind", workers=0)
    assert sequence.class_names == ["background", "dent", "scratch"]
    assert sequence[0][1][0].T.ravel().tolist() == [2, 2, 2, 0, 0, 0, 1, 1, 0, 0, 0, 0]
