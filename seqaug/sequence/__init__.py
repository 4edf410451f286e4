"""Data sets as `keras.utils.Sequence`."""
