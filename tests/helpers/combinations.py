"""Random combinations of what a sequence takes, on files whose pixels tell their class."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from seqaug import ClassCrop, ClassMix, ClassUniform, ClassWeights, CopyPaste, CutMix, Mixture, Palette
from seqaug import SegmentationSequence as Sequence

import albumentations as A  # noqa: N812 isort: skip

COUNT, CLASSES = 9, 4
GREY = 50  # an image's first channel is its class times this
COLORS = {"sky": (0, 0, 200), "left lamp": (10, 200, 0), "right lamp": (200, 0, 20), "road": (90, 90, 90)}
STORED = {11: 0, 7: 1, 200: 2, 3: 3, 99: None}


class Files(NamedTuple):
    """Paths of images, and of their masks in each form; `ids[i]` are the classes of image i, 255 where ignored."""

    images: list[str]
    pixels: list[np.ndarray]
    masks: dict[str, Any]
    instances: list[str]
    depth: list[str]
    ids: list[np.ndarray]
    broken: list[str]


def write_files(folder: Path, *, equal: bool = True) -> Files:
    """Write samples of one size, or of several; pixels of class 255 are ignored where a mask can say so."""
    rng = np.random.default_rng(3)
    found = Files([], [], {"ids": [], "stored": [], "colors": [], "arrays": [], "classes": {}}, [], [], [], [])
    lookup = np.zeros(256, np.uint8)
    for stored, id in STORED.items():
        lookup[255 if id is None else id] = stored
    palette = np.zeros((256, 3), np.uint8)
    palette[:CLASSES] = list(COLORS.values())
    for number in range(COUNT):
        height, width = (40, 48) if equal else (40 + 4 * (number % 3), 48 + 4 * (number % 2))
        coarse = rng.integers(0, CLASSES, (height // 4, width // 4), np.uint8)
        ids = coarse.repeat(4, 0).repeat(4, 1)
        ids[-4:, -8:] = 255
        image = np.stack([ids * np.uint8(GREY), *rng.integers(0, 256, (2, height, width), np.uint8)], axis=-1)
        image[ids == 255, 0] = 255
        for name, array in {
            "images": image,
            "ids": ids,
            "stored": lookup[ids],
            "colors": palette[ids],
            "instances": np.minimum(ids, 5).astype(np.uint16) + np.uint16(300),
        }.items():
            path = folder / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), array[..., ::-1] if array.ndim == 3 else array)
            (getattr(found, name) if name in Files._fields and name != "ids" else found.masks[name]).append(str(path))
        path = folder / "depth" / f"{number}.npy"
        path.parent.mkdir(exist_ok=True)
        np.save(path, np.where(ids == 255, 9, ids).astype(np.float32))
        found.depth.append(str(path))
        found.masks["arrays"].append(ids)
        found.ids.append(ids)
        found.pixels.append(image)
        for id, name in enumerate(COLORS):
            path = folder / name / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(path), (ids == id).astype(np.uint8) * 255)
            found.masks["classes"].setdefault(name, []).append(str(path))
    broken = folder / "broken" / "0.png"
    broken.parent.mkdir()
    broken.write_bytes(Path(found.images[0]).read_bytes()[:300])
    found.broken.append(str(broken))
    return found


def chosen(rng: np.random.Generator, *options: Any) -> Any:
    return options[rng.integers(len(options))]


def transform(rng: np.random.Generator, *, aligned: bool, mixing: bool, several: bool) -> Any:
    """Draw a composition; if `aligned`, one after which pixels still tell their class."""
    parts: list[Any] = []
    if mixing and rng.random() < 0.6:
        objects = CopyPaste(p=0.8, interpolation=cv2.INTER_NEAREST)
        parts += [chosen(rng, CutMix(p=0.7), ClassMix(p=0.7), objects, A.OneOf([CutMix(p=1), objects], p=0.8))]
    nearest = {"interpolation": cv2.INTER_NEAREST, "p": 0.8}
    moves = [
        A.HorizontalFlip(p=0.5),
        A.VerticalFlip(p=0.5),
        A.Affine(rotate=(-40, 40), scale=(0.7, 1.3), **nearest),
        A.Rotate(30, **nearest),
        A.CoarseDropout(p=0.5, fill_mask=255, fill=255),
        A.Perspective(**nearest),
    ]
    parts += [moves[number] for number in rng.permutation(len(moves))[: rng.integers(0, 3)]]
    if not aligned:
        parts += [A.RandomBrightnessContrast(p=0.5), A.GaussNoise(p=0.5), A.ElasticTransform(p=0.3)]
    if several:
        parts += [chosen(rng, A.RandomCrop(32, 32), ClassCrop(32, 32), A.CenterCrop(32, 32))]
    return A.Compose(parts)


class Drawn(NamedTuple):
    """Arguments of a sequence but for those of engines and caches."""

    files: Files
    masks: str
    aligned: bool
    arguments: dict[str, Any]

    def make(self, **further: Any) -> Any:
        """Make the sequence, or a mixture of it and a second one."""
        arguments = {**self.arguments, **further}
        engine = {
            name: arguments.pop(name) for name in ("workers", "use_multiprocessing", "executor") if name in arguments
        }
        weight = arguments.pop("mixture", None)
        images: list[Any] = list(self.files.pixels if self.masks == "arrays" else self.files.images)
        if arguments.get("on_error") == "skip":
            images[4] = images[4][:8] if self.masks == "arrays" else self.files.broken[0]
        if weight is None:
            return Sequence(images, self.files.masks[self.masks], **arguments, **engine)
        common = {name: arguments.pop(name) for name in ("shard", "drop_remainder") if name in arguments}
        common |= {"on_error": arguments.get("on_error", "raise")}
        arguments["samples_per_epoch"] = None
        first = Sequence(images, self.files.masks[self.masks], **arguments)
        second = Sequence(
            images,
            self.files.masks[self.masks],
            **arguments | {"seed": 99, "transform": A.CenterCrop(32, 32), "image_size": None},
        )
        return Mixture({first: weight, second: 1 - weight}, seed=arguments["seed"], **common, **engine)


def draw(seed: int, equal: Files, unequal: Files) -> Drawn:
    """Draw arguments that belong together."""
    rng = np.random.default_rng(seed)
    masks = chosen(rng, "ids", "stored", "colors", "arrays", "classes")
    aligned = bool(rng.random() < 0.5)
    arguments: dict[str, Any] = {
        "batch_size": int(rng.integers(1, 4)) * 2,
        "seed": int(rng.integers(1000)),
        "ignore_index": 255,
        "shuffle": chosen(rng, None, None, False),
        "drop_remainder": chosen(rng, True, False),
        "samples_per_epoch": chosen(rng, None, None, 7, 13),
    }
    overlapping = masks == "classes" and rng.random() < 0.7
    names = masks in ("colors", "classes")
    if masks in ("ids", "arrays"):
        arguments["num_classes"] = CLASSES
    elif masks == "stored":
        arguments["class_map"] = STORED
    elif masks == "colors":
        arguments["palette"] = Palette(COLORS | {"void": (0, 0, 0)}, ignore=["void"])
    if overlapping:
        arguments |= {"mask_encoding": "multi_label", "ignore_index": None}
        arguments["class_weights"] = chosen(rng, None, "uniform")
    else:
        arguments["mask_encoding"] = chosen(rng, "sparse", "sparse", "one_hot")
        arguments["class_weights"] = chosen(rng, None, "uniform", "enet", ClassWeights("inverse", of="drawn", clip=5))
    # Overlapping classes have no label for padding.
    files = equal if overlapping else chosen(rng, equal, equal, unequal)
    kind = rng.integers(4)
    arguments["transform"] = transform(
        rng, aligned=aligned, mixing=not overlapping and rng.random() < 0.6, several=kind == 0
    )
    if kind == 1 and not aligned:
        arguments["image_size"] = (32, 32)
    elif kind != 0 and files is unequal:
        arguments["pad_batches"] = chosen(rng, True, 16)
    if not aligned and rng.random() < 0.4:
        arguments["mirrored_classes"] = [("left lamp", "right lamp")] if names else [(1, 2)]
    elif names:
        arguments["mirrored_classes"] = []
    if aligned:
        arguments["rescale"] = None
    else:
        arguments["dtype"] = chosen(rng, "float32", "float16", "bfloat16")
    arguments["data_format"] = chosen(rng, "channels_last", "channels_last", "channels_first")
    arguments["oversample"] = chosen(
        rng, None, None, "class_uniform", ClassUniform(fraction=0.5), "repeat_factor", np.arange(1.0, COUNT + 1)
    )
    arguments["repeats"] = chosen(rng, 1, 1, 2)
    if rng.random() < 0.4:
        arguments["additional"] = {
            "left": files.images,
            "parts": files.masks["ids"],
            "depth": files.depth,
            "instances": files.instances,
        }
        arguments["additional_targets"] = {
            "left": "image",
            "parts": "mask",
            "depth": "value",
            "instances": "value_nearest",
        }
        arguments["value_fill"] = {"depth": -1.0, "instances": 0}
        if overlapping:
            del arguments["additional"]["parts"], arguments["additional_targets"]["parts"]
    if rng.random() < 0.3:
        arguments["on_error"] = "skip"
        if arguments["oversample"] is not None:
            arguments["oversample"] = np.arange(1.0, COUNT + 1)
    if rng.random() < 0.25:
        arguments["prepare"] = chosen(rng, A.CenterCrop(36, 44), A.Resize(36, 44, interpolation=cv2.INTER_NEAREST))
    if rng.random() < 0.25 and arguments["repeats"] == 1 and (kind == 0 or arguments.get("image_size")):
        arguments["mixture"] = 0.7
    return Drawn(
        files,
        masks,
        aligned,
        {name: value for name, value in arguments.items() if value is not None or name == "rescale"},
    )


def flat(batch: Any) -> list[np.ndarray]:
    """List the arrays of a batch."""
    if isinstance(batch, dict):
        return [array for name in sorted(batch) for array in flat(batch[name])]
    if isinstance(batch, tuple):
        return [array for one in batch for array in flat(one)]
    return [np.asarray(batch)]


def content(batch: Any) -> list[tuple[str, tuple[int, ...], bytes]]:
    return [(str(array.dtype), array.shape, array.tobytes()) for array in flat(batch)]
