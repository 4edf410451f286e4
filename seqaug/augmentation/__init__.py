"""Augmentation: the one room that knows Albumentations."""

from seqaug.augmentation.augmenter import Augmenter

__all__ = ["Augmenter"]
