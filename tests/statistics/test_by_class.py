"""Which samples contain a class."""

import numpy as np
from class_tables import tables
from hypothesis import given

from seqaug.statistics import ClassCounts, SamplesByClass


@given(tables)
def test_samples_of_a_class(table: np.ndarray) -> None:
    num_classes = table.shape[1]
    counts = ClassCounts.from_rows(table, num_classes)
    at_least = np.arange(num_classes) * 700
    listed, enough = SamplesByClass(counts), SamplesByClass(counts, at_least)
    for class_id in range(num_classes):
        assert listed[class_id].dtype == np.int32
        assert np.array_equal(listed[class_id], np.flatnonzero(table[:, class_id]))
        assert np.array_equal(enough[class_id], np.flatnonzero(table[:, class_id] >= max(at_least[class_id], 1)))
