"""A sampler whose weights change from epoch to epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqaug.sampling.samplers import EpochIndices, EpochSampler
from seqaug.sampling.weighted import WeightedSampler

Arrange = Callable[[EpochSampler], EpochSampler]

# Older weights are dropped: a data set of a million samples has 8 MB of them for each epoch.
_KEPT = 4


class ScheduledWeights(NamedTuple):
    """Weights from an epoch on.

    Attributes:
        epoch: the first epoch that they hold for.
        weights: one per sample, (num_samples,) float64; None: the sampler that the sequence was made with.
    """

    epoch: int
    weights: np.ndarray[Any, np.dtype[np.float64]] | None


class ScheduledSampler:
    """A sampler, and weights that take its place from some epoch on.

    Args:
        sampler: for epochs without weights.
        length: positions in an epoch that are drawn.
        seed: of the draws.
        shuffle: whether drawn samples are shuffled.
        arrange: turns a sampler of drawn samples into one of the positions of an epoch, in which they are repeated or
            in another order; `sampler` is arranged already.
    """

    def __init__(
        self, sampler: EpochSampler, *, length: int, seed: int, shuffle: bool, arrange: Arrange | None = None
    ) -> None:
        self._sampler = sampler
        self._length = length
        self._seed = seed
        self._shuffle = shuffle
        self._arrange = arrange
        # Replaced, and never changed, so that a copy keeps its own; ascending.
        self._schedule: tuple[ScheduledWeights, ...] = ()
        # Epochs before it had weights that are no longer known.
        self._known_from = 0

    def __call__(self, epoch: int) -> EpochIndices:
        """Return the samples of an epoch.

        Raises:
            ValueError: its weights are no longer known.
        """
        if epoch < self._known_from:
            raise ValueError(
                f"epoch {epoch} had weights of set_weights() that are no longer known: those from epoch "
                f"{self._known_from} on are; expected a state_dict() of that epoch, for load_state_dict()"
            )
        found = self.in_force(epoch)
        if found is None or found.weights is None:
            return self._sampler(epoch)
        sampler: EpochSampler = WeightedSampler(found.weights, self._length, self._seed, self._shuffle)
        return (sampler if self._arrange is None else self._arrange(sampler))(epoch)

    def in_force(self, epoch: int) -> ScheduledWeights | None:
        """Return the weights of an epoch; None before the first ones. Equal objects mean equal epochs."""
        return next((one for one in reversed(self._schedule) if one.epoch <= epoch), None)

    def set_weights(self, epoch: int, weights: np.ndarray[Any, np.dtype[np.float64]] | None) -> None:
        """Set the weights from an epoch on."""
        before = [one for one in self._schedule if one.epoch < epoch]
        kept = (*before, ScheduledWeights(epoch, weights))[-_KEPT:]
        if len(kept) <= len(before):
            self._known_from = kept[0].epoch
        self._schedule = kept

    def schedule_from(self, epoch: int) -> list[ScheduledWeights]:
        """Return the weights of an epoch and of all later ones."""
        found = self.in_force(epoch)
        return [*([] if found is None else [found]), *(one for one in self._schedule if one.epoch > epoch)]

    def resume(self, epoch: int, schedule: Sequence[ScheduledWeights]) -> None:
        """Take over what `schedule_from` gave for an epoch."""
        self._schedule = tuple(schedule)
        self._known_from = schedule[0].epoch if schedule and schedule[0].epoch <= epoch else 0
