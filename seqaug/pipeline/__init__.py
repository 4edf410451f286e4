"""The pipeline of a sample, from its file to its row of a batch."""
