"""Checks of a data set's image/mask pairs, in one pass before training."""
