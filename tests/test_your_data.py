"""Every row of the page "Your data" reads the layout that it names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import datasets
import h5py
import nibabel
import numpy as np
import pytest
from item_sources import TorchLike
from PIL import Image
from polygon_files import cityscapes, labelme, random_polygon, write_json

from seqaug import Palette, SegmentationSequence

PAGE = Path(__file__).parents[1] / "docs" / "your-data.md"
ROWS = dict(re.findall(r"^\| (.+) \| `(.+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
RNG = np.random.default_rng(0)
SIZE = (24, 32)
COLORS = np.array([(0, 0, 255), (128, 64, 128), (128, 64, 128)], np.uint8)


def photo() -> np.ndarray:
    return RNG.integers(0, 256, (*SIZE, 3), np.uint8)


def ids() -> np.ndarray:
    return RNG.integers(0, 3, SIZE, np.uint8)


def inside() -> np.ndarray:
    return RNG.integers(0, 2, SIZE, np.uint8)


def depth() -> np.ndarray:
    return RNG.integers(1000, 60_000, SIZE).astype(np.uint16)


def write(path: str, pixels: np.ndarray) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if path.endswith(".npy"):
        np.save(path, pixels)
    else:
        assert cv2.imwrite(path, pixels[..., ::-1] if pixels.ndim == 3 else pixels)


def files(**makers: Callable[[], np.ndarray]) -> Callable[[], None]:
    """Make files of three samples; a keyword is a path, with two underscores for "/" and "_dot_" for "."."""

    def make() -> None:
        for name in "abc":
            for pattern, maker in makers.items():
                write(pattern.replace("__", "/").replace("_dot_", ".").replace("X", name), maker())

    return make


def table() -> None:
    files(photos__X_dot_jpg=photo, labels__X_dot_png=ids)()
    rows = "".join(f"photos/{name}.jpg,labels/{name}.png\n" for name in "abc")
    Path("pairs.csv").write_text(f"photo,label\n{rows}", encoding="utf-8")


def arrays() -> None:
    np.save("x.npy", np.stack([photo() for _ in range(3)]))
    np.save("y.npy", np.stack([ids() for _ in range(3)]))


def npz() -> None:
    Path("data").mkdir()
    for name in "abc":
        np.savez(f"data/{name}.npz", image=photo(), mask=ids())


def nifti() -> None:
    for name in "abc":
        for kind, pixels in (("images", photo()), ("masks", ids())):
            Path(kind).mkdir(exist_ok=True)
            nibabel.save(nibabel.Nifti1Image(pixels, np.eye(4)), f"{kind}/{name}.nii.gz")


def read_nifti(path: str) -> np.ndarray:
    return np.asarray(nibabel.load(path).dataobj)


def hdf5() -> None:
    with h5py.File("scans.h5", "w") as file:
        file["images"], file["masks"] = [photo() for _ in range(3)], [ids() for _ in range(3)]


def read_hdf5(path: str, kind: str) -> np.ndarray:
    location, _, number = path.rpartition("#")
    with h5py.File(location) as file:
        return file[kind][int(number)]


def bands() -> np.ndarray:
    return RNG.random((*SIZE, 9)) < 0.3


def by_class() -> None:
    files(images__X_dot_jpg=photo, organ__X_dot_png=inside, lesion__X_dot_png=inside)()
    Path("lesion/b.png").unlink()


def classes_table() -> None:
    by_class()
    lesions = {"a": "lesion/a.png", "b": "", "c": "lesion/c.png"}
    rows = "".join(f"images/{name}.jpg,organ/{name}.png,{lesions[name]}\n" for name in "abc")
    Path("classes.csv").write_text(f"photo,organ,lesion\n{rows}", encoding="utf-8")


IMAGES = {"images__X_dot_jpg": photo}
PAIRS = {**IMAGES, "masks__X_dot_png": ids}
ONE_FOLDER = {"data__X_dot_jpg": photo, "data__X_mask_dot_png": ids}
# How each layout is made, and the names of what x and y hold.
LAYOUTS: dict[str, tuple[Callable[[], None], list[str], list[str]]] = {
    "`images/a.jpg`, `masks/a.png` of class ids": (files(**PAIRS), [], []),
    "the same, masks in colours": (files(**IMAGES, masks__X_dot_png=lambda: COLORS[ids()]), [], []),
    "`data/a.jpg`, `data/a_mask.png`, in one folder": (files(**ONE_FOLDER), [], []),
    "a table of paths": (table, [], []),
    "arrays in memory": (arrays, [], []),
    "`images/a.npy`, `masks/a.npy`, one array a file": (files(images__X_dot_npy=photo, masks__X_dot_npy=ids), [], []),
    "`data/a.npz`, each with an `image` and a `mask`": (npz, [], []),
    "depth as a target: `depth/a.png` of 16 bits": (files(**PAIRS, depth__X_dot_png=depth), [], ["mask", "depth"]),
    "a second camera as an input: `left/a.png`": (files(**PAIRS, left__X_dot_png=photo), ["image", "left"], []),
    "the same, `data/a.jpg`, `data/a_mask.png`, `data/a_left.png`": (
        files(**ONE_FOLDER, data__X_left_dot_png=photo),
        ["image", "left"],
        [],
    ),
    "depth without masks, `depth/a.npy`": (files(**IMAGES, depth__X_dot_npy=depth), [], []),
    "NIfTI, DICOM, RAW: `images/a.nii.gz`, `masks/a.nii.gz`": (nifti, [], []),
    'HDF5: a path for each sample, `"scans.h5#0"`': (hdf5, [], []),
    "a file for each class: `organ/a.png`, `lesion/a.png`, where a sample has it": (by_class, [], []),
    "the same, one label a pixel": (by_class, [], []),
    "the same, columns of a table, cells empty where there is none": (classes_table, [], []),
    "masks of several bands, `masks/a.npy` (H, W, K)": (files(**IMAGES, masks__X_dot_npy=bands), [], []),
    "images alone, to predict on": (files(**IMAGES), [], []),
}


def of(*stored: int) -> Callable[[], np.ndarray]:
    """Return a maker of masks of these ids."""
    return lambda: np.array(stored, np.uint8)[RNG.integers(0, len(stored), SIZE)]


def in_colors(palette: str) -> Callable[[], np.ndarray]:
    """Return a maker of masks of all colours of a palette."""
    known = [color for several in Palette.named(palette).all_colors.values() for color in several]
    return lambda: np.array(known, np.uint8)[RNG.integers(0, len(known), SIZE)]


CITYSCAPES = {
    "leftImg8bit__train__ulm__X_leftImg8bit_dot_png": photo,
    "gtFine__train__ulm__X_gtFine_labelIds_dot_png": of(*range(34)),
    "gtFine__train__ulm__X_gtFine_color_dot_png": in_colors("cityscapes"),
}
STUFF = {"train2017__X_dot_jpg": photo, "stuffthingmaps__train2017__X_dot_png": of(0, 10, 12, 181, 255)}
LAYOUTS |= {
    "black and white masks, of 0 and 255": (files(**IMAGES, masks__X_dot_png=of(0, 255)), [], []),
    "masks of other ids than 0, 1, ...": (files(**IMAGES, masks__X_dot_png=of(40, 90, 200)), [], []),
    "CamVid, SegNet's version: `train/a.png`, `trainannot/a.png`": (
        files(train__X_dot_png=photo, trainannot__X_dot_png=of(*range(12))),
        [],
        [],
    ),
    "CamVid, 32 colours: `701_StillsRaw_full/a.png`, `LabeledApproved_full/a_L.png`": (
        files(**{"701_StillsRaw_full__X_dot_png": photo, "LabeledApproved_full__X_L_dot_png": in_colors("camvid32")}),
        [],
        [],
    ),
    "Cityscapes: `leftImg8bit/train/*/a_leftImg8bit.png`, `gtFine/train/*/a_gtFine_labelIds.png`": (
        files(**CITYSCAPES),
        [],
        [],
    ),
    "Pascal VOC: `JPEGImages/a.jpg`, `SegmentationClass/a.png`": (
        files(JPEGImages__X_dot_jpg=photo, SegmentationClass__X_dot_png=in_colors("voc")),
        [],
        [],
    ),
    "ADE20K, SceneParse150: `images/training/a.jpg`, `annotations/training/a.png`": (
        files(images__training__X_dot_jpg=photo, annotations__training__X_dot_png=of(*range(151))),
        [],
        [],
    ),
    "Oxford Pets: `images/a.jpg`, `annotations/trimaps/a.png`": (
        files(**IMAGES, annotations__trimaps__X_dot_png=of(1, 2, 3)),
        [],
        [],
    ),
    "COCO-Stuff: `train2017/a.jpg`, `stuffthingmaps/train2017/a.png`": (files(**STUFF), [], []),
}


def coco() -> None:
    files(train2017__X_dot_jpg=photo)()
    categories = [{"id": number, "name": name} for number, name in ((1, "person"), (17, "cat"), (18, "dog"))]
    annotations = [
        {
            "id": at,
            "image_id": at % 3,
            "category_id": category,
            "iscrowd": 0,
            "segmentation": [[1, 1, 20, 1, 20, at + 5]],
        }
        for at, category in enumerate((1, 17, 18, 18))
    ]
    size = dict(zip(("height", "width"), SIZE, strict=True))
    images = [{"id": at, "file_name": f"{name}.jpg", **size} for at, name in enumerate("abc")]
    content = {"images": images, "annotations": annotations, "categories": categories}
    Path("instances.json").write_text(json.dumps(content), encoding="utf-8")


def cityscapes_polygons() -> None:
    files(**CITYSCAPES)()
    for name in "abc":
        content = cityscapes(*((label, random_polygon(RNG)) for label in ("road", "car", "static")), size=SIZE)
        write_json(f"gtFine/train/ulm/{name}_gtFine_polygons.json", content)


def labelme_polygons() -> None:
    files(data__X_dot_jpg=photo)()
    for name in "abc":
        write_json(
            f"data/{name}.json", labelme(*((label, random_polygon(RNG)) for label in ("road", "car")), size=SIZE)
        )


def kaggle() -> None:
    files(train__X_dot_jpg=photo)()
    rows = ["ImageId,EncodedPixels,ClassId", "a.jpg,1 3 10 5,1", "b.jpg,,", "c.jpg,2 40,1", "c.jpg,90 9,2"]
    Path("train.csv").write_text("\n".join(rows), encoding="utf-8")


def hugging_face() -> datasets.Dataset:
    rows = {"image": [Image.fromarray(photo())] * 3, "label": [Image.fromarray(ids())] * 3}
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Image()})
    return datasets.Dataset.from_dict(rows, features=features)


LAYOUTS |= {
    "a data set of Hugging Face, with the columns `image` and `label`": (files(), [], []),
    "a data set of torch, of pairs": (files(), [], []),
    "the same, from its polygons: `gtFine/train/*/a_gtFine_polygons.json`": (cityscapes_polygons, [], []),
    "LabelMe: `data/a.jpg`, `data/a.json`": (labelme_polygons, [], []),
    "the same, classes that overlap": (labelme_polygons, [], []),
    "COCO: `instances.json`, `train2017/a.jpg`": (coco, [], []),
    "the same, two classes, of which one merges categories": (coco, [], []),
    "the same, a mask for each category, which overlap": (coco, [], []),
    "Kaggle's run lengths: `train.csv`, `train/a.jpg`": (kaggle, [], []),
    "the same, with a class in each row": (kaggle, [], []),
}


def test_every_row_has_a_layout() -> None:
    assert sorted(ROWS) == sorted({*LAYOUTS, *OTHERS})


# Rows whose layout and test are elsewhere in this file.
OTHERS: set[str] = set()


@pytest.mark.filterwarnings("ignore:.* of the labelled pixels are in several")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_row(layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make, inputs, outputs = LAYOUTS[layout]
    make()
    names: dict[str, Any] = {
        name: getattr(SegmentationSequence, name) for name in dir(SegmentationSequence) if name.startswith("from_")
    }
    names |= {"dataset": hugging_face(), "pairs": TorchLike(np.stack([photo()] * 3), np.stack([ids()] * 3))}
    names |= {"SegmentationSequence": SegmentationSequence, "np": np, "files": sorted(map(str, Path().rglob("*.npz")))}
    names |= {"read": read_nifti, "paths": [f"scans.h5#{number}" for number in range(3)]}
    names |= {"read_h5_image": partial(read_hdf5, kind="images"), "read_h5_mask": partial(read_hdf5, kind="masks")}
    sequence = eval(ROWS[layout], names)
    assert len(sequence.samples) == 3
    batch = sequence[0]
    x, y = batch if isinstance(batch, tuple) else (batch, None)
    assert sorted(x) == sorted(inputs) if inputs else x.shape == (3, *SIZE, 3)
    if outputs:
        assert sorted(y) == sorted(outputs)
    elif y is not None:
        assert y.shape[:3] == (3, *SIZE)
        assert len(np.unique(y)) > 1
