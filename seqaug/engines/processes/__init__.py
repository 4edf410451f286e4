"""The engine that works in processes, which share the memory of the batches."""

from seqaug.engines.processes.engine import ProcessEngine

__all__ = ["ProcessEngine"]
