"""The Keras side of the house: datasets as `keras.utils.Sequence`."""

from seqaug.sequence.classification import ClassificationSequence
from seqaug.sequence.segmentation import SegmentationSequence

__all__ = ["ClassificationSequence", "SegmentationSequence"]
