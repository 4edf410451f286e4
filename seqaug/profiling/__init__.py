"""Throughput of the input pipeline: its bottleneck, and which setting to change."""
