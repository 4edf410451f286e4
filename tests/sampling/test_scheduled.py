"""Weights that change from epoch to epoch."""

import copy
from functools import partial

import numpy as np
import pytest

from seqaug.sampling.repeats import RepeatedSampler
from seqaug.sampling.samplers import ShuffleSampler
from seqaug.sampling.scheduled import ScheduledSampler
from seqaug.sampling.weighted import WeightedSampler

WEIGHTS = [np.eye(10)[number] + 0.1 for number in range(9)]


def make(repeats: int = 1) -> ScheduledSampler:
    arrange = partial(RepeatedSampler, repeats=repeats)
    return ScheduledSampler(ShuffleSampler(10, 10, 3), length=10, seed=3, shuffle=True, arrange=arrange)


def samples(sampler: object, epoch: int) -> list[int]:
    return sampler(epoch).samples.tolist()  # type: ignore[operator]


def weighted(number: int, epoch: int) -> list[int]:
    return samples(WeightedSampler(WEIGHTS[number], 10, 3, True), epoch)


def test_weights_hold_from_their_epoch_on() -> None:
    sampler = make()
    sampler.set_weights(2, WEIGHTS[0])
    sampler.set_weights(4, None)
    plain = ShuffleSampler(10, 10, 3)
    assert [samples(sampler, epoch) for epoch in range(6)] == [
        samples(plain, 0),
        samples(plain, 1),
        weighted(0, 2),
        weighted(0, 3),
        samples(plain, 4),
        samples(plain, 5),
    ]


def test_later_ones_of_the_same_epoch_take_the_place_of_earlier_ones() -> None:
    sampler = make()
    sampler.set_weights(3, WEIGHTS[0])
    sampler.set_weights(2, WEIGHTS[1])
    assert samples(sampler, 3) == weighted(1, 3)
    sampler.set_weights(2, WEIGHTS[2])
    assert samples(sampler, 2) == weighted(2, 2)


def test_epochs_whose_weights_are_forgotten_are_an_error() -> None:
    sampler = make()
    for number in range(6):
        sampler.set_weights(number + 1, WEIGHTS[number])
    assert samples(sampler, 3) == weighted(2, 3)
    with pytest.raises(ValueError, match=r"epoch 2 had weights of set_weights.. that are no longer known: those from"):
        sampler(2)


@pytest.mark.parametrize("epoch", [0, 2, 3, 5])
def test_another_sampler_takes_the_schedule_over(epoch: int) -> None:
    sampler, other = make(), make()
    other.set_weights(1, WEIGHTS[5])
    sampler.set_weights(2, WEIGHTS[0])
    sampler.set_weights(5, WEIGHTS[1])
    other.resume(epoch, sampler.schedule_from(epoch))
    for later in range(epoch, 8):
        assert samples(other, later) == samples(sampler, later)


def test_repeats_and_copies() -> None:
    sampler = make(repeats=2)
    sampler.set_weights(0, WEIGHTS[0])
    assert samples(sampler, 0) == np.repeat(weighted(0, 0), 2).tolist()
    twin = copy.copy(sampler)
    twin.set_weights(0, WEIGHTS[1])
    assert samples(sampler, 0) == np.repeat(weighted(0, 0), 2).tolist()
