"""Losses for masks with ignored pixels."""

from seqaug.losses.crossentropy import CategoricalCrossentropy
from seqaug.losses.dice import Dice

__all__ = ["CategoricalCrossentropy", "Dice"]
