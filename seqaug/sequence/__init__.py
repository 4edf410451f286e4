"""The Keras side of the house: datasets as `keras.utils.Sequence`."""
