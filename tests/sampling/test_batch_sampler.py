"""Batches of an epoch: every position once, and hosts in step whose batches are those of one host."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.batch_sampler import BatchSampler


@given(st.integers(1, 200), st.integers(1, 20), st.booleans())
def test_one_host_has_every_position_once_in_order(length: int, batch_size: int, drop_remainder: bool) -> None:
    if drop_remainder and length < batch_size:
        return
    batch_sampler = BatchSampler(length, batch_size, drop_remainder=drop_remainder)
    batches = [batch_sampler.positions(number) for number in range(len(batch_sampler))]
    positions = [position for batch in batches for position in batch]
    assert positions == list(range(length // batch_size * batch_size if drop_remainder else length))
    assert all(len(batch) == batch_size for batch in batches[:-1])
    assert 1 <= len(batches[-1]) <= batch_size


@given(st.integers(1, 200), st.integers(1, 20), st.integers(1, 7), st.booleans())
def test_hosts_have_the_batches_of_one_host(length: int, batch_size: int, count: int, drop_remainder: bool) -> None:
    if length < (count * batch_size if drop_remainder else count):
        return
    hosts = [
        BatchSampler(length, batch_size, drop_remainder=drop_remainder, shard=(index, count)) for index in range(count)
    ]
    together = BatchSampler(length - length % count, count * batch_size, drop_remainder=drop_remainder)
    assert {len(host) for host in hosts} == {len(together)}
    assert all(host.num_dropped == length % count for host in hosts)
    for number in range(len(together)):
        parts = [host.positions(number) for host in hosts]
        assert len({len(part) for part in parts}) == 1
        assert [position for part in parts for position in part] == list(together.positions(number))


@pytest.mark.parametrize(
    ("length", "batch_size", "arguments", "message"),
    [
        (3, 4, {"drop_remainder": True}, r"3 samples in an epoch are less than one batch of 4, and drop_remainder"),
        (15, 4, {"drop_remainder": True, "shard": (0, 4)}, r"less than one batch of 4 for each of 4 hosts, and"),
        (
            3,
            1,
            {"shard": (0, 4)},
            r"3 samples in an epoch and 4 hosts \(shard=\(0, 4\)\); expected one per host or",
        ),
    ],
)
def test_an_epoch_without_a_batch_is_refused(length: int, batch_size: int, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BatchSampler(length, batch_size, **arguments)
