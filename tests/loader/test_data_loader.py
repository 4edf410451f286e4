"""Batches of an epoch."""

import threading
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest

from seqaug import SampleError
from seqaug.core.sample_request import SampleRequest
from seqaug.engines.inline import InlineEngine
from seqaug.engines.threads import ThreadEngine
from seqaug.loader.data_loader import Loader
from seqaug.loader.skipped import SkippedSamples
from seqaug.sampling.batch_sampler import BatchSampler
from seqaug.sampling.factory import make_order
from seqaug.sampling.samplers import EpochIndices


class Numbers:
    """A pipeline that notes what was asked of it."""

    def __init__(self, bad: tuple[int, ...] = ()) -> None:
        self.bad = bad
        self.asked: list[SampleRequest] = []

    def describe(self, index: int) -> str:
        return f"number {index}"

    def sample(self, request: SampleRequest) -> dict[str, np.ndarray]:
        self.asked.append(request)
        if request.index in self.bad:
            raise SampleError(request.index, self.describe(request.index), "bad")
        return {"image": np.array([request.index, request.epoch, request.position])}

    def layout(self, sample: Any) -> Any:
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: Any, row: Any) -> None:
        row["image"][...] = sample["image"]


def make(pipeline: Any, num_samples: int = 10, workers: int = 0, skip: bool = False, **arguments: Any) -> Loader:
    settings = {"division": BatchSampler(num_samples, 4), "ahead": 0, "early": 0, **arguments}
    length = settings["division"].length
    order = make_order(None, num_samples=num_samples, length=length, seed=0, shuffle=True, counts=lambda: None)
    engine = ThreadEngine(workers) if workers else InlineEngine()
    return Loader(pipeline, order, engine=engine, skipped=SkippedSamples() if skip else None, **settings)


@pytest.mark.parametrize(("drop", "sizes"), [(False, [4, 4, 2]), (True, [4, 4])])
def test_an_epoch_holds_each_position_once(drop: bool, sizes: list[int]) -> None:
    loader = make(Numbers(), division=BatchSampler(10, 4, drop_remainder=drop))
    batches = list(loader.batches(3))
    assert len(loader) == len(sizes)
    assert [len(batch["index"]) for batch in batches] == sizes
    rows = np.concatenate([batch["image"] for batch in batches])
    assert rows[:, 1].tolist() == [3] * sum(sizes)
    assert rows[:, 2].tolist() == list(range(sum(sizes)))
    assert rows[:, 0].tolist() == np.concatenate([batch["index"] for batch in batches]).tolist()
    assert len(set(rows[:, 0])) == sum(sizes)


def test_random_access_and_iteration_agree() -> None:
    loader = make(Numbers())
    whole = {epoch: [batch["image"].tolist() for batch in loader.batches(epoch)] for epoch in range(4)}
    for epoch, number in [(3, 2), (0, 0), (2, 1), (0, 2), (3, 0), (1, 1)]:
        assert loader.batch(epoch, number)["image"].tolist() == whole[epoch][number]


