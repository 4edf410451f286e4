"""Augmentation: the one room that knows Albumentations."""

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.class_crop import ClassCrop
from seqaug.augmentation.image_data_generator import image_data_generator_transform

__all__ = ["Augmenter", "ClassCrop", "image_data_generator_transform"]
