"""Batches: which positions of an epoch each batch of each host has."""

from __future__ import annotations


class BatchSampler:
    """Divides the positions of an epoch into batches, and each step among hosts that train together.

    All hosts run through one epoch in step. A step has consecutive positions: the first host's batch takes the first
    `batch_size` of them, the second host's batch the next ones, and so on. Concatenated, the hosts' batches are the
    batch of a single host with `count * batch_size` samples. The last step may be smaller, equally for all hosts.

    Positions at the end of an epoch that do not divide evenly among the hosts, fewer than there are hosts, are dropped:
    hosts that end at different steps would wait for each other forever.

    Args:
        length: the number of positions in an epoch, for all hosts together.
        batch_size: the number of samples in a batch of one host.
        drop_remainder: whether to drop a last, smaller batch.
        shard: (index, count): the index of this host, from 0, and the number of hosts.

    Attributes:
        length: the number of positions in an epoch, for all hosts together.
        batch_size: the number of samples in a batch of one host.
        samples_per_step: the number of samples in a step, in the batches of all hosts together.
        num_dropped: the number of positions at the end of an epoch that do not divide evenly among the hosts.

    Raises:
        ValueError: there are fewer positions than hosts, or no full batch and `drop_remainder`.
    """

    def __init__(
        self, length: int, batch_size: int, *, drop_remainder: bool = False, shard: tuple[int, int] = (0, 1)
    ) -> None:
        self._index, self._count = shard
        self._drop_remainder = drop_remainder
        self.length = length
        self.batch_size = batch_size
        self.samples_per_step = batch_size * self._count
        self.num_dropped = length % self._count
        self._full = length // self.samples_per_step
        self._last = 0 if drop_remainder else length % self.samples_per_step // self._count
        if length < self._count:
            raise ValueError(
                f"{length} samples in an epoch and {self._count} hosts (shard={shard}); expected one per host or "
                "more: set a larger samples_per_epoch, or use fewer hosts"
            )
        if not len(self):
            each = f" for each of {self._count} hosts" if self._count > 1 else ""
            raise ValueError(
                f"{length} samples in an epoch are less than one batch of {batch_size}{each}, and drop_remainder drops "
                "it; expected a smaller batch_size, or drop_remainder=False"
            )

    def __len__(self) -> int:
        """Count the batches of a host."""
        return self._full + (self._last > 0)

    def positions(self, batch_index: int) -> range:
        """Give the positions of a batch of this host."""
        size = self.batch_size if batch_index < self._full else self._last
        first = batch_index * self.samples_per_step + self._index * size
        return range(first, first + size)

    def for_shard(self, shard: tuple[int, int]) -> BatchSampler:
        """Give the batch sampler of another shard of the same epoch."""
        return BatchSampler(self.length, self.batch_size, drop_remainder=self._drop_remainder, shard=shard)
