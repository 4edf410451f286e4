"""Augmentation: the one room that knows Albumentations."""

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.image_data_generator import image_data_generator_transform

__all__ = ["Augmenter", "image_data_generator_transform"]
