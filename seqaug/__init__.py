"""Augmented image/mask batches for semantic segmentation in Keras.

Names load when they are first used, so that `import seqaug` imports neither Keras nor TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seqaug._version import __version__

if TYPE_CHECKING:
    from seqaug import losses, metrics
    from seqaug.augmentation.class_crop import ClassCrop
    from seqaug.augmentation.image_data_generator.transform import image_data_generator_transform
    from seqaug.augmentation.mixing.base import MixingTransform
    from seqaug.augmentation.mixing.classmix import ClassMix
    from seqaug.augmentation.mixing.copy_paste import CopyPaste
    from seqaug.augmentation.mixing.cutmix import CutMix
    from seqaug.augmentation.mixing.mixup import MixUp
    from seqaug.callbacks.input_monitor import InputMonitor
    from seqaug.callbacks.resume_epoch import ResumeEpoch
    from seqaug.errors import ReadError, SampleError, SeqaugWarning, TransformError, UnknownColorError
    from seqaug.inference.evaluate import evaluate
    from seqaug.inference.evaluation import Evaluation
    from seqaug.inference.predictor import TiledPredictor
    from seqaug.palette.palette import Palette
    from seqaug.sampling.class_uniform import ClassUniform
    from seqaug.sampling.rare_class import RareClass
    from seqaug.sampling.repeat_factor import RepeatFactor
    from seqaug.sampling.samplers import Sampler
    from seqaug.sequence.arguments import ClassificationArguments, SegmentationArguments
    from seqaug.sequence.classification import ClassificationSequence
    from seqaug.sequence.loss_sampling import LossSampling
    from seqaug.sequence.mixture import Mixture
    from seqaug.sequence.segmentation import SegmentationSequence
    from seqaug.sources.tiles import Tiles
    from seqaug.statistics.class_statistics import ClassStatistics
    from seqaug.statistics.class_weights import ClassWeights

__all__ = [
    "ClassCrop",
    "ClassMix",
    "ClassStatistics",
    "ClassUniform",
    "ClassWeights",
    "ClassificationArguments",
    "ClassificationSequence",
    "CopyPaste",
    "CutMix",
    "Evaluation",
    "InputMonitor",
    "LossSampling",
    "MixUp",
    "MixingTransform",
    "Mixture",
    "Palette",
    "RareClass",
    "ReadError",
    "RepeatFactor",
    "ResumeEpoch",
    "SampleError",
    "Sampler",
    "SegmentationArguments",
    "SegmentationSequence",
    "SeqaugWarning",
    "TiledPredictor",
    "Tiles",
    "TransformError",
    "UnknownColorError",
    "__version__",
    "evaluate",
    "image_data_generator_transform",
    "losses",
    "metrics",
]  # and `ray`, which needs Ray

_HOMES = {
    "ClassCrop": "seqaug.augmentation.class_crop",
    "ClassMix": "seqaug.augmentation.mixing.classmix",
    "ClassStatistics": "seqaug.statistics.class_statistics",
    "ClassUniform": "seqaug.sampling.class_uniform",
    "ClassWeights": "seqaug.statistics.class_weights",
    "ClassificationArguments": "seqaug.sequence.arguments",
    "ClassificationSequence": "seqaug.sequence.classification",
    "CopyPaste": "seqaug.augmentation.mixing.copy_paste",
    "CutMix": "seqaug.augmentation.mixing.cutmix",
    "Evaluation": "seqaug.inference.evaluation",
    "InputMonitor": "seqaug.callbacks.input_monitor",
    "LossSampling": "seqaug.sequence.loss_sampling",
    "MixUp": "seqaug.augmentation.mixing.mixup",
    "MixingTransform": "seqaug.augmentation.mixing.base",
    "Mixture": "seqaug.sequence.mixture",
    "Palette": "seqaug.palette.palette",
    "RareClass": "seqaug.sampling.rare_class",
    "ReadError": "seqaug.errors",
    "RepeatFactor": "seqaug.sampling.repeat_factor",
    "ResumeEpoch": "seqaug.callbacks.resume_epoch",
    "SampleError": "seqaug.errors",
    "Sampler": "seqaug.sampling.samplers",
    "SegmentationArguments": "seqaug.sequence.arguments",
    "SegmentationSequence": "seqaug.sequence.segmentation",
    "SeqaugWarning": "seqaug.errors",
    "TiledPredictor": "seqaug.inference.predictor",
    "Tiles": "seqaug.sources.tiles",
    "TransformError": "seqaug.errors",
    "UnknownColorError": "seqaug.errors",
    "evaluate": "seqaug.inference.evaluate",
    "image_data_generator_transform": "seqaug.augmentation.image_data_generator.transform",
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
