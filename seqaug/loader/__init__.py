"""Batches of an epoch: random access, prefetching, samples that are skipped."""
