"""Sampling: which sample stands at which position of an epoch, and for which class it was drawn."""

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.doubts import doubts_about
from seqaug.sampling.order import Drawn, Order
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.repeat_factor import RepeatFactor
from seqaug.sampling.strategy import make_order

__all__ = ["ClassUniform", "Drawn", "Order", "RareClass", "RepeatFactor", "doubts_about", "make_order"]
