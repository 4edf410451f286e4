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
    works: tuple[str, ...] = ("street",)

    @property
    def is_ours(self) -> bool:
        """Whether it is this package."""
        return self.module in ("sequence", "executors")

    def missing(self) -> list[str]:
        """Packages to install first."""
        return [package for module, package in self.needs.items() if not _is_installed(module)]


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that it is in
        return False


REFERENCE = "processes"
CACHED_REFERENCE = "processes-memory"

PLAIN = ("street", "jpeg", "large")  # the works of most contenders
REPEATS = {"repeats": 4}
DALI = {"nvidia.dali": "nvidia-dali-cuda120", "nvidia.nvimgcodec": "nvidia-nvimgcodec-cu12"}

CONTENDERS = {
    REFERENCE: Contender("seqaug, processes", "sequence", {"engine": "processes"}, works=(*PLAIN, "repeats")),
    "processes-uint8": Contender("seqaug, processes, uint8", "sequence", {"engine": "processes", "rescale": None}),
    "processes-float16": Contender(
        "seqaug, processes, float16", "sequence", {"engine": "processes", "dtype": "float16"}
    ),
    "processes-bfloat16": Contender(
        "seqaug, processes, bfloat16", "sequence", {"engine": "processes", "dtype": "bfloat16"}
    ),
    "threads": Contender("seqaug, threads", "sequence", {"engine": "threads"}, works=(*PLAIN, "repeats")),
    "inline": Contender("seqaug, inline", "sequence", {"engine": "inline"}, works=(*PLAIN, "repeats")),
    "dask": Contender(
        "seqaug, Dask", "executors", {"engine": "threads", "executor": "dask"}, {"distributed": "distributed"}
    ),
    "ray": Contender("seqaug, Ray", "executors", {"engine": "threads", "executor": "ray"}, {"ray": "ray"}),
    "torch": Contender("torch DataLoader", "peer_torch", needs={"torch": "torch"}, works=PLAIN),
    "grain": Contender("Grain DataLoader", "peer_grain", needs={"grain": "grain"}, works=PLAIN),
    "tfdata": Contender("tf.data, numpy_function", "peer_tfdata", works=PLAIN),
    "keras-layers": Contender("tf.data, Keras' layers", "peer_keras_layers", works=PLAIN),
    "dali": Contender("NVIDIA DALI on the CPU", "peer_dali", needs=DALI, works=PLAIN),
    "pydataset-threads": Contender("Keras PyDataset, threads", "peer_pydataset", works=PLAIN),
    "pydataset-processes": Contender("Keras PyDataset, processes", "peer_pydataset", {"use_multiprocessing": True}),
    "generators": Contender("two ImageDataGenerators", "peer_generators", needs={"scipy": "scipy", "PIL": "pillow"}),
    "processes-repeats": Contender(
        "seqaug, processes, repeats=4", "sequence", {"engine": "processes", **REPEATS}, works=("repeats",)
    ),
    "threads-repeats": Contender(
        "seqaug, threads, repeats=4", "sequence", {"engine": "threads", **REPEATS}, works=("repeats",)
    ),
    "inline-repeats": Contender(
        "seqaug, inline, repeats=4", "sequence", {"engine": "inline", **REPEATS}, works=("repeats",)
    ),
    "tfdata-repeats": Contender("tf.data, four of each", "peer_tfdata", REPEATS, works=("repeats",)),
    CACHED_REFERENCE: Contender(
        "seqaug, processes, memory",
        "sequence",
        {"engine": "processes", "cache": "memory"},
        is_cached=True,
        works=("street", "large"),
    ),
    "processes-directory": Contender(
        "seqaug, processes, directory",
        "sequence",
        {"engine": "processes", "cache": "directory"},
        is_cached=True,
    ),
    "tfdata-cache": Contender("tf.data, cache()", "peer_tfdata_cache", is_cached=True, works=("street", "large")),
    "torch-memory": Contender(
        "torch DataLoader, arrays",
        "peer_torch",
        {"in_memory": True},
        needs={"torch": "torch"},
        is_cached=True,
        works=("street", "large"),
    ),
    "opencv": Contender("OpenCV alone in a loop", "limit_opencv", is_cached=True),
}
