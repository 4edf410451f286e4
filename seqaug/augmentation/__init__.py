"""Augmentation: the one room that knows Albumentations."""
