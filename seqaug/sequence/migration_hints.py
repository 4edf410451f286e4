"""Migration hints: what arguments of Keras, torch and other libraries are called here."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Final

_IMAGE_DATA_GENERATOR: Final = dict.fromkeys(
    (
        "brightness_range",
        "channel_shift_range",
        "cval",
        "featurewise_center",
        "featurewise_std_normalization",
        "fill_mode",
        "height_shift_range",
        "horizontal_flip",
        "interpolation_order",
        "preprocessing_function",
        "rotation_range",
        "samplewise_center",
        "samplewise_std_normalization",
        "shear_range",
        "vertical_flip",
        "width_shift_range",
        "zca_epsilon",
        "zca_whitening",
        "zoom_range",
    ),
    "an argument of seqaug.image_data_generator_transform(...), whose result is passed as transform=",
)
_MODE: Final = 'mask_encoding= here ("sparse", "one_hot" or "binary"); labels of images are for ClassificationSequence'
_SAVING: Final = "a method here: seq.save_augmented(directory, count=16)"
_SPLIT: Final = "an argument of from_directory, from_dataframe and from_arrays, not of the class itself"

_TRANSFORM: Final = dict.fromkeys(
    ("aug", "augment", "augmentation", "augmentations", "augmenter", "transformation", "transformations", "transforms"),
    "transform= here, an Albumentations transform such as A.Compose([...])",
)
_PREPARE: Final = dict.fromkeys(
    ("pre_transform", "preprocess", "preprocessing", "preprocessor"),
    "transform= here, an Albumentations transform; or prepare=, done once, before the cache, for what is not random",
)
_CLASSES: Final = dict.fromkeys(("n_class", "n_classes", "nb_classes", "num_class"), "num_classes= here")
_SIZE: Final = dict.fromkeys(
    ("img_size", "input_size", "resize", "size", "target_size"), "image_size= here, (height, width)"
)
_FOLDER: Final = "given by position here, as in SegmentationSequence.from_directory(images, masks)"
_CROPS: Final = "not an argument here: A.RandomCrop(height, width) or seqaug.ClassCrop in the transform crops images"

# For sequences of images with labels.
_FOR_LABELS: Final = {
    "class_mode": 'label_mode= here: "int" for "sparse"; "categorical", "binary" and None as they are; "multi_label" '
    'for lists of classes, and for columns of 0 and 1 ("raw"); for "input", label_mode=None, shuffle=True and an '
    'assemble(self, batch) that returns (batch["image"], batch["image"])',
    "classes": 'class_names= here ("classes" of from_directory)',
}

# Each hint completes the sentence "... has no argument 'name', which is".
_HINTS: Final = {
    **_IMAGE_DATA_GENERATOR,
    **_TRANSFORM,
    **_PREPARE,
    **_CLASSES,
    **_SIZE,
    "batchsize": "batch_size= here",
    "class_mode": _MODE,
    "class_weight": "class_weights= here",
    "classes": "num_classes= here, or palette={name: (r, g, b)} where masks hold colours",
    "collate_fn": "assemble(self, batch) here, a method to override",
    "drop_last": "drop_remainder= here",
    "directory": "root= where a table of relative paths is read",
    "follow_links": "an argument of from_directory, not of the class itself",
    "interpolation": "fixed here: image_size= is bilinear for images and nearest neighbour for masks; for others, put "
    "A.Resize into the transform",
    "keep_aspect_ratio": "part of the transform here: A.SmallestMaxSize and A.CenterCrop",
    "image_dir": _FOLDER,
    "images_dir": _FOLDER,
    "label_mode": _MODE,
    "mask_dir": _FOLDER,
    "masks_dir": _FOLDER,
    "normalize": "rescale= here, or A.Normalize() in the transform",
    "num_workers": "workers= here",
    "patch_size": _CROPS,
    "prefetch": "max_queue_size= here",
    "prefetch_factor": "max_queue_size= here",
    "random_state": "seed= here",
    "sampler": "oversample= here",
    "sample_weight": 'made by class_weights= here: with "uniform" it is 1, and 0 where a pixel is ignored, else '
    "the weight of the class; oversample= says how often each sample comes, and assemble(self, batch) can add others",
    "save_format": _SAVING,
    "save_prefix": _SAVING,
    "save_to_dir": _SAVING,
    "fold": _SPLIT,
    "groups": _SPLIT,
    "stratify": _SPLIT,
    "subset": _SPLIT,
    "tile_size": _CROPS,
    "tiles": _CROPS,
    "validate_filenames": "not needed here: files are checked on reading, see on_error=",
    "validation_split": _SPLIT,
    "validation_transform": _SPLIT,
    "weight_col": "not an argument here: class_weights= weighs classes, and assemble(self, batch) can add any "
    "sample_weight",
    "x_col": "image_col= here",
    "y_col": "mask_col= here for masks, and label_col= for labels",
}


def raise_migration_hint(kind: type, names: Iterable[str]) -> None:
    """Refuse arguments of other libraries, and say what they are called here.

    Args:
        kind: the class to be constructed.
        names: names of its keyword arguments.

    Raises:
        TypeError: the class does not have one of them, and another library does.
    """
    known: dict[str, Any] = dict(inspect.signature(kind.__init__).parameters)  # type: ignore[misc]
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in known.values()):
        return  # a subclass that passes on arguments it does not know
    hints = {**_HINTS, **_FOR_LABELS} if "labels" in known else _HINTS
    for name in names:
        if name in hints and name not in known:
            raise TypeError(f"{kind.__name__} has no argument {name!r}, which is {hints[name]}")
