"""Statistics of a data set's masks."""

from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.presence import class_presence

__all__ = ["ClassCounts", "class_presence"]
