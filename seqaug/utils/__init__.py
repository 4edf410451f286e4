"""Helpers that know nothing of images: argument checks, progress bars, tables."""
