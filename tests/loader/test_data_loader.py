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
from seqaug.sampling.factory import make_sampler
from seqaug.sampling.samplers import EpochIndices, ShuffleSampler
from seqaug.sampling.scheduled import ScheduledSampler


class Numbers:
    """A pipeline that records the requests it gets."""

    padding = None

    def __init__(self, bad: tuple[int, ...] = ()) -> None:
        self.bad = bad
        self.requests: list[SampleRequest] = []

    def describe(self, index: int) -> str:
        return f"number {index}"

    def sample(self, request: SampleRequest) -> dict[str, np.ndarray]:
        self.requests.append(request)
        if request.index in self.bad:
            raise SampleError(request.index, self.describe(request.index), "bad")
        return {"image": np.array([request.index, request.epoch, request.position])}

    def layout(self, sample: Any) -> Any:
        return {name: (array.shape, array.dtype) for name, array in sample.items()}

    def write(self, sample: Any, row: Any) -> None:
        row["image"][...] = sample["image"]


def make_loader(pipeline: Any, num_samples: int = 10, workers: int = 0, skip: bool = False, **arguments: Any) -> Loader:
    settings = {"batch_sampler": BatchSampler(num_samples, 4), "prefetch_batches": 0, "warm_batches": 0, **arguments}
    length = settings["batch_sampler"].length
    sampler = make_sampler(None, num_samples=num_samples, length=length, seed=0, shuffle=True, counts=lambda: None)
    engine = ThreadEngine(workers) if workers else InlineEngine()
    sampler = settings.pop("sampler", sampler)
    return Loader(pipeline, sampler, engine=engine, skipped=SkippedSamples() if skip else None, **settings)


@pytest.mark.parametrize(("drop", "sizes"), [(False, [4, 4, 2]), (True, [4, 4])])
def test_an_epoch_holds_each_position_once(drop: bool, sizes: list[int]) -> None:
    loader = make_loader(Numbers(), batch_sampler=BatchSampler(10, 4, drop_remainder=drop))
    batches = list(loader.batches(3))
    assert len(loader) == len(sizes)
    assert [len(batch["index"]) for batch in batches] == sizes
    rows = np.concatenate([batch["image"] for batch in batches])
    assert rows[:, 1].tolist() == [3] * sum(sizes)
    assert rows[:, 2].tolist() == list(range(sum(sizes)))
    assert rows[:, 0].tolist() == np.concatenate([batch["index"] for batch in batches]).tolist()
    assert len(set(rows[:, 0])) == sum(sizes)


def test_random_access_and_iteration_agree() -> None:
    loader = make_loader(Numbers())
    whole = {epoch: [batch["image"].tolist() for batch in loader.batches(epoch)] for epoch in range(4)}
    for epoch, number in [(3, 2), (0, 0), (2, 1), (0, 2), (3, 0), (1, 1)]:
        assert loader.batch(epoch, number)["image"].tolist() == whole[epoch][number]


