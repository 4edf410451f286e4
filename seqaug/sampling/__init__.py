"""Sampling: which sample stands at which position of an epoch, and for which class it was drawn."""
