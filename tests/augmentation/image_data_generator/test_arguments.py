"""Every argument out of range is an error in ImageDataGenerator's terms."""

from typing import Any

import numpy as np
import pytest

from seqaug import image_data_generator_transform

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rotation_range": -1}, r"rotation_range=-1; expected degrees, at least 0"),
        ({"rotation_range": NAN}, r"rotation_range=nan; expected degrees"),
        ({"width_shift_range": -0.1}, r"width_shift_range=-0.1; expected a fraction of the size below 1, pixels"),
        ({"height_shift_range": []}, r"height_shift_range=\[\]; expected .* a list of shifts"),
        ({"height_shift_range": [[1, 2]]}, r"height_shift_range=\[\[1, 2\]\]; expected"),
        ({"height_shift_range": [1, INFINITY]}, r"height_shift_range=inf; expected"),
        ({"brightness_range": (0.5,)}, r"brightness_range=\(0.5,\); expected two factors"),
        ({"brightness_range": (1.2, 0.8)}, r"brightness_range=\(1.2, 0.8\); expected two factors, \(lower, upper\)"),
        ({"brightness_range": (-1, 1)}, r"brightness_range=\(-1, 1\); expected"),
        ({"shear_range": -3}, r"shear_range=-3; expected degrees, at least 0"),
        ({"zoom_range": 1.0}, r"zoom_range=1.0; expected a number from 0 to below 1 \(zoom between 1 - z and 1 \+ z\)"),
        ({"zoom_range": -0.5}, r"zoom_range=-0.5; expected"),
        ({"zoom_range": (1, 2, 3)}, r"zoom_range=\(1, 2, 3\) has 3 numbers; expected .*\(lower, upper\)"),
        ({"zoom_range": (1.5, 0.5)}, r"zoom_range=\(1.5, 0.5\); expected"),
        ({"zoom_range": (0, 2)}, r"zoom_range=\(0, 2\); expected .*both above 0"),
        ({"channel_shift_range": -10}, r"channel_shift_range=-10; expected a number, at least 0"),
        ({"fill_mode": "mirror"}, r"fill_mode='mirror'; expected one of 'nearest', 'constant', 'reflect', 'wrap'"),
        ({"cval": INFINITY}, r"cval=inf; expected a number"),
        ({"rescale": -1}, r"rescale=-1; expected a factor such as 1 / 255, or None"),
        ({"zca_epsilon": 0}, r"zca_epsilon=0; expected a number above 0"),
        ({"zca_whitening": True, "featurewise_std_normalization": True}, r"zca_whitening=True and .*one of them"),
        ({"interpolation_order": 3}, r"interpolation_order=3; expected 1 \(bilinear images\) or 0"),
        ({"data_format": "channels_first"}, r"data_format='channels_first'; expected \"channels_last\""),
        ({"validation_split": 0.2}, r"validation_split=0.2; .*from_directory\(\.\.\., validation_split=0.2, subset="),
        ({"dtype": "float16"}, r"dtype='float16'; expected None"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_out_of_range(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^{message}"):
        image_data_generator_transform(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rotation_range": "20"}, r"rotation_range='20'; expected degrees"),
        ({"rotation_range": True}, r"rotation_range=True; expected degrees"),
        ({"width_shift_range": None}, r"width_shift_range=None; expected"),
        ({"width_shift_range": "ab"}, r"width_shift_range='ab'; expected"),
        ({"width_shift_range": ["a"]}, r"width_shift_range='a'; expected"),
        ({"brightness_range": 0.2}, r"brightness_range=0.2; expected two factors"),
        ({"brightness_range": "ab"}, r"brightness_range='ab'; expected two factors"),
        ({"zoom_range": "ab"}, r"zoom_range='ab'; expected"),
        ({"zoom_range": (1, None)}, r"zoom_range=None; expected"),
        ({"cval": None}, r"cval=None; expected a number"),
        ({"horizontal_flip": "yes"}, r"horizontal_flip='yes'; expected True or False"),
        ({"vertical_flip": 1}, r"vertical_flip=1; expected True or False"),
        ({"samplewise_center": None}, r"samplewise_center=None; expected True or False"),
        ({"preprocessing_function": "caffe"}, r"preprocessing_function='caffe'; expected a function"),
        ({"rescale": "1/255"}, r"rescale='1/255'; expected a factor"),
        ({"zca_epsilon": None}, r"zca_epsilon=None; expected a number above 0"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_of_a_wrong_kind(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=rf"^{message}"):
        image_data_generator_transform(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"rotation_range": np.float32(20), "shear_range": np.int64(5), "horizontal_flip": np.True_},
        {"width_shift_range": np.array([-200, 200]), "height_shift_range": (0.1, 0.2)},
        {"zoom_range": [0.8, 1.2], "brightness_range": [0.5, 1.5]},
        {"zoom_range": np.array([0.8, 1.2]), "brightness_range": np.array([0.5, 1.5])},
        {"rescale": 0, "data_format": "channels_last", "validation_split": None, "dtype": "float32"},
        {"interpolation_order": 0, "rotation_range": 400},
    ],
)
def test_what_imagedatagenerator_takes_is_taken(arguments: dict[str, Any]) -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    assert image_data_generator_transform(**arguments)(image=image)["image"].shape == image.shape
