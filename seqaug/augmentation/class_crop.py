"""`ClassCrop`: a crop around a pixel of a class."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.albumentations import BaseCropAndPad, CropSizeError
from seqaug.augmentation.class_pixels import ClassPixels, Mask, class_ids, count_classes, count_overlapping, of_class
from seqaug.core.class_bits import map_names
from seqaug.utils.validation import whole_number

# (y, x) of a crop's first pixel.
Corner = tuple[int, int]


class ClassCrop(BaseCropAndPad):
    """Crop around a random pixel of the class that the sample was drawn for, or else of a rare class.

    The class is the one for which `SegmentationSequence(oversample=...)` drew the sample. If it drew none, and outside
    of a sequence, a class in the mask is drawn, rare ones more often. Outside of a sequence a call can name the class:
    `A.Compose([ClassCrop(256, 256)])(image=image, mask=mask, class_id=7)`.

    The crop is uniformly random, like `A.RandomCrop`, with probability 1 - p, and if there is no pixel to seek: the
    class is not in the mask, or no longer after earlier transforms; all pixels are ignored; every class there has
    weight 0; or no "mask" is given.

    All targets get the same crop. Finding the class reads the whole mask; of images only the crop is read. Pipelines
    written by `A.save` name the transform "seqaug.ClassCrop": import it before `A.load`
    (`from seqaug import ClassCrop`).

    Args:
        height: height of the crop in pixels.
        width: width of the crop in pixels.
        p: probability that the crop seeks a class. Every sample is cropped, so that all end at one size. `A.OneOf`
            reads `p`, as everywhere, as the weight of the transform among the others.
        jitter: maximum distance of the pixel from the crop's centre, as a share of the crop's height and width, from 0
            (centre) to 0.5 (anywhere in the crop); drawn uniformly, per direction. Near the image border the distance
            can be larger, as the crop stays inside.
        class_weights: one weight per class, such as `seq.compute_class_weights("median_frequency")`; a class in the
            mask is drawn in proportion to them. None: in inverse proportion to the square root of the class's pixels in
            the mask, the root of rarity by which Gupta et al. (2019) repeat images; without the root, a few stray
            pixels would attract nearly every crop of their image. No effect if the sample was drawn for a class.
        max_class_share: largest share of a crop's labelled pixels that one class may fill, such as 0.75; otherwise
            another pixel of the same class is drawn (or another uniform crop). None: any share.
        max_tries: maximum number of crops drawn. If all exceed `max_class_share`, the one that exceeds it least is
            used; crops without labelled pixels rank last.
        ignore_index: label that is not a class: never sought, and not counted in shares. None: that of the sequence;
            outside of a sequence, every label is a class.
        pad_if_needed: whether to pad images smaller than the crop; otherwise they are an error.
        pad_position: position of the image in the padding: "center", "top_left", "top_right", "bottom_left",
            "bottom_right" or "random".
        border_mode: OpenCV's border mode of the padding.
        fill: value of the padding in images, with `cv2.BORDER_CONSTANT`.
        fill_mask: label of the padding, with `cv2.BORDER_CONSTANT`; None: `ignore_index`, or 0 without one. In a
            sequence with an `ignore_index`, always that.

    Targets:
        image, mask, bboxes, keypoints, volume, mask3d; the class is sought in "mask", (H, W) or (H, W, 1), integer.

    Image types:
        any

    Raises:
        TypeError, ValueError: an argument is invalid. When called: the mask does not hold class ids, or holds one that
            `class_weights` lacks.
        CropSizeError: when called: the image is smaller than the crop, and `pad_if_needed` is False.
    """

    def __init__(
        self,
        height: int,
        width: int,
        *,
        p: float = 1.0,
        jitter: float = 0.25,
        class_weights: Sequence[float] | np.ndarray[Any, Any] | None = None,
        max_class_share: float | None = None,
        max_tries: int = 10,
        ignore_index: int | None = None,
        pad_if_needed: bool = False,
        pad_position: str = "center",
        border_mode: int = cv2.BORDER_CONSTANT,
        fill: tuple[float, ...] | float = 0.0,
        fill_mask: tuple[float, ...] | float | None = None,
    ) -> None:
        super().__init__(
            pad_if_needed=pad_if_needed,
            pad_position=pad_position,
            border_mode=border_mode,
            fill=fill,
            fill_mask=(ignore_index or 0.0) if fill_mask is None else fill_mask,
            p=p,
        )
        if not 0 <= jitter <= 0.5:
            raise ValueError(f"jitter={jitter}; expected 0 (the pixel in the centre) to 0.5 (anywhere in the crop)")
        if max_class_share is not None and not 0 < max_class_share <= 1:
            raise ValueError(f"max_class_share={max_class_share}; expected a share above 0 and up to 1, or None")
        self.height = whole_number("height", height, 1)
        self.width = whole_number("width", width, 1)
        # Plain numbers, as a saved pipeline is JSON.
        self.jitter = float(jitter)
        self.class_weights = None if class_weights is None else _checked_weights(class_weights)
        self.max_class_share = None if max_class_share is None else float(max_class_share)
        self.max_tries = whole_number("max_tries", max_tries, 1)
        self.ignore_index = None if ignore_index is None else int(ignore_index)
        # Set by a sequence whose masks hold the bits of classes that overlap: their number.
        self.overlapping: int | None = None

    @classmethod
    def get_class_fullname(cls) -> str:
        """Return the class's name in saved pipelines: the public import path, which stays when files move."""
        return f"seqaug.{cls.__name__}" if cls.__module__ == __name__ else str(super().get_class_fullname())

    @property
    def available_keys(self) -> set[str]:
        """Keys of a call's data that the transform knows."""
        return {*super().available_keys, "class_id"}

    def should_apply(self, force_apply: bool = False) -> bool:
        """Always crop: `p` decides how."""
        return True

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the crop.

        Args:
            params: "shape" of the image.
            data: may have "mask", and "class_id", the class to seek.

        Returns:
            "crop_coords", (x_min, y_min, x_max, y_max) in the padded image, and "pad_params".
        """
        height, width = params["shape"][:2]
        if not self.pad_if_needed and (height < self.height or width < self.width):
            raise CropSizeError(
                f"the crop is {self.height}x{self.width} pixels and the image {height}x{width} (height x width); "
                "expected an image at least as large: set pad_if_needed=True, or enlarge it before"
            )
        padding = self._get_pad_params((height, width), (self.height, self.width))
        # In a direction with padding there is only one crop, so that padding shifts no coordinates here.
        last_y, last_x = max(height - self.height, 0), max(width - self.width, 0)
        maps = None if data.get("mask") is None else self._maps(data)
        pixels = self._sought(maps, data.get("class_id"))

        def draw() -> Corner:
            if pixels is None:
                return self.py_random.randint(0, last_y), self.py_random.randint(0, last_x)
            y, x = pixels.draw(self.py_random)
            y, x = y - self._offset(self.height), x - self._offset(self.width)
            return min(max(y, 0), last_y), min(max(x, 0), last_x)

        y, x = draw() if maps is None else self._good(draw, maps)
        return {"crop_coords": (x, y, x + self.width, y + self.height), "pad_params": padding}

    def _maps(self, data: dict[str, Any]) -> list[Mask]:
        """Return the mask, or the maps of classes that overlap."""
        names = ("mask",) if self.overlapping is None else map_names(self.overlapping)
        return [class_ids(data[name]) for name in names]

    def _sought(self, maps: list[Mask] | None, class_id: int | None) -> ClassPixels | None:
        """Find the pixels of the class to crop around; None for a uniform crop."""
        if maps is None or self.py_random.random() >= self.p:
            return None
        sought = self._rare_class(maps) if class_id is None else whole_number("class_id", class_id, 0)
        if sought is None or sought == self.ignore_index:
            return None
        pixels = ClassPixels(maps[0], sought) if self.overlapping is None else ClassPixels(of_class(maps, sought), 1)
        return pixels if len(pixels) else None

    def _rare_class(self, maps: list[Mask]) -> int | None:
        counts = self._counts(maps)
        if self.class_weights is None:
            weights = [1 / math.sqrt(count) for count in counts.values()]
        else:
            unknown = next((label for label in counts if not 0 <= label < len(self.class_weights)), None)
            if unknown is not None:
                raise ValueError(
                    f"the mask holds the label {unknown}, and class_weights has {len(self.class_weights)} classes; "
                    f"expected a weight for each class; if {unknown} is not a class, set ignore_index={unknown}"
                )
            weights = [self.class_weights[label] for label in counts]
        return self.py_random.choices(list(counts), weights)[0] if sum(weights) else None

    def _offset(self, length: int) -> int:
        """Draw the pixel's offset in a crop's height or width."""
        return int(length * (0.5 + self.jitter * (2 * self.py_random.random() - 1)))

    def _good(self, draw: Callable[[], Corner], maps: list[Mask]) -> Corner:
        """Draw crops until no class fills too much of one; after `max_tries`, take the best."""
        if self.max_class_share is None:
            return draw()
        tried = []
        for _ in range(self.max_tries):
            y, x = draw()
            share = self._largest_share([map_[y : y + self.height, x : x + self.width] for map_ in maps])
            if share <= self.max_class_share:
                return y, x
            tried.append((share, (y, x)))
        return min(tried, key=itemgetter(0))[1]

    def _largest_share(self, maps: list[Mask]) -> float:
        counts = self._counts(maps)
        if self.overlapping is None:
            return max(counts.values()) / sum(counts.values()) if counts else math.inf
        return max(counts.values()) / maps[0].size if counts else math.inf

    def _counts(self, maps: list[Mask]) -> dict[int, int]:
        if self.overlapping is None:
            return count_classes(maps[0], self.ignore_index)
        return count_overlapping(maps, self.overlapping)


def _checked_weights(class_weights: Any) -> list[float]:
    weights = np.asarray(class_weights, np.float64)
    if weights.ndim != 1 or not np.all(np.isfinite(weights) & (weights >= 0)) or not weights.any():
        raise ValueError(
            f"class_weights={class_weights!r}; expected one weight per class, each 0 or more and one at least above 0"
        )
    return [float(weight) for weight in weights]
