"""Transforms that mix a sample with others, and how they get these."""
