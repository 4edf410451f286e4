"""Augmentation: the one room that knows Albumentations."""

from seqaug.augmentation.advice import advice
from seqaug.augmentation.albumentations import albumentations_version
from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.class_crop import ClassCrop
from seqaug.augmentation.image_data_generator import image_data_generator_transform
from seqaug.augmentation.ranges import range_remarks
from seqaug.augmentation.saved import named_transform
from seqaug.augmentation.timing import TimedTransform, without
from seqaug.augmentation.values import ValueMaps, resize_nearest

__all__ = [
    "Augmenter",
    "ClassCrop",
    "TimedTransform",
    "ValueMaps",
    "advice",
    "albumentations_version",
    "image_data_generator_transform",
    "named_transform",
    "range_remarks",
    "resize_nearest",
    "without",
]
