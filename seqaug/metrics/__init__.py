"""Metrics for masks with ignored pixels."""

from seqaug.metrics.overlap import MeanDice, MeanIoU

__all__ = ["MeanDice", "MeanIoU"]
