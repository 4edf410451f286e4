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
    """The composition that `image_data_generator_transform` returns: geometry, photometry and standardization.

    Idle parts are left out. Use it like any other composition; in addition, it has `fit`.
    """

    def fit(self, data: Any, *, augment: bool = False, rounds: int = 1, seed: int = 0) -> ImageDataGeneratorTransform:
        """Compute the statistics for `featurewise_center`, `featurewise_std_normalization` and `zca_whitening`.

        They are kept in the transform, its copies and its saved form. `fit` reads the images once and does not keep
        them. It does nothing if no statistics are needed.

        Args:
            data: training images, with the values that the transform will receive (of files: uint8, 0..255): an array
                (N, H, W, C); a sequence, whose samples are loaded; or an iterable of images (H, W, C) of any sizes, or
                of batches of them.
            augment: whether to augment the images first.
            rounds: number of augmentations of each image.
            seed: seed of the augmentation.

        Returns:
            The transform itself.

        Raises:
            TypeError, ValueError: an argument is out of range, there are no images, or images differ in channels (for
                `zca_whitening`, in size).
        """
        rounds, seed = whole_number("rounds", rounds, 1), whole_number("seed", seed, 0)
        last = self._last
        if last is None or not last.featurewise_center:
            return self
        random_parts = [copy.deepcopy(part) for part in self.transforms if part is not last]
        augmentation = Compose(random_parts) if augment else None
        accumulator = Accumulator(last.zca_epsilon if last.zca_whitening else None)
        for position, image in enumerate(images_of(data)):
            for round_index in range(rounds if augment else 1):
                if augmentation is None:
                    augmented = image
                else:
                    augmentation.set_random_state(*sample_generators(seed, round_index, position))
                    augmented = augmentation(image=image)["image"]
                accumulator.add(last.before_featurewise(augmented))
        last.statistics = accumulator.result()
        return self

    @property
    def standardization(self) -> Compose:
        """A composition with the same standardization and no augmentation: for validation and prediction."""
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
    """Create a transform from the arguments of Keras' ImageDataGenerator, in their order and with their defaults.

    ```python
    transform = seqaug.image_data_generator_transform(rotation_range=20, zoom_range=0.2, horizontal_flip=True)
    train = SegmentationSequence(images, masks, transform=transform)
    ```

    Rotation, shifts, shear, zoom and flips are one affine warp with one resampling: bilinear for images, nearest
    neighbour for masks. For the same drawn parameters the result is that of Keras. Everything else changes images only.
    Images keep their dtype until an operation needs float: `rescale`, `preprocessing_function` and any centring or
    normalization make them float32, which a sequence does not rescale again; otherwise uint8 stays uint8 and the
    sequence's `rescale` (1 / 255) applies.

    Args:
        featurewise_center: subtract the data set's mean of each channel; needs `fit`.
        samplewise_center: subtract the mean of each image.
        featurewise_std_normalization: divide by the data set's standard deviation of each channel, after centring;
            needs `fit`.
        samplewise_std_normalization: divide each image by its standard deviation, after centring.
        zca_whitening: whiten by the data set's principal components, after centring; needs `fit`, and small images of
            one size.
        zca_epsilon: added to the singular values of the data set.
        rotation_range: degrees; the angle is drawn from -rotation_range to +rotation_range.
        width_shift_range: horizontal shift. A float below 1: share of the width, drawn from minus to plus this value; a
            float from 1 on: pixels, likewise; an integer n: whole pixels, at most n - 1; a list: one of its elements
            with a random sign, all shares if all are below 1.
        height_shift_range: vertical shift, likewise.
        brightness_range: (lower, upper) bounds of a factor for images, or None.
        shear_range: degrees, drawn like the rotation.
        zoom_range: z, for factors from 1 - z to 1 + z, or (lower, upper); below 1 enlarges. Drawn per axis.
        channel_shift_range: amount added to all channels, drawn from minus to plus this value, in units of the image.
        fill_mode: what lies beyond the border: "nearest", "reflect", "wrap" or "constant". With "constant", filled
            pixels are `cval` in images, and in masks the `ignore_index` of the sequence, or 0 without one.
        cval: see `fill_mode`; clipped to the range of the image's dtype.
        horizontal_flip: mirror half of the samples left to right.
        vertical_flip: mirror half of the samples top to bottom.
        rescale: factor of images, before any centring; None or 0: none.
        preprocessing_function: called with each image, float32, (H, W, C), in its own range (of files: 0..255), after
            the geometry and before `rescale`; returns one of the same shape.
        data_format: None or "channels_last".
        validation_split: 0: the split is an argument of `SegmentationSequence.from_directory` and the other
            constructors.
        interpolation_order: of images: 1, bilinear, or 0, nearest neighbour.
        dtype: None or "float32".

    Returns:
        A composition, which can be given to a sequence, nested in another composition, saved by `albumentations.save`,
        pickled, and replayed in `albumentations.ReplayCompose`.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of range, contradicts another one, or belongs to the sequence.
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
