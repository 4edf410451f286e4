"""One parallel pass over samples, with every engine."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from seqaug import SampleError
from seqaug.engines.base import Engine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.threads import ThreadEngine
from seqaug.jobs.parallel_map import parallel_map

ENGINES: dict[str, Callable[[], Engine]] = {
    "inline": InlineEngine,
    "threads": lambda: ThreadEngine(3),
    "processes": lambda: ProcessEngine(2, 4),
}


def make_squares() -> Any:
    """Return a processor for workers, which cannot import a class of a test module, but get a local one by value."""

    class Squares:
        bad: frozenset[int] = frozenset()

        @staticmethod
        def describe(index: int) -> str:
            return f"number {index}"

        def sample(self, request: Any) -> dict[str, np.ndarray]:
            if request.index in self.bad:
                raise SampleError(request.index, "here", "bad")
            return {"square": np.array([request.index**2])}

        def layout(self, sample: dict[str, np.ndarray]) -> Any:
            return {"square": ((1,), np.dtype(np.int64))}

        def write(self, sample: dict[str, np.ndarray], row: dict[str, np.ndarray]) -> None:
            row["square"][...] = sample["square"]

    return Squares()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Any:
    engine = ENGINES[request.param]()
    yield engine
    engine.close()


def test_each_sample_once_in_order(engine: Engine) -> None:
    squares = make_squares()
    for indices in (np.arange(1000), np.array([5, 3]), np.array([], int)):
        chunks = [
            (chunk.indices.copy(), chunk.arrays["square"].copy())
            for chunk in parallel_map(engine, squares, indices, "")
        ]
        assert np.array_equal(np.concatenate([part for part, _ in chunks] or [indices]), indices)
        assert all(np.array_equal(found[:, 0], part**2) for part, found in chunks)


def test_samples_that_cannot_be_used_are_reported(engine: Engine) -> None:
    squares = make_squares()
    squares.bad = frozenset([0, 70, 71, *range(128, 192)])
    chunks = list(parallel_map(engine, squares, np.arange(200), ""))
    assert sorted(error.index for chunk in chunks for error in chunk.errors) == sorted(squares.bad)
    good = np.concatenate([chunk.indices for chunk in chunks])
    assert good.tolist() == [index for index in range(200) if index not in squares.bad]
    for chunk in chunks:
        if len(chunk.indices):
            assert np.array_equal(chunk.arrays["square"][:, 0], chunk.indices**2)


def test_iteration_may_stop_in_the_middle(engine: Engine) -> None:
    squares = make_squares()
    for chunk in parallel_map(engine, squares, np.arange(10_000), ""):
        assert chunk.indices[0] == 0
        break
    assert sum(len(chunk.indices) for chunk in parallel_map(engine, squares, np.arange(100), "")) == 100
