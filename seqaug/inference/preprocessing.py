"""What is done to an image before a model sees it: the same as in training, without augmentation."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.augmentation.deterministic_part import DeterministicPart, composed, deterministic_part
from seqaug.core.sample_request import SampleRequest
from seqaug.core.user_warnings import warn_user
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.pipeline.rescale import DefaultRescale, rescale_warnings
from seqaug.sources.arrays import ImageArrays

Array = np.ndarray[Any, Any]

_REQUEST = SampleRequest(0, 0, 0)


class Preprocessing:
    """Prepares whole images, then tiles of them; the steps are those of a sequence's pipeline.

    Args:
        rescale: factor of integer images, as for `SegmentationSequence`.
        prepare: deterministic transform of whole images, or None.
        transform: deterministic transform of the images that a model gets, or None: pixel values, and scaling first.
        image_size: (height, width) that whole images are scaled to, or None.
        dtype: of float images, as for `SegmentationSequence`.

    Attributes:
        scales_images: whether whole images are scaled.
        has_whole_steps: whether something is done to whole images.

    Raises:
        TypeError, ValueError: a transform is not deterministic, crops or pads; or as for `SegmentationSequence`.
    """

    def __init__(
        self,
        *,
        rescale: float | None,
        prepare: Any,
        transform: Any,
        image_size: tuple[int, int] | None,
        dtype: str,
    ) -> None:
        first, last = _deterministic("prepare", prepare), _deterministic("transform", transform)
        # A sequence scales to image_size after its transform.
        early, late = (last.of_image, last.of_pixels) if image_size is None else ([*last.of_image, *last.of_pixels], [])
        of_image = composed([*first.of_image, *first.of_pixels, *early])
        self.scales_images = bool(image_size or first.of_image or last.of_image)
        self.has_whole_steps = image_size is not None or of_image is not None
        nothing = ImageArrays([])
        whole = PipelineBuilder(has_masks=False, prepare=of_image, image_size=image_size, warns=False)
        tiles = PipelineBuilder(has_masks=False, transform=composed(late), rescale=rescale, dtype=dtype, warns=False)
        self._whole, self._tiles = whole.pipeline(nothing), tiles.pipeline(nothing)
        self._rescale = rescale
        self._has_warned = False

    def of_image(self, image: Array, name: str = "the image") -> Array:
        """Prepare a whole image.

        Args:
            image: (H, W, C) or (H, W), uint8, uint16 or float.
            name: of the image, for messages.

        Returns:
            (h, w, C), of another size if `scales_images`.

        Raises:
            SampleError: the image has another shape or dtype.
            TransformError: a transform failed.
        """
        pipeline = self._whole.moved(load=lambda _: {"image": image}, describe=lambda _: name, cache=None)
        prepared = pipeline.finished(pipeline.loaded(_REQUEST))["image"]
        if not prepared.size:
            raise ValueError(f"{name} has the shape {np.shape(image)}; expected at least one pixel")
        return prepared

    def of_tile(self, pixels: Array) -> Array:
        """Turn the pixels of a tile, (h, w, C), into what the model takes, of the same height and width.

        Raises:
            ValueError: they are uint16, and the rescale is the default, which is for uint8.
            TransformError: the transform failed.
        """
        sample = self._tiles.augmented({"image": pixels}, _REQUEST)
        if sample["image"].shape[:2] != pixels.shape[:2]:
            raise ValueError(
                f"transform makes tiles of {pixels.shape[0]}x{pixels.shape[1]} pixels "
                f"{sample['image'].shape[0]}x{sample['image'].shape[1]}; expected a transform of pixel values"
            )
        if sample["image"].dtype == np.uint16 and isinstance(self._rescale, DefaultRescale):
            raise ValueError(
                "the image is uint16, and the default rescale is for uint8; expected rescale=1 / 65535 (1 / 4095 for "
                "12 bits), as in training, or rescale=None if the model scales its images"
            )
        ((shape, dtype),) = self._tiles.layout(sample).values()
        made = np.empty(shape, dtype)
        self._tiles.write(sample, {"image": made})
        if not self._has_warned:
            self._has_warned = True
            for warning in rescale_warnings(self._rescale, pixels, sample["image"], made):
                warn_user(warning)
        return made


def _deterministic(argument: str, transform: Any) -> DeterministicPart:
    part = deterministic_part(transform)
    if part.left_out:
        raise ValueError(
            f"{argument}: {', '.join(part.left_out)} is random, crops, pads or moves pixels, and predictions are made "
            "for every pixel of an image, where it is; expected transforms of pixel values that are always applied, "
            "such as A.Normalize(), and A.Resize; TiledPredictor.like(sequence, model) takes these from a training "
            "sequence"
        )
    return part
