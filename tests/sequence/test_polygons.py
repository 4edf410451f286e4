"""Sequences whose masks are polygon files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from engine_settings import ENGINES
from exif import jpeg_with_orientation
from polygon_files import SIZE, cityscapes, json2labelimg, labelme, random_polygon, shapes_to_label, write_json

from seqaug import SampleError, SegmentationSequence, Tiles
from seqaug.cli.main import main

IDS = {"unlabeled": 0, "static": 4, "road": 7, "car": 26}
TRAIN_IDS = {0: 255, 4: 255, 7: 0, 26: 13}
LABELS = {"_background_": 0, "car": 1, "road": 2}
COLORS = {"_background_": (0, 0, 0), "car": (0, 0, 142), "road": (128, 64, 128)}
SQUARE = [[4, 5], [12, 5], [12, 15], [4, 15]]


def write_cityscapes(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Write three samples as Cityscapes does, with all that lies beside; return the images and their train ids."""
    rng = np.random.default_rng(0)
    images, masks = [], []
    for name in "abc":
        images.append(rng.integers(0, 256, (*SIZE, 3), np.uint8))
        content = cityscapes(*[(str(rng.choice(list(IDS)[1:])), random_polygon(rng)) for _ in range(5)])
        ids = json2labelimg(content, IDS)
        masks.append(np.vectorize(TRAIN_IDS.get)(ids))
        write_json(folder / f"gtFine/train/ulm/{name}_gtFine_polygons.json", content)
        (folder / "leftImg8bit/train/ulm").mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"leftImg8bit/train/ulm/{name}_leftImg8bit.png"), images[-1][..., ::-1])
        for kind, pixels in (("labelIds", ids), ("instanceIds", ids), ("color", images[-1])):
            cv2.imwrite(str(folder / f"gtFine/train/ulm/{name}_gtFine_{kind}.png"), pixels)
    return np.stack(images), np.stack(masks)


def write_labelme(folder: Path) -> np.ndarray:
    """Write three samples as LabelMe does, in one folder; return their ids."""
    rng = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    masks = []
    for name in "abc":
        cv2.imwrite(str(folder / f"{name}.jpg"), rng.integers(0, 256, (*SIZE, 3), np.uint8))
        shapes = [(label, random_polygon(rng)) for label in ("road", "car")]
        content = labelme(*shapes, ("car", [[9, 9], [12.5, 9]], "circle"))
        write_json(folder / f"{name}.json", content)
        masks.append(shapes_to_label(content, LABELS))
    return np.stack(masks)


def all_masks(*arguments: Any, **named: Any) -> np.ndarray:
    with SegmentationSequence.from_directory(*arguments, **{"shuffle": False, "workers": 0, **named}) as sequence:
        mask: np.ndarray = sequence[0][1]
    return mask


@pytest.mark.parametrize(("engine", "cache"), [*((engine, None) for engine in ENGINES), ("threads", "memory")])
def test_batches_of_cityscapes(tmp_path: Path, engine: str, cache: str | None) -> None:
    images, masks = write_cityscapes(tmp_path)
    with SegmentationSequence.from_directory(
        tmp_path / "leftImg8bit/train",
        tmp_path / "gtFine/train",
        image_suffix="_leftImg8bit",
        mask_suffix="_gtFine_polygons",
        class_map="cityscapes",
        shuffle=False,
        cache=cache,
        **ENGINES[engine],
    ) as sequence:
        for _ in range(2):
            x, y = sequence[0]
            assert np.array_equal(y, masks)
            assert y.dtype == np.uint8
            assert np.array_equal(x, images * np.float32(1 / 255))
        assert (sequence.num_classes, sequence.ignore_index) == (19, 255)
        assert sequence.class_statistics().pixels[[0, 13]].tolist() == [(masks == 0).sum(), (masks == 13).sum()]


def test_patterns_palettes_and_lists(tmp_path: Path) -> None:
    _, masks = write_cityscapes(tmp_path)
    images, polygons = (
        tmp_path / "leftImg8bit/train/*/*_leftImg8bit.png",
        tmp_path / "gtFine/train/*/*_gtFine_polygons.json",
    )
    assert np.array_equal(all_masks(images, polygons, palette="cityscapes"), masks)
    assert np.array_equal(
        all_masks(images, tmp_path / "gtFine/train/*/*_gtFine_labelIds.png", class_map="cityscapes"), masks
    )
    chosen = {"road": 0, "car": 1, "default": None}
    assert np.array_equal(all_masks(images, polygons, class_map=chosen), np.where(masks == 13, 1, masks))
    lists = [sorted(map(str, tmp_path.rglob(name))) for name in ("*_leftImg8bit.png", "*_polygons.json")]
    for paths in (lists[1], iter(lists[1])):
        sequence = SegmentationSequence(lists[0], paths, class_map="cityscapes", shuffle=False, workers=0)
        assert np.array_equal(sequence[0][1], masks)
    rows = "".join(f"{image},{mask}\n" for image, mask in zip(*lists, strict=True))
    (tmp_path / "pairs.csv").write_text(f"image,mask\n{rows}", encoding="utf-8")
    table = SegmentationSequence.from_csv(tmp_path / "pairs.csv", class_map="cityscapes", shuffle=False, workers=0)
    assert np.array_equal(table[0][1], masks)


