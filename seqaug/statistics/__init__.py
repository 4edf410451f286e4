"""Statistics of a data set's masks."""

from seqaug.statistics.presence import class_presence

__all__ = ["class_presence"]
