"""Helpers that know nothing of images: argument validation, progress bars, tables."""
