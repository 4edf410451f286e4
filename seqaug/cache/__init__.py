"""The cache of decoded samples: in memory, or in a directory, and shared by all workers."""
