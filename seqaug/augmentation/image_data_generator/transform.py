"""`image_data_generator_transform`: ImageDataGenerator's own arguments, and an Albumentations composition."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import Compose
from seqaug.augmentation.image_data_generator.arguments import check_elsewhere
from seqaug.augmentation.image_data_generator.geometry import ImageDataGeneratorGeometry
from seqaug.augmentation.image_data_generator.photometry import ImageDataGeneratorPhotometry
from seqaug.augmentation.image_data_generator.standardization import ImageDataGeneratorStandardization
from seqaug.augmentation.image_data_generator.statistics import Accumulator, images_of
from seqaug.core.rng import sample_generators
from seqaug.utils.validation import whole_number

Array = np.ndarray[Any, Any]


class ImageDataGeneratorTransform(Compose):
    """The composition that `image_data_generator_transform` makes: geometry, photometry and standardization.

    Parts that nothing is asked of are left out. It is used like any other composition; besides, it can be fit.
    """

    def fit(self, data: Any, *, augment: bool = False, rounds: int = 1, seed: int = 0) -> ImageDataGeneratorTransform:
        """Learn the statistics for `featurewise_center`, `featurewise_std_normalization` and `zca_whitening`.

        They are kept in the transform, in its copies, and in what it is written down as. The images are gone through
        once, and not held. Where no statistics are needed nothing is done.

        Args:
            data: the training images, valued as the transform will meet them (of files: uint8, 0..255): an array
                (N, H, W, C); a sequence, of which the samples are loaded as they are; or an iterable of images
                (H, W, C) of any sizes, or of batches of them.
            augment: whether the images are augmented first.
            rounds: how often each image is augmented.
            seed: of the augmentation.

        Returns:
            The transform itself.

        Raises:
            TypeError, ValueError: an argument is out of range, or there are no images, or images that differ in
                channels (for `zca_whitening`, in size).
        """
        rounds, seed = whole_number("rounds", rounds, 1), whole_number("seed", seed, 0)
        last = self._last
        if last is None or not last.featurewise_center:
            return self
        drawn = Compose([copy.deepcopy(part) for part in self.transforms if part is not last]) if augment else None
        accumulator = Accumulator(last.zca_epsilon if last.zca_whitening else None)
        for position, image in enumerate(images_of(data)):
            for turn in range(rounds if augment else 1):
                if drawn is not None:
                    drawn.set_random_state(*sample_generators(seed, turn, position))
                accumulator.add(last.before_featurewise(image if drawn is None else drawn(image=image)["image"]))
        last.statistics = accumulator.result()
        return self

    @property
    def standardization(self) -> Compose:
        """A composition that standardizes as this one does and moves nothing: for validation and prediction."""
        return Compose([] if self._last is None else [copy.deepcopy(self._last)])

    @property
    def _last(self) -> ImageDataGeneratorStandardization | None:
        return next((part for part in self.transforms if isinstance(part, ImageDataGeneratorStandardization)), None)


def image_data_generator_transform(
    featurewise_center: bool = False,
    samplewise_center: bool = False,
    featurewise_std_normalization: bool = False,
    samplewise_std_normalization: bool = False,
    zca_whitening: bool = False,
    zca_epsilon: float = 1e-6,
    rotation_range: float = 0,
    width_shift_range: Any = 0.0,
    height_shift_range: Any = 0.0,
    brightness_range: Any = None,
    shear_range: float = 0.0,
    zoom_range: Any = 0.0,
    channel_shift_range: float = 0.0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    horizontal_flip: bool = False,
    vertical_flip: bool = False,
    rescale: float | None = None,
    preprocessing_function: Callable[[Array], Any] | None = None,
    data_format: str | None = None,
    validation_split: float = 0.0,
    interpolation_order: int = 1,
    dtype: Any = None,
) -> ImageDataGeneratorTransform:
    """Make a transform of the arguments of Keras' ImageDataGenerator, in their order and with their defaults.

    ```python
    transform = seqaug.image_data_generator_transform(rotation_range=20, zoom_range=0.2, horizontal_flip=True)
    train = SegmentationSequence(images, masks, transform=transform)
    ```

    Rotation, shifts, shear, zoom and flips are one affine warp with one resampling: bilinear for images, nearest
    neighbour for masks. For the same drawn parameters the result is that of Keras. Everything else is done to images
    only. Images keep their dtype until something needs float: with `rescale`, `preprocessing_function` or any
    centring or normalization they become float32, which a sequence does not rescale again; otherwise uint8 stays
    uint8 and the sequence's `rescale` (1 / 255) applies.

    Args:
        featurewise_center: subtract the set's mean of each channel; needs `fit`.
        samplewise_center: subtract the mean of each image.
        featurewise_std_normalization: divide by the set's deviation of each channel, after centring; needs `fit`.
        samplewise_std_normalization: divide each image by its deviation, after centring.
        zca_whitening: whiten by the set's principal components, after centring; needs `fit`, and small images of one
            size.
        zca_epsilon: added to the singular values of the set.
        rotation_range: degrees; the angle is drawn between minus and plus this.
        width_shift_range: to the left and right. A float below 1: a share of the width, drawn between minus and plus
            this; a float from 1 on: pixels, likewise; an integer n: whole pixels, at most n - 1; a list: one of its
            elements with a sign drawn, all shares where all are below 1.
        height_shift_range: up and down, likewise.
        brightness_range: (lower, upper) of the factor that images are multiplied by, or None.
        shear_range: degrees, drawn like the rotation.
        zoom_range: z: between 1 - z and 1 + z, or (lower, upper); below 1 enlarges. Drawn for each axis.
        channel_shift_range: what is added to all channels, drawn between minus and plus this, in units of the image.
        fill_mode: what lies beyond the border: "nearest", "reflect", "wrap" or "constant". With "constant", made-up
            pixels are `cval` in images, and in masks the `ignore_index` of the sequence, or 0 where there is none.
        cval: see `fill_mode`; clipped to what the image's dtype holds.
        horizontal_flip: mirror half of the samples, left and right.
        vertical_flip: mirror half of the samples, top and bottom.
        rescale: what images are multiplied by, before any centring; None or 0: nothing.
        preprocessing_function: is given each image, float32, (H, W, C), in its own values (of files: 0..255), after
            the geometry and before `rescale`, and gives one of the same shape.
        data_format: None or "channels_last".
        validation_split: 0: the split is an argument of `SegmentationSequence.from_directory` and its like.
        interpolation_order: of images: 1, bilinear, or 0, nearest neighbour.
        dtype: None or "float32".

    Returns:
        A composition, which can be given to a sequence, put into another composition, written down by
        `albumentations.save`, pickled, and replayed in `albumentations.ReplayCompose`.

    Raises:
        TypeError: an argument is of a wrong kind.
        ValueError: an argument is out of range, contradicts another one, or has gone elsewhere.
    """
    check_elsewhere(data_format, validation_split, dtype)
    parts: list[Any] = [
        ImageDataGeneratorGeometry(
            rotation_range=rotation_range,
            width_shift_range=width_shift_range,
            height_shift_range=height_shift_range,
            shear_range=shear_range,
            zoom_range=zoom_range,
            fill_mode=fill_mode,
            cval=cval,
            horizontal_flip=horizontal_flip,
            vertical_flip=vertical_flip,
            interpolation_order=interpolation_order,
        ),
        ImageDataGeneratorPhotometry(channel_shift_range=channel_shift_range, brightness_range=brightness_range),
        ImageDataGeneratorStandardization(
            preprocessing_function=preprocessing_function,
            rescale=rescale,
            samplewise_center=samplewise_center,
            samplewise_std_normalization=samplewise_std_normalization,
            featurewise_center=featurewise_center,
            featurewise_std_normalization=featurewise_std_normalization,
            zca_whitening=zca_whitening,
            zca_epsilon=zca_epsilon,
        ),
    ]
    return ImageDataGeneratorTransform([part for part in parts if not part.is_idle])
