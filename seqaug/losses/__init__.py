"""Losses for masks with ignored pixels."""

from seqaug.losses.dice import Dice

__all__ = ["Dice"]
