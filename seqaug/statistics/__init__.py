"""Statistics of a data set's masks, or of its labels."""

from seqaug.statistics.by_class import SamplesByClass
from seqaug.statistics.class_statistics import ClassStatistics, StrategyStatistics
from seqaug.statistics.counts import ClassCounts
from seqaug.statistics.given_weights import given_weights, resolve_class_weights
from seqaug.statistics.histogram import label_histogram
from seqaug.statistics.label_statistics import LabelStatistics
from seqaug.statistics.partial import PartialCounts
from seqaug.statistics.storage import SCAN_FILES, ScanStore, fingerprints_of
from seqaug.statistics.weights import WEIGHT_METHODS, compute_class_weights

__all__ = [
    "SCAN_FILES",
    "WEIGHT_METHODS",
    "ClassCounts",
    "ClassStatistics",
    "LabelStatistics",
    "PartialCounts",
    "SamplesByClass",
    "ScanStore",
    "StrategyStatistics",
    "compute_class_weights",
    "fingerprints_of",
    "given_weights",
    "label_histogram",
    "resolve_class_weights",
]
