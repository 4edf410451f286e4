"""Albumentations, imported without the question to the network that its import asks."""

import os

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

from albumentations import BaseCompose, BasicTransform, Compose
from albumentations.augmentations.crops.transforms import BaseCropAndPad, CropSizeError

__all__ = ["BaseCompose", "BaseCropAndPad", "BasicTransform", "Compose", "CropSizeError"]
