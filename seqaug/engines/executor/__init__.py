"""The engine that works in whatever a `concurrent.futures.Executor` leads to: threads, processes, a cluster."""
