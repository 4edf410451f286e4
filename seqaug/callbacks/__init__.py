"""Keras callbacks, and the events that they listen to."""
