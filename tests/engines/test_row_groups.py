"""Rows of the same sample form groups."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from numbered import Numbered

from seqaug.core.batch import Batch
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.row_groups import fill_rows, row_groups, sharing_processor


class Sharing(Numbered):
    """A processor that says how often a sample is shared."""

    shares_samples = True

    def __init__(self, uses: int = 0) -> None:
        self.uses = uses

    def sharing(self, requests: Any) -> Any:
        return Sharing(len(list(requests)))


def requests_of(indices: list[int]) -> dict[int, SampleRequest]:
    return {3 * row: SampleRequest(index, 0, row) for row, index in enumerate(indices)}


@given(st.lists(st.integers(0, 5), max_size=12))
def test_rows_of_one_sample_form_one_group(indices: list[int]) -> None:
    requests = requests_of(indices)
    groups = row_groups(Sharing(), requests)
    assert sorted(row for rows in groups for row, _ in rows) == list(requests)
    assert [rows[0][1].index for rows in groups] == list(dict.fromkeys(indices))
    assert all(
        rows == sorted(rows, key=lambda row: row[0]) and len({request.index for _, request in rows}) == 1
        for rows in groups
    )


def test_a_processor_that_shares_nothing_has_groups_of_one() -> None:
    requests = requests_of([1, 1, 2])
    assert row_groups(Numbered(), requests) == [[row] for row in requests.items()]
    unlike = Sharing()
    unlike.shares_samples = False
    assert row_groups(unlike, requests) == [[row] for row in requests.items()]
    assert sharing_processor(unlike, list(requests.items())) is unlike


def test_several_rows_share() -> None:
    processor = Sharing()
    assert sharing_processor(processor, list(requests_of([1]).items())) is processor
    shared: Any = sharing_processor(processor, list(requests_of([1, 2, 1]).items()))
    assert shared.uses == 3


def test_rows_are_filled() -> None:
    batch = Batch(3)
    rows = [(row, SampleRequest(index, 0, row)) for row, index in enumerate([7, 7, 8])]
    assert fill_rows(Sharing(), rows, batch) == []
    assert batch.arrays["image"][:, 0, 0].tolist() == [7, 7, 8]