def test_batches_of_labelme(tmp_path: Path) -> None:
    masks = write_labelme(tmp_path / "data")
    folder = tmp_path / "data"
    for where in (folder, folder / "*.json"):
        assert np.array_equal(all_masks(folder, where, class_map={"car": 1, "road": 2}), masks)
    assert np.array_equal(all_masks(folder, folder, palette=COLORS), masks)
    binary = all_masks(folder, folder, mask_encoding="binary", class_map={"default": 1})
    assert np.array_equal(binary[..., 0], masks > 0)
    sequence = SegmentationSequence.from_directory(folder, folder, class_map={"car": 1, "road": 2}, workers=0)
    assert sequence.class_names == ["background", "car", "road"]
    counts = [(masks == label).sum() for label in range(3)]
    assert sequence.class_statistics().pixels.tolist() == counts
    again = SegmentationSequence.from_config(sequence.get_config())
    assert np.array_equal(again[0][1], sequence[0][1])


def test_classes_that_overlap(tmp_path: Path) -> None:
    masks = write_labelme(tmp_path)
    palette = {name: COLORS[name] for name in ("car", "road")}
    planes = all_masks(tmp_path, tmp_path, mask_encoding="multi_label", palette=palette)
    assert planes.shape == (3, *SIZE, 2)
    assert np.array_equal(planes[..., 0] == 1, masks == 1)
    assert (planes[..., 1][masks == 2] == 1).all()
    assert planes[..., 1].sum() > (masks == 2).sum()


def test_splits_tiles_and_transforms(tmp_path: Path) -> None:
    masks = write_labelme(tmp_path)
    train, val = SegmentationSequence.from_directory(
        tmp_path,
        tmp_path,
        class_map={"car": 1, "road": 2},
        validation_split=1 / 3,
        subset="both",
        stratify=True,
        transform=A.HorizontalFlip(p=1),
        validation_transform=A.NoOp(),
        workers=0,
    )
    assert (len(train.samples), len(val.samples)) == (2, 1)
    number = "abc".index(Path(val.samples[0].image).stem)
    assert np.array_equal(val[0][1][0], masks[number])
    tiles = all_masks(tmp_path, tmp_path, class_map={"car": 1, "road": 2}, tiles=Tiles((12, 16)))
    assert np.array_equal(tiles[0], masks[0, :12, :16])
    assert np.array_equal(tiles[3], masks[0, 12:, 16:])


def test_a_cache_on_disk_knows_files_and_labels(tmp_path: Path) -> None:
    write_labelme(tmp_path / "data")

    def masks(**labels: Any) -> np.ndarray:
        folders = tmp_path / "data", tmp_path / "data"
        with SegmentationSequence.from_directory(
            *folders, cache=tmp_path / "cache", shuffle=False, workers=0, **labels
        ) as sequence:
            counts = sequence.class_statistics().pixels.tolist()
            mask: np.ndarray = sequence[0][1]
        assert counts == [(mask == label).sum() for label in range(3)]
        return mask

    before = masks(class_map={"car": 1, "road": 2})
    for labels in (
        {"class_map": {"car": 2, "road": 1}},
        {"palette": dict(zip(("_background_", "road", "car"), COLORS.values(), strict=True))},
    ):
        assert np.array_equal(masks(**labels), np.array([0, 2, 1])[before])
    content = json.loads((tmp_path / "data/a.json").read_text())
    content["shapes"].append({"label": "car", "points": SQUARE, "shape_type": "polygon"})
    write_json(tmp_path / "data/a.json", content)
    after = masks(class_map={"car": 1, "road": 2})
    assert (after[0, 5:16, 4:13] == 1).all()
    assert np.array_equal(after[1:], before[1:])


