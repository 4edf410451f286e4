"""The engine that works in whatever a `concurrent.futures.Executor` leads to: threads, processes, a cluster."""

from seqaug.engines.executor.engine import ExecutorEngine

__all__ = ["ExecutorEngine"]
