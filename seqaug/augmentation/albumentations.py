"""Albumentations, imported without the network request for updates that its import makes."""

import os
import warnings

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

from albumentations import (
    BaseCompose,
    BasicTransform,
    Compose,
    DualTransform,
    ImageOnlyTransform,
    Lambda,
    Mosaic,
    Normalize,
    PadIfNeeded,
    Sequential,
    ToFloat,
    load,
)
from albumentations import __version__ as albumentations_version
from albumentations.augmentations import geometric
from albumentations.augmentations.crops.transforms import BaseCropAndPad, CropSizeError
from albumentations.augmentations.mixing import functional as mixing
from albumentations.core.type_definitions import Targets

Transform = BasicTransform | BaseCompose

# Not so here: cloudpickle sends functions of all kinds to worker processes.
warnings.filterwarnings("ignore", "Using lambda is incompatible with multiprocessing", UserWarning)

__all__ = [
    "BaseCompose",
    "BaseCropAndPad",
    "BasicTransform",
    "Compose",
    "CropSizeError",
    "DualTransform",
    "ImageOnlyTransform",
    "Lambda",
    "Mosaic",
    "Normalize",
    "PadIfNeeded",
    "Sequential",
    "Targets",
    "ToFloat",
    "Transform",
    "albumentations_version",
    "geometric",
    "load",
    "mixing",
]
