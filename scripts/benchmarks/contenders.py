"""The contenders of the benchmark, and the packages that each needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any


@dataclass(frozen=True)
class Contender:
    """A source of batches."""

    label: str
    module: str
    options: dict[str, Any] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)  # module to import -> package to install
    is_cached: bool = False  # decodes samples once; measured from the second epoch on

    @property
    def is_ours(self) -> bool:
        """Whether it is this package."""
        return self.module in ("sequence", "executors")

    def missing(self) -> list[str]:
        """Packages to install first."""
        return [package for module, package in self.needs.items() if find_spec(module) is None]


REFERENCE = "processes"
CACHED_REFERENCE = "processes-memory"

CONTENDERS = {
    REFERENCE: Contender("seqaug, processes", "sequence", {"engine": "processes"}),
    "processes-uint8": Contender("seqaug, processes, uint8", "sequence", {"engine": "processes", "rescale": None}),
    "processes-float16": Contender(
        "seqaug, processes, float16", "sequence", {"engine": "processes", "dtype": "float16"}
    ),
    "processes-bfloat16": Contender(
        "seqaug, processes, bfloat16", "sequence", {"engine": "processes", "dtype": "bfloat16"}
    ),
    "threads": Contender("seqaug, threads", "sequence", {"engine": "threads"}),
    "inline": Contender("seqaug, inline", "sequence", {"engine": "inline"}),
    "dask": Contender(
        "seqaug, Dask", "executors", {"engine": "threads", "executor": "dask"}, {"distributed": "distributed"}
    ),
    "ray": Contender("seqaug, Ray", "executors", {"engine": "threads", "executor": "ray"}, {"ray": "ray"}),
    "torch": Contender("torch DataLoader", "peer_torch", needs={"torch": "torch"}),
    "grain": Contender("Grain DataLoader", "peer_grain", needs={"grain": "grain"}),
    "tfdata": Contender("tf.data, numpy_function", "peer_tfdata"),
    "pydataset-threads": Contender("Keras PyDataset, threads", "peer_pydataset"),
    "pydataset-processes": Contender("Keras PyDataset, processes", "peer_pydataset", {"use_multiprocessing": True}),
    "generators": Contender("two ImageDataGenerators", "peer_generators", needs={"scipy": "scipy", "PIL": "pillow"}),
    CACHED_REFERENCE: Contender(
        "seqaug, processes, memory", "sequence", {"engine": "processes", "cache": "memory"}, is_cached=True
    ),
    "processes-directory": Contender(
        "seqaug, processes, directory",
        "sequence",
        {"engine": "processes", "cache": "directory"},
        is_cached=True,
    ),
    "tfdata-cache": Contender("tf.data, cache()", "peer_tfdata_cache", is_cached=True),
    "torch-memory": Contender(
        "torch DataLoader, arrays", "peer_torch", {"in_memory": True}, needs={"torch": "torch"}, is_cached=True
    ),
}
