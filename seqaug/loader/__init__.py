"""Batches of an epoch: random access, prefetching, skipped samples."""
