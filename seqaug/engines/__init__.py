"""Engines: who makes the rows of a batch. They know nothing of images."""
