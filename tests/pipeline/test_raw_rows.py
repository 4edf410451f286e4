"""Rows that hold results of a job."""

import numpy as np

from seqaug.pipeline.raw_rows import RawRows


def test_arrays_are_written_unchanged() -> None:
    rows = RawRows()
    sample = {"pixels": np.array([3, 0, 70_000], np.uint32), "none": np.zeros((0, 2))}
    assert rows.layout(sample) == {"pixels": ((3,), np.dtype(np.uint32)), "none": ((0, 2), np.dtype(np.float64))}
    row = {"pixels": np.zeros(3, np.uint32), "none": np.zeros((0, 2))}
    rows.write(sample, row)
    assert row["pixels"].tolist() == [3, 0, 70_000]
    assert rows.layout({}) == {}
