"""Hypothesis strategies of Albumentations compositions, for laws that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
from hypothesis import strategies as st

import seqaug.augmentation.albumentations  # noqa: F401 (keeps the import below off the network)

import albumentations as A  # noqa: N812 isort: skip

NEAREST = {"interpolation": cv2.INTER_NEAREST, "mask_interpolation": cv2.INTER_NEAREST}

# Created for each composition, for images of at least 48x64; images are interpolated by nearest neighbour too, so that
# they can be compared with masks.
GEOMETRIC: dict[str, Callable[[], Any]] = {
    "flip": lambda: A.HorizontalFlip(p=0.5),
    "flip_vertical": lambda: A.VerticalFlip(p=0.5),
    "d4": lambda: A.D4(p=0.7),
    "transpose": lambda: A.Transpose(p=0.5),
    "rotate": lambda: A.Rotate(limit=60, p=0.8, **NEAREST),
    "rotate_reflect": lambda: A.Rotate(limit=60, border_mode=cv2.BORDER_REFLECT_101, p=0.8, **NEAREST),
    "safe_rotate": lambda: A.SafeRotate(limit=60, p=0.8, **NEAREST),
    "affine": lambda: A.Affine(
        scale=(0.5, 1.5), translate_percent=(-0.2, 0.2), rotate=(-45, 45), shear=(-20, 20), p=0.8, **NEAREST
    ),
    "perspective": lambda: A.Perspective(fit_output=True, p=0.8, **NEAREST),
    "elastic": lambda: A.ElasticTransform(alpha=60, sigma=6, p=0.8, **NEAREST),
    "grid": lambda: A.GridDistortion(p=0.8, **NEAREST),
    "optical": lambda: A.OpticalDistortion(distort_limit=0.5, p=0.8, **NEAREST),
    "grid_elastic": lambda: A.GridElasticDeform(num_grid_xy=(4, 4), magnitude=9, p=0.8, **NEAREST),
    "spline": lambda: A.ThinPlateSpline(p=0.8, **NEAREST),
    "crop": lambda: A.RandomCrop(20, 24),
    "crop_padded": lambda: A.RandomCrop(90, 80, pad_if_needed=True),
    "resized_crop": lambda: A.RandomResizedCrop(size=(33, 41), **NEAREST),
    "scale": lambda: A.RandomScale((-0.4, 0.6), p=0.8, **NEAREST),
    "resize": lambda: A.Resize(37, 53, **NEAREST),
    "pad": lambda: A.PadIfNeeded(80, 96),
    "crop_and_pad": lambda: A.CropAndPad(px=(-5, 9), keep_size=False),
    "shuffle_grid": lambda: A.RandomGridShuffle(p=0.8),
}
PHOTOMETRIC: dict[str, Callable[[], Any]] = {
    "brightness": lambda: A.RandomBrightnessContrast(p=0.7),
    "hue": lambda: A.HueSaturationValue(p=0.7),
    "noise": lambda: A.GaussNoise(p=0.7),
    "blur": lambda: A.GaussianBlur(p=0.7),
    "jpeg": lambda: A.ImageCompression(p=0.7),
    "gamma": lambda: A.RandomGamma(p=0.7),
    "clahe": lambda: A.CLAHE(p=0.7),
    "channel_shuffle": lambda: A.ChannelShuffle(p=0.7),
    "dropout": lambda: A.CoarseDropout(p=0.7),
    "fog": lambda: A.RandomFog(p=0.7),
}


def _nested(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        lists.map(lambda parts: A.Sequential(parts, p=0.8)),
        lists.map(lambda parts: A.OneOf(parts, p=0.8)),
        st.tuples(parts, parts).map(lambda parts: A.SomeOf(list(parts), n=1, p=0.8)),
        lists.map(lambda parts: A.Compose(parts, p=0.8)),
    )


def _compositions(factories: dict[str, Callable[[], Any]]) -> st.SearchStrategy[Any]:
    single = st.sampled_from(sorted(factories)).map(lambda name: factories[name]())
    return st.lists(st.one_of(single, _nested(single)), min_size=1, max_size=4).map(A.Compose)


def geometric_compositions() -> st.SearchStrategy[Any]:
    """Compositions that move pixels, of images by nearest neighbour too."""
    return _compositions({name: make for name, make in GEOMETRIC.items() if name != "crop"})


def photometric_compositions() -> st.SearchStrategy[Any]:
    """Compositions that change only values of images."""
    return _compositions(PHOTOMETRIC)


def compositions(without: frozenset[str] = frozenset()) -> st.SearchStrategy[Any]:
    """Compositions of any kind."""
    left_out = without | {"crop"}
    return _compositions({name: make for name, make in (GEOMETRIC | PHOTOMETRIC).items() if name not in left_out})
