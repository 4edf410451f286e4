"""What is done to a sample, from its file to its row in a batch."""
