"""Checking: what is wrong with a data set's image/mask pairs, found in one pass before anyone trains."""

from seqaug.checking.dataset import Split, check_dataset
from seqaug.checking.finding import Finding
from seqaug.checking.kinds import KINDS, Kind
from seqaug.checking.report import Report

__all__ = ["KINDS", "Finding", "Kind", "Report", "Split", "check_dataset"]
