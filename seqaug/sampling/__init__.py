"""Sampling: which sample stands at which position of an epoch."""

from seqaug.sampling.order import Order
from seqaug.sampling.strategy import make_order

__all__ = ["Order", "make_order"]
