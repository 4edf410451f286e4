"""The engine that works in processes, which share the memory of batches."""