def test_errors_name_the_sample(tmp_path: Path) -> None:
    write_labelme(tmp_path)
    names = {"class_map": {"car": 1, "road": 2}, "batch_size": 1}
    for content, message in (
        (labelme(("car", SQUARE[:2])), r"b.json: shapes\[0\] \('car'\): a polygon of 2 points"),
        (labelme(("cat", SQUARE)), "b.json: the label 'cat' of .* is no class; .* did you mean 'car'"),
        (labelme(("car", SQUARE), size=(24, 31)), "'mask' is 24x31 and the image 24x32"),
        ({"images": [], "annotations": []}, "COCO's annotations, .*from_coco"),
    ):
        write_json(tmp_path / "b.json", content)
        sequence = SegmentationSequence.from_directory(tmp_path, tmp_path, shuffle=False, workers=0, **names)
        with pytest.raises(SampleError, match=rf"sample 1 \(image .*b.jpg, mask .*b.json\): .*{message}"):
            sequence[1]
        assert sequence[2][1].any()


def test_images_that_labelme_turns(tmp_path: Path) -> None:
    write_labelme(tmp_path)
    (tmp_path / "b.jpg").write_bytes(jpeg_with_orientation(np.zeros((*SIZE, 3), np.uint8), 3))
    sequence = SegmentationSequence.from_directory(
        tmp_path, tmp_path, class_map={"car": 1, "road": 2}, batch_size=1, shuffle=False, workers=0
    )
    for asked in (lambda: sequence[1], sequence.class_statistics):
        with pytest.raises(SampleError, match=r"sample 1 .* its image has the EXIF orientation 3"):
            asked()
    own = SegmentationSequence.from_directory(
        tmp_path / "*.jpg", tmp_path, class_map={"car": 1, "road": 2}, read_image=cv2.imread, shuffle=False, workers=0
    )
    assert own[0][1].any()  # it turns images by itself


def test_arguments_that_do_not_fit(tmp_path: Path) -> None:
    write_labelme(tmp_path)
    with pytest.raises(
        ValueError, match=r"labels of the first 3 files: car, road; expected class_map=\{'car': 1, 'road': 2\}"
    ):
        SegmentationSequence.from_directory(tmp_path, tmp_path)
    pixels, ids = np.zeros((2, *SIZE, 3), np.uint8), np.zeros((2, *SIZE), np.uint8)
    for images, masks in ((pixels, ids), (["a.png"], ["b.png"])):
        with pytest.raises(ValueError, match=r"class_map=\{'car': 1\} has labels, which only polygon files"):
            SegmentationSequence(images, masks, class_map={"car": 1})
    sequence = SegmentationSequence(
        [str(tmp_path / "a.jpg")], {"car": [str(tmp_path / "a.json")]}, mask_encoding="multi_label", workers=0
    )
    with pytest.raises(SampleError, match="JSON, and no image; polygons of Cityscapes and LabelMe are read as masks"):
        sequence[0]


def test_a_reader_of_the_users_comes_first(tmp_path: Path) -> None:
    write_labelme(tmp_path)
    masks = all_masks(
        tmp_path / "*.jpg", tmp_path / "*.json", num_classes=4, read_mask=lambda path: np.full(SIZE, 3, np.uint8)
    )
    assert (masks == 3).all()


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, masks = write_cityscapes(tmp_path / "city")
    images = str(tmp_path / "city/leftImg8bit/train/*/*_leftImg8bit.png")
    polygons = str(tmp_path / "city/gtFine/train/*/*_gtFine_polygons.json")
    labels = ["--class-map", "cityscapes"]
    assert main(["check", images, polygons, *labels, "--workers", "0"]) == 0
    assert capsys.readouterr().out == "3 samples checked: no issues found\n"
    assert main(["stats", polygons, *labels, "--workers", "0", "--json"]) == 0
    classes = json.loads(capsys.readouterr().out)["classes"]
    assert (classes[13]["name"], classes[13]["pixels"]) == ("car", (masks == 13).sum())
    assert main(["preview", images, polygons, *labels, "-o", str(tmp_path / "shown.png"), "-n", "1"]) == 0
    assert "1 of 3 samples" in capsys.readouterr().out

    masks = write_labelme(tmp_path / "data")
    write_json(tmp_path / "data/b.json", labelme(("cat", SQUARE)))
    folder = str(tmp_path / "data/*")
    labels = ["--class-map", "car:1,road:2", "--workers", "0"]
    assert main(["check", f"{folder}.jpg", f"{folder}.json", *labels]) == 1
    out = capsys.readouterr().out
    assert "b.json: the label 'cat' of shapes[0] ('cat') is no class" in out
    assert out.endswith("3 samples checked: 1 issue\n")
    assert main(["stats", f"{tmp_path}/data/a.json", *labels, "--json"]) == 0
    classes = json.loads(capsys.readouterr().out)["classes"]
    assert [entry["pixels"] for entry in classes] == [(masks[0] == label).sum() for label in range(3)]
    for words in (["stats", f"{folder}.jpg"], ["check", f"{folder}.jpg", f"{folder}.jpg"]):
        with pytest.raises(SystemExit):
            main([*words, *labels])
        capsys.readouterr()
