"""Checking: what is wrong with a data set's image/mask pairs, found in one pass before anyone trains."""
