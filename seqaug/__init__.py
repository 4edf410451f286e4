"""Augmented image/mask batches for semantic segmentation in Keras.

Names load when they are first used, so that `import seqaug` imports neither Keras nor TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seqaug._version import __version__

if TYPE_CHECKING:
    from seqaug import losses, metrics
    from seqaug.augmentation import ClassCrop, image_data_generator_transform
    from seqaug.errors import ReadError, SampleError, SeqaugWarning, TransformError, UnknownColorError
    from seqaug.monitor import InputMonitor
    from seqaug.palette import Palette
    from seqaug.resume_epoch import ResumeEpoch
    from seqaug.sampling import ClassUniform, RareClass, RepeatFactor
    from seqaug.sequence import ClassificationSequence, SegmentationSequence
    from seqaug.statistics import ClassStatistics

__all__ = [
    "ClassCrop",
    "ClassStatistics",
    "ClassUniform",
    "ClassificationSequence",
    "InputMonitor",
    "Palette",
    "RareClass",
    "ReadError",
    "RepeatFactor",
    "ResumeEpoch",
    "SampleError",
    "SegmentationSequence",
    "SeqaugWarning",
    "TransformError",
    "UnknownColorError",
    "__version__",
    "image_data_generator_transform",
    "losses",
    "metrics",
]  # and `ray`, which needs Ray

_HOMES = {
    "ClassCrop": "seqaug.augmentation",
    "ClassStatistics": "seqaug.statistics",
    "ClassUniform": "seqaug.sampling",
    "ClassificationSequence": "seqaug.sequence",
    "InputMonitor": "seqaug.monitor",
    "Palette": "seqaug.palette",
    "RareClass": "seqaug.sampling",
    "ReadError": "seqaug.errors",
    "RepeatFactor": "seqaug.sampling",
    "ResumeEpoch": "seqaug.resume_epoch",
    "SampleError": "seqaug.errors",
    "SegmentationSequence": "seqaug.sequence",
    "SeqaugWarning": "seqaug.errors",
    "TransformError": "seqaug.errors",
    "UnknownColorError": "seqaug.errors",
    "image_data_generator_transform": "seqaug.augmentation",
}


def __getattr__(name: str) -> Any:
    if name in ("losses", "metrics", "ray"):
        return import_module(f"seqaug.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'seqaug' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
