"""ImageDataGenerator's `standardize`, for images only: the last step, which makes them float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import ImageOnlyTransform
from seqaug.augmentation.image_data_generator.arguments import factor, finite, flag
from seqaug.augmentation.image_data_generator.statistics import EPSILON, Statistics

Array = np.ndarray[Any, Any]


class ImageDataGeneratorStandardization(ImageOnlyTransform):
    """Standardizes images in Keras' order: function, rescale, samplewise, featurewise, whitening; nothing is random.

    As in Keras, dividing by a deviation includes centring, and whitening includes `featurewise_center`.

    Args:
        preprocessing_function: takes an image, float32, (H, W, C), and returns one of the same shape.
        rescale: a factor, or None.
        samplewise_center: whether to subtract the mean of each image.
        samplewise_std_normalization: whether to divide each image by its standard deviation.
        featurewise_center: whether to subtract the data set's mean of each channel.
        featurewise_std_normalization: whether to divide channels by their standard deviation in the data set.
        zca_whitening: whether to whiten images by the data set's principal components.
        zca_epsilon: added to the singular values of the data set.
        mean: the mean of each channel, as computed by `fit`; None: not yet known.
        std: the standard deviation of each channel.
        zca_matrix: the whitening matrix.
        p: the probability that the transform is applied.

    Raises:
        TypeError, ValueError: an argument is out of range, or they contradict each other.
    """

    def __init__(
        self,
        preprocessing_function: Callable[[Array], Any] | None = None,
        rescale: float | None = None,
        samplewise_center: bool = False,
        samplewise_std_normalization: bool = False,
        featurewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = EPSILON,
        mean: Any = None,
        std: Any = None,
        zca_matrix: Any = None,
        p: float = 1.0,
    ) -> None:
        super().__init__(p=p)
        if preprocessing_function is not None and not callable(preprocessing_function):
            raise TypeError(
                f"preprocessing_function={preprocessing_function!r}; expected a function of an image (H, W, C), or None"
            )
        self.preprocessing_function = preprocessing_function
        self.rescale = factor("rescale", rescale)
        self.samplewise_std_normalization = flag("samplewise_std_normalization", samplewise_std_normalization)
        self.samplewise_center = flag("samplewise_center", samplewise_center) or self.samplewise_std_normalization
        self.featurewise_std_normalization = flag("featurewise_std_normalization", featurewise_std_normalization)
        self.zca_whitening = flag("zca_whitening", zca_whitening)
        if self.zca_whitening and self.featurewise_std_normalization:
            raise ValueError(
                "zca_whitening=True and featurewise_std_normalization=True; expected one of them: whitened features "
                "have deviation 1 already (ImageDataGenerator leaves the division out, with a warning)"
            )
        self.featurewise_center = (
            flag("featurewise_center", featurewise_center) or self.featurewise_std_normalization or self.zca_whitening
        )
        self.zca_epsilon = finite("zca_epsilon", zca_epsilon, "a number above 0, such as 1e-6")
        if self.zca_epsilon <= 0:
            raise ValueError(f"zca_epsilon={zca_epsilon!r}; expected a number above 0, such as 1e-6")
        self.statistics = None if mean is None else Statistics(mean, std, zca_matrix)

    @property
    def is_idle(self) -> bool:
        """Whether images are never changed."""
        return not (self.preprocessing_function or self.rescale or self.samplewise_center or self.featurewise_center)

    def before_featurewise(self, img: Array) -> Array:
        """Apply the steps that need no statistics; return a new array, float32.

        Raises:
            ValueError: the function returned another shape.
        """
        pixels = img.astype(np.float32)
        if self.preprocessing_function is not None:
            pixels = np.array(self.preprocessing_function(pixels), np.float32)
            if pixels.shape != img.shape:
                raise ValueError(
                    f"preprocessing_function was given an image of shape {img.shape} and returned {pixels.shape}; "
                    "expected the same shape"
                )
        if self.rescale is not None:
            pixels *= np.float32(self.rescale)
        if self.samplewise_center:
            pixels -= pixels.mean()
        if self.samplewise_std_normalization:
            pixels /= pixels.std() + np.float32(EPSILON)
        return pixels

    def apply(self, img: Array, *args: Any, **params: Any) -> Array:
        """Standardize an image, (H, W) or (H, W, C).

        Raises:
            ValueError: there are no statistics yet, or they are for other channels or another size.
        """
        pixels = self.before_featurewise(img)
        if not self.featurewise_center:
            return pixels
        statistics = self._checked_statistics(img.shape)
        pixels -= statistics.mean if img.ndim == 3 else statistics.mean[0]
        if self.featurewise_std_normalization:
            pixels /= (statistics.std if img.ndim == 3 else statistics.std[0]) + np.float32(EPSILON)
        if self.zca_whitening and statistics.zca_matrix is not None:
            pixels = (pixels.reshape(-1) @ statistics.zca_matrix).reshape(img.shape)
        return pixels

    def _checked_statistics(self, shape: tuple[int, ...]) -> Statistics:
        statistics = self.statistics
        if statistics is None or (self.zca_whitening and statistics.zca_matrix is None):
            raise ValueError(
                f"{self._featurewise_argument()} needs the statistics of the training images; call "
                "transform.fit(images) before the transform is given to a sequence, which takes a copy of it"
            )
        channels = shape[2] if len(shape) == 3 else 1
        if channels != len(statistics.mean):
            raise ValueError(
                f"{self._featurewise_argument()} was fit on images of {len(statistics.mean)} channels and is given one "
                f"of shape {shape}; expected the same channels"
            )
        size = None if statistics.zca_matrix is None else len(statistics.zca_matrix)
        if self.zca_whitening and size is not None and np.prod(shape) != size:
            raise ValueError(
                f"zca_whitening was fit on images of {size} values and is given one of shape {shape}; expected the "
                "size of the images that fit() was given"
            )
        return statistics

    def _featurewise_argument(self) -> str:
        """Name the argument that needs statistics."""
        names = ("zca_whitening", "featurewise_std_normalization", "featurewise_center")
        return next(name for name in names if getattr(self, name))

    def to_dict_private(self) -> dict[str, Any]:
        """Serialize the transform, with the statistics as lists.

        Raises:
            ValueError: there is a function, which JSON cannot hold.
        """
        if self.preprocessing_function is not None:
            raise ValueError(
                f"preprocessing_function={self.preprocessing_function!r} is code, which a file of settings cannot "
                "hold; pickle the transform instead, or save it without the function"
            )
        return {**super().to_dict_private(), **({} if self.statistics is None else self.statistics.as_lists())}

    def get_dict_with_id(self) -> dict[str, Any]:
        """Give the dict that ReplayCompose keeps in memory, which may hold functions and arrays."""
        statistics = {} if self.statistics is None else vars(self.statistics)
        return {**super().to_dict_private(), **statistics, "id": id(self)}