@pytest.mark.parametrize("prefetch_batches", [1, 2, 9])
def test_iteration_prefetches_no_more_than_requested(prefetch_batches: int) -> None:
    pipeline = Numbers()
    loader = make_loader(pipeline, num_samples=40, workers=1, prefetch_batches=prefetch_batches)
    batches = loader.batches(0)
    for taken in range(1, 4):
        next(batches)
        # The single thread makes batches in the order of requests: after this one, those in flight are made.
        loader.batch(1, 0)
        in_flight = {request.position // 4 for request in pipeline.requests if request.epoch == 0}
        assert in_flight == set(range(min(taken + prefetch_batches, 10)))
    batches.close()
    loader.close()


def test_an_interrupted_iteration_cancels_the_batches_in_flight() -> None:
    pipeline = Numbers()
    loader = make_loader(pipeline, num_samples=400, workers=1, prefetch_batches=50)
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
    assert len(pipeline.requests) <= 5


def test_a_sample_that_cannot_be_used_raises() -> None:
    loader = make_loader(Numbers(bad=(7,)))
    with pytest.raises(SampleError, match=r"sample 7 \(number 7\): bad"):
        list(loader.batches(0))


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_a_sample_that_cannot_be_used_is_replaced_by_the_next_of_the_epoch(workers: int) -> None:
    good, loader = (
        make_loader(Numbers()),
        make_loader(Numbers(bad=(7, 2, 5)), workers=workers, skip=True, prefetch_batches=2),
    )
    for epoch in range(6):
        order = np.concatenate([batch["index"] for batch in good.batches(epoch)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = np.concatenate([batch["image"] for batch in loader.batches(epoch)])
        expected = [
            next(index for index in np.roll(order, -position) if index not in (7, 2, 5)) for position in range(10)
        ]
        assert rows[:, 0].tolist() == expected
        assert rows[:, 2].tolist() == list(range(10)), "randomness stays that of the position"
    loader.close()


@pytest.mark.parametrize("bad", [(), (2,)])
def test_a_sample_comes_with_the_class_for_which_it_was_drawn(bad: tuple[int, ...]) -> None:
    pipeline = Numbers(bad)
    indices = EpochIndices(np.array([0, 2, 1]), np.array([-1, 5, 3], np.int32))
    loader = Loader(
        pipeline,  # type: ignore[arg-type]
        lambda epoch: indices,
        batch_sampler=BatchSampler(3, 3),
        engine=InlineEngine(),
        prefetch_batches=0,
        warm_batches=0,
        skipped=SkippedSamples(),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loader.batch(0, 0)
    expected = [(0, None), (2, 5), (1, 3)]
    # A substitute is drawn for no class.
    assert [(request.index, request.class_id) for request in pipeline.requests] == [*expected, (1, None)][
        : 3 + len(bad)
    ]


def test_skipped_samples_are_warned_about_once_and_counted() -> None:
    skipped = SkippedSamples()
    sampler = make_sampler(None, num_samples=10, length=10, seed=0, shuffle=False, counts=lambda: None)
    loader = Loader(
        Numbers(bad=(7, 2)),  # type: ignore[arg-type]
        sampler,
        batch_sampler=BatchSampler(10, 5),
        engine=InlineEngine(),
        prefetch_batches=0,
        warm_batches=0,
        skipped=skipped,
    )
    with pytest.warns(UserWarning, match=r"^skipped sample 2 \(number 2\): bad \(said once") as caught:
        [list(loader.batches(epoch)) for epoch in range(3)]
    assert len(caught) == 1
    assert {index: error.reason for index, error in skipped.by_index().items()} == {2: "bad", 7: "bad"}


def test_when_nothing_can_be_used_it_raises() -> None:
    pipeline = Numbers(bad=tuple(range(10)))
    loader = make_loader(pipeline, skip=True)
    with (
        pytest.warns(UserWarning, match="skipped"),
        pytest.raises(SampleError, match=r"no sample of the epoch can be used; the last one tried: bad"),
    ):
        loader.batch(0, 0)
    tries = Counter(request.index for request in pipeline.requests if request.position == 0)
    assert tries == dict.fromkeys(range(10), 1), "each sample is tried once for a position"


def test_batches_prefetched_before_weights_changed_are_made_again() -> None:
    sampler = ScheduledSampler(ShuffleSampler(10, 10, 0), length=10, seed=0, shuffle=True)
    loader = make_loader(Numbers(), sampler=sampler, workers=1, warm_batches=2)
    loader.prefetch(3)
    sampler.set_weights(3, np.eye(10)[7] + 1e-9)
    assert [batch["index"].tolist() for batch in loader.batches(3)] == [[7] * 4, [7] * 4, [7] * 2]
    loader.close()


def test_the_first_batches_of_an_epoch_can_be_prefetched() -> None:
    pipeline = Numbers()
    expected = {number: make_loader(Numbers()).batch(3, number)["image"].tolist() for number in range(3)}
    loader = make_loader(pipeline, workers=1, warm_batches=2)
    loader.prefetch(3)
    assert loader.batch(3, 2)["image"].tolist() == expected[2]
    # One thread works in the order of requests, so all prefetched batches are made by now.
    assert {request.position // 4 for request in pipeline.requests} == {0, 1, 2}
    assert loader.batch(3, 1)["image"].tolist() == expected[1]
    assert loader.batch(3, 0)["image"].tolist() == expected[0]
    assert len(pipeline.requests) == 10, "a prefetched batch is not made again"
    assert loader.batch(3, 0)["image"].tolist() == expected[0], "unless it is requested twice"
    loader.close()


def test_batches_prefetched_for_another_epoch_are_cancelled() -> None:
    loader = make_loader(Numbers(), workers=1, warm_batches=2)
    loader.prefetch(3)
    loader.prefetch(5)
    assert [batch["image"].tolist() for batch in loader.batches(3)] == [
        batch["image"].tolist() for batch in make_loader(Numbers()).batches(3)
    ]
    loader.close()
