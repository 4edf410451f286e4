"""What part this process plays."""

# Set in worker processes before anything else is imported: they never import Keras.
in_worker = False
