"""Random compositions of all dual transforms of Albumentations, with random arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

import seqaug.augmentation.albumentations  # noqa: F401 (keeps the import below off the network)

import albumentations as A  # noqa: N812 isort: skip

Generator = np.random.Generator

# Transforms that need boxes, other samples or volumes, which a sequence's samples lack.
UNSUPPORTED = {
    "AtLeastOneBBoxRandomCrop",
    "BBoxSafeRandomCrop",
    "RandomCropNearBBox",
    "RandomSizedBBoxSafeCrop",
    "Mosaic",
    "OverlayElements",
    "CenterCrop3D",
    "CoarseDropout3D",
    "CubicSymmetry",
    "Pad3D",
    "PadIfNeeded3D",
    "RandomCrop3D",
}

_BORDERS = [
    cv2.BORDER_CONSTANT,
    cv2.BORDER_CONSTANT,
    cv2.BORDER_REPLICATE,
    cv2.BORDER_REFLECT,
    cv2.BORDER_WRAP,
    cv2.BORDER_REFLECT_101,
]
_INTERPOLATIONS = [cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA]
_POSITIONS = ["center", "top_left", "top_right", "bottom_left", "bottom_right", "random"]


class Shift(A.DualTransform):
    """A custom transform that moves everything and fills a strip."""

    _targets = A.HorizontalFlip._targets

    def __init__(self, columns: int, label: int, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.columns = columns
        self.label = label

    def get_params(self) -> dict[str, Any]:
        return {"by": self.py_random.randint(0, self.columns)}

    def apply(self, img: np.ndarray, by: int = 0, **_: Any) -> np.ndarray:
        moved = np.roll(img, by, axis=1)
        moved[:, :by] = self.label
        return moved


class Wrapper(A.DualTransform):
    """A custom transform that wraps another one."""

    _targets = A.HorizontalFlip._targets

    def __init__(self, inner: Any, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.inner = inner

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        self.inner.set_random_state(self.random_generator, self.py_random)
        values = self.inner.update_transform_params(params=self.inner.get_params(), data=data)
        return values | self.inner.get_params_dependent_on_data(params=values, data=data)

    def apply(self, img: np.ndarray, **params: Any) -> np.ndarray:
        return self.inner.apply(img, **params)

    def apply_to_mask(self, mask: np.ndarray, **params: Any) -> np.ndarray:
        return self.inner.apply_to_mask(mask, **params)


CUSTOM: dict[str, Callable[[Generator], Any]] = {
    "Shift": lambda rng: Shift(int(rng.integers(1, 9)), int(rng.choice([0, 1, 9, 255]))),
    "Wrapper": lambda rng: Wrapper(any_transform(rng, "Rotate")),
}


def names() -> list[str]:
    """List the dual transforms of Albumentations that a sequence supports."""
    found = {
        name
        for name, kind in vars(A).items()
        if inspect.isclass(kind) and issubclass(kind, A.DualTransform) and hasattr(kind, "_targets")
    }
    return sorted(found - UNSUPPORTED - {"Lambda", "NoOp"})


def _pair(low: float, high: float) -> Callable[[Generator], Any]:
    return lambda rng: tuple(np.sort(rng.uniform(low, high, 2)).tolist())


def _whole_pair(low: int, high: int) -> Callable[[Generator], Any]:
    return lambda rng: tuple(np.sort(rng.integers(low, high + 1, 2)).tolist())


def _whole(low: int, high: int) -> Callable[[Generator], Any]:
    return lambda rng: int(rng.integers(low, high + 1))


def _real(low: float, high: float) -> Callable[[Generator], Any]:
    return lambda rng: float(rng.uniform(low, high))


def _one_of(*choices: Any) -> Callable[[Generator], Any]:
    return lambda rng: choices[int(rng.integers(len(choices)))]


_FLAG = _one_of(False, True)

# Generators of arguments, by name, for all transforms; below, for single transforms.
_ARGUMENTS: dict[str, Callable[[Generator], Any]] = {
    "p": _one_of(1.0, 1.0, 0.5),
    "border_mode": _one_of(*_BORDERS),
    "interpolation": _one_of(*_INTERPOLATIONS),
    "mask_interpolation": _one_of(*_INTERPOLATIONS, cv2.INTER_NEAREST, cv2.INTER_NEAREST),
    "fill": _one_of(0, 0, 114),
    "fill_mask": _one_of(0, 0, 0, 5),
    "pad_if_needed": _FLAG,
    "pad_position": _one_of(*_POSITIONS),
    "position": _one_of(*_POSITIONS),
    "height": _whole(8, 52),
    "width": _whole(8, 60),
    "size": lambda rng: tuple(rng.integers(8, 60, 2).tolist()),
    "area_for_downscale": _one_of(None, None, "image", "image_mask"),
    "crop_border": _FLAG,
    "fit_output": _FLAG,
    "keep_ratio": _FLAG,
    "keep_size": _FLAG,
    "balanced_scale": _FLAG,
    "rotate_method": _one_of("largest_box", "ellipse"),
    "limit": _pair(-180, 180),
    "rotate_limit": _pair(-180, 180),
    "scale_limit": _pair(-0.5, 0.8),
    "shift_limit": _pair(-0.4, 0.4),
    "per_channel": _FLAG,
    "mask_drop_value": _one_of(None, 0, 5),
    "hole_height_range": _pair(0.05, 0.6),
    "hole_width_range": _pair(0.05, 0.6),
    "num_holes_range": _whole_pair(1, 4),
    "normalized": _FLAG,
    "distort_limit": _pair(-0.7, 0.7),
}
_ARGUMENTS_OF: dict[str, dict[str, Callable[[Generator], Any]]] = {
    "Affine": {
        "scale": _pair(0.4, 2),
        "translate_percent": _one_of((-0.4, 0.4), None),
        "rotate": _pair(-180, 180),
        "shear": _pair(-40, 40),
    },
    "ConstrainedCoarseDropout": {"mask_indices": _one_of([3], [3, 7])},
    "Crop": {"x_min": _whole(0, 9), "y_min": _whole(0, 9), "x_max": _whole(12, 70), "y_max": _whole(12, 60)},
    "CropAndPad": {"px": _one_of((-5, 9), 4, (0, 3), (-6, -1))},
    "ElasticTransform": {
        "alpha": _real(1, 120),
        "sigma": _real(3, 12),
        "approximate": _FLAG,
        "same_dxdy": _FLAG,
        "noise_distribution": _one_of("gaussian", "uniform"),
    },
    "Erasing": {"scale": _pair(0.05, 0.5)},
    "FrequencyMasking": {"freq_mask_param": _whole(1, 20)},
    "GridDistortion": {"num_steps": _whole(2, 6)},
    "GridDropout": {"ratio": _real(0.1, 0.9), "random_offset": _FLAG},
    "GridElasticDeform": {"num_grid_xy": _one_of((4, 4), (2, 5)), "magnitude": _whole(1, 20)},
    "LongestMaxSize": {"max_size": _whole(10, 90)},
    "MaskDropout": {"max_objects": _whole_pair(1, 4)},
    "Morphological": {"scale": _whole_pair(2, 5), "operation": _one_of("erosion", "dilation")},
    "OpticalDistortion": {"mode": _one_of("camera", "fisheye")},
    "Pad": {"padding": _one_of(3, (2, 5), (1, 2, 3, 4))},
    "PadIfNeeded": {"min_height": _whole(10, 80), "min_width": _whole(10, 80)},
    "Perspective": {"scale": _pair(0.02, 0.3)},
    "PiecewiseAffine": {
        "scale": _pair(0.01, 0.1),
        "nb_rows": _one_of((2, 4), (3, 3)),
        "nb_cols": _one_of((2, 4), (3, 3)),
    },
    "PixelDropout": {"dropout_prob": _real(0.01, 0.4)},
    "RandomCropFromBorders": {"crop_left": _real(0, 0.4), "crop_top": _real(0, 0.4)},
    "RandomGridShuffle": {"grid": _one_of((2, 2), (3, 4))},
    "RandomSizedCrop": {"min_max_height": _whole_pair(8, 30)},
    "Resize": {},
    "SmallestMaxSize": {"max_size": _whole(10, 60)},
    "ThinPlateSpline": {"scale_range": _pair(0.05, 0.6), "num_control_points": _whole(2, 5)},
    "TimeMasking": {"time_mask_param": _whole(1, 20)},
    "XYMasking": {
        "num_masks_x": _whole(1, 3),
        "num_masks_y": _whole(1, 3),
        "mask_x_length": _whole(1, 9),
        "mask_y_length": _whole(1, 9),
    },
}


def any_transform(rng: Generator, name: str) -> Any:
    """Create a transform by name, with random arguments."""
    if name in CUSTOM:
        return CUSTOM[name](rng)
    kind = getattr(A, name)
    generators = _ARGUMENTS | _ARGUMENTS_OF.get(name, {})
    known = inspect.signature(kind.__init__).parameters
    # Pass only arguments that the transform has.
    values = {argument: generators[argument](rng) for argument in known if argument in generators}
    values |= {"interpolation": cv2.INTER_LINEAR} if values.get("interpolation") == cv2.INTER_AREA else {}
    return kind(**values)


def any_composition(rng: Generator, names: list[str]) -> Any:
    """Create a composition of one to three parts, nested or not."""
    return A.Compose([_part(rng, names) for _ in range(rng.integers(1, 4))])


def _part(rng: Generator, names: list[str]) -> Any:
    parts = [any_transform(rng, names[rng.integers(len(names))]) for _ in range(3)]
    nest = rng.integers(8)
    if nest == 0:
        return A.OneOf(parts, p=1)
    if nest == 1:
        return A.SomeOf(parts, n=2, p=1)
    if nest == 2:
        return A.Sequential(parts[:2], p=1)
    if nest == 3:
        return A.Compose([A.OneOf(parts[:2], p=1), A.RandomOrder(parts[2:], n=1, p=1)])
    return parts[0]
