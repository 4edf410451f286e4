"""Engines fill the rows of batches: inline, in threads, in processes, or through an executor; no images here."""
