"""The engine that works through a `concurrent.futures.Executor`: threads, processes, a cluster."""
