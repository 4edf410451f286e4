"""How an epoch is divided into batches, and among hosts that train together."""

from __future__ import annotations


class BatchSampler:
    """Which positions of an epoch stand in which batch of a host.

    All hosts go through one epoch in step. Of each step's positions, which follow one another, the first host's batch
    takes the first `batch_size`, the second host's the next ones, and so on: side by side, the hosts' batches are the
    batch of one host alone with `count * batch_size` samples. The last step may be smaller, for all hosts alike.

    Where the epoch's positions cannot be shared out evenly, its last ones, fewer than there are hosts, are left out,
    because hosts that end at different steps would wait for one another for ever.

    Args:
        length: positions in an epoch, of all hosts together.
        batch_size: samples in a host's batch.
        drop_remainder: whether a last, smaller batch is left out.
        shard: (index, count): which host this is, from 0, and how many there are.

    Attributes:
        length: positions in an epoch, of all hosts together.
        batch_size: samples in a host's batch.
        samples_per_step: samples in the batches of all hosts together.
        left_out: positions at the epoch's end that no host has because they cannot be shared out evenly.

    Raises:
        ValueError: there is less than one position a host, or than a batch where a smaller one is left out.
    """

    def __init__(
        self, length: int, batch_size: int, *, drop_remainder: bool = False, shard: tuple[int, int] = (0, 1)
    ) -> None:
        self._index, self._count = shard
        self._drop_remainder = drop_remainder
        self.length = length
        self.batch_size = batch_size
        self.samples_per_step = batch_size * self._count
        self.left_out = length % self._count
        self._full = length // self.samples_per_step
        self._last = 0 if drop_remainder else length % self.samples_per_step // self._count
        if length < self._count:
            raise ValueError(
                f"{length} samples in an epoch and {self._count} hosts (shard={shard}); expected one a host at least: "
                "a larger samples_per_epoch, or fewer hosts"
            )
        if not len(self):
            each = f" for each of {self._count} hosts" if self._count > 1 else ""
            raise ValueError(
                f"{length} samples in an epoch are less than one batch of {batch_size}{each}, and drop_remainder "
                "leaves it out; expected a smaller batch_size, or drop_remainder=False"
            )

    def __len__(self) -> int:
        """Count the batches of a host."""
        return self._full + (self._last > 0)

    def positions(self, number: int) -> range:
        """Give the positions that stand in a batch of this host."""
        size = self.batch_size if number < self._full else self._last
        first = number * self.samples_per_step + self._index * size
        return range(first, first + size)

    def of_host(self, shard: tuple[int, int]) -> BatchSampler:
        """Give the division of the same epoch for a host of others."""
        return BatchSampler(self.length, self.batch_size, drop_remainder=self._drop_remainder, shard=shard)
