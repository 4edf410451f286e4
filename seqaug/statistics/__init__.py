"""Statistics of a data set's masks."""

from seqaug.statistics.by_class import SamplesByClass
from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.presence import class_presence

__all__ = ["ClassCounts", "SamplesByClass", "class_presence"]
