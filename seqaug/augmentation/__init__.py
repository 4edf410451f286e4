"""Augmentation: the one room that knows Albumentations."""

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.class_crop import ClassCrop

__all__ = ["Augmenter", "ClassCrop"]
