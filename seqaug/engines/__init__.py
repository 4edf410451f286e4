"""Engines: who does the work of a batch. They know nothing of images."""

from seqaug.engines.base import Engine, Failure, Pending, RowMaker
from seqaug.engines.executor import ExecutorEngine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.pickled import is_for_workers
from seqaug.engines.processes import ProcessEngine
from seqaug.engines.threads import ThreadEngine

__all__ = [
    "Engine",
    "ExecutorEngine",
    "Failure",
    "InlineEngine",
    "Pending",
    "ProcessEngine",
    "RowMaker",
    "ThreadEngine",
    "is_for_workers",
]
