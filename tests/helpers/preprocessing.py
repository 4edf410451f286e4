"""Deterministic transforms of a user's own, for `prepare`."""

from __future__ import annotations

from typing import Any

import albumentations as A  # noqa: N812
import numpy as np


class Darken(A.ImageOnlyTransform):
    """Divides the image by a number."""

    def __init__(self, by: int = 2, p: float = 1.0) -> None:
        super().__init__(p=p)
        self.by = by

    def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
        return img // np.uint8(self.by)


class Forgetful(A.ImageOnlyTransform):
    """Does not keep its argument."""

    def __init__(self, by: int = 2, p: float = 1.0) -> None:
        super().__init__(p=p)
        self._factor = by

    def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
        return img // np.uint8(self._factor)


class Shrink(A.ImageOnlyTransform):
    """Makes the image smaller, and leaves the mask as it is."""

    def __init__(self, p: float = 1.0) -> None:
        super().__init__(p=p)

    def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
        return np.ascontiguousarray(img[::2, ::2])


class GlobalNoise(A.ImageOnlyTransform):
    """Draws from global random state, which Albumentations does not seed."""

    def __init__(self, p: float = 1.0) -> None:
        super().__init__(p=p)

    def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
        return img ^ np.random.randint(0, 256, img.shape, np.uint8)  # noqa: NPY002