@pytest.mark.parametrize("ahead", [1, 2, 9])
def test_iteration_has_no_more_than_asked_in_hand(ahead: int) -> None:
    pipeline = Numbers()
    loader = make(pipeline, num_samples=40, workers=1, ahead=ahead)
    batches = loader.batches(0)
    for taken in range(1, 4):
        next(batches)
        # What is in hand is made in due course; wait for it by asking for as much from the same, single thread.
        loader.batch(1, 0)
        in_hand = {request.position // 4 for request in pipeline.asked if request.epoch == 0}
        assert in_hand == set(range(min(taken + ahead, 10)))
    batches.close()
    loader.close()


def test_an_iteration_that_is_left_gives_up_what_it_has_in_hand() -> None:
    pipeline = Numbers()
    loader = make(pipeline, num_samples=400, workers=1, ahead=50)
    gate, sample = threading.Event(), pipeline.sample

    def slow(request: SampleRequest) -> dict[str, np.ndarray]:
        if request.position >= 4:
            assert gate.wait(30)
        return sample(request)

    pipeline.sample = slow  # type: ignore[method-assign]
    batches = loader.batches(0)
    next(batches)
    batches.close()
    gate.set()
    loader.close()
    assert len(pipeline.asked) <= 5


def test_a_sample_that_cannot_be_used_raises() -> None:
    loader = make(Numbers(bad=(7,)))
    with pytest.raises(SampleError, match=r"sample 7 \(number 7\): bad"):
        list(loader.batches(0))


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_a_sample_that_cannot_be_used_is_replaced_by_the_next_of_the_epoch(workers: int) -> None:
    good, loader = make(Numbers()), make(Numbers(bad=(7, 2, 5)), workers=workers, skip=True, ahead=2)
    for epoch in range(6):
        order = np.concatenate([batch["index"] for batch in good.batches(epoch)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = np.concatenate([batch["image"] for batch in loader.batches(epoch)])
        expected = [
            next(index for index in np.roll(order, -position) if index not in (7, 2, 5)) for position in range(10)
        ]
        assert rows[:, 0].tolist() == expected
        assert rows[:, 2].tolist() == list(range(10)), "chance stays that of the position"
    loader.close()


@pytest.mark.parametrize("bad", [(), (2,)])
def test_a_sample_comes_with_the_class_for_which_it_was_drawn(bad: tuple[int, ...]) -> None:
    pipeline = Numbers(bad)
    drawn = EpochIndices(np.array([0, 2, 1]), np.array([-1, 5, 3], np.int32))
    loader = Loader(
        pipeline,  # type: ignore[arg-type]
        lambda epoch: drawn,
        division=BatchSampler(3, 3),
        engine=InlineEngine(),
        ahead=0,
        early=0,
        skipped=SkippedSamples(),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loader.batch(0, 0)
    expected = [(0, None), (2, 5), (1, 3)]
    # What stands in for a sample was drawn for no class.
    assert [(request.index, request.class_id) for request in pipeline.asked] == [*expected, (1, None)][: 3 + len(bad)]


def test_skipped_samples_are_warned_about_once_and_counted() -> None:
    skipped = SkippedSamples()
    order = make_order(None, num_samples=10, length=10, seed=0, shuffle=False, counts=lambda: None)
    loader = Loader(
        Numbers(bad=(7, 2)),  # type: ignore[arg-type]
        order,
        division=BatchSampler(10, 5),
        engine=InlineEngine(),
        ahead=0,
        early=0,
        skipped=skipped,
    )
    with pytest.warns(UserWarning, match=r"^skipped sample 2 \(number 2\): bad \(said once") as told:
        [list(loader.batches(epoch)) for epoch in range(3)]
    assert len(told) == 1
    assert {index: error.reason for index, error in skipped.by_index().items()} == {2: "bad", 7: "bad"}


def test_when_nothing_can_be_used_it_raises() -> None:
    pipeline = Numbers(bad=tuple(range(10)))
    loader = make(pipeline, skip=True)
    with (
        pytest.warns(UserWarning, match="skipped"),
        pytest.raises(SampleError, match=r"no sample of the epoch can be used; the last one tried: bad"),
    ):
        loader.batch(0, 0)
    tries = Counter(request.index for request in pipeline.asked if request.position == 0)
    assert tries == dict.fromkeys(range(10), 1), "each sample is tried once for a position"


def test_the_first_batches_of_an_epoch_can_be_prepared() -> None:
    pipeline = Numbers()
    expected = {number: make(Numbers()).batch(3, number)["image"].tolist() for number in range(3)}
    loader = make(pipeline, workers=1, early=2)
    loader.prepare(3)
    assert loader.batch(3, 2)["image"].tolist() == expected[2]
    # One thread works in the order of asking, so all that was prepared is made by now.
    assert {request.position // 4 for request in pipeline.asked} == {0, 1, 2}
    assert loader.batch(3, 1)["image"].tolist() == expected[1]
    assert loader.batch(3, 0)["image"].tolist() == expected[0]
    assert len(pipeline.asked) == 10, "what was prepared is not made again"
    assert loader.batch(3, 0)["image"].tolist() == expected[0], "but for those who ask twice"
    loader.close()


def test_what_was_prepared_for_another_epoch_is_forgotten() -> None:
    loader = make(Numbers(), workers=1, early=2)
    loader.prepare(3)
    loader.prepare(5)
    assert [batch["image"].tolist() for batch in loader.batches(3)] == [
        batch["image"].tolist() for batch in make(Numbers()).batches(3)
    ]
    loader.close()
