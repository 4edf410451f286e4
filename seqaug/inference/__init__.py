"""Prediction at the size of the original image, and its evaluation."""
