"""Resuming: an interrupted run sees the batches of an uninterrupted one."""

import json
import re
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import pytest
from engine_settings import ENGINES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import Palette, SegmentationSequence, SeqaugWarning

PALETTE = Palette(COLORS, ignore=("void",))
EPOCHS, BATCHES = 3, 4


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("state"), 14)


def make(data: Pairs, **arguments: Any) -> SegmentationSequence:
    chosen = {"palette": PALETTE, "transform": A.RandomCrop(8, 8), "batch_size": 4, "seed": 2, "workers": 0}
    return SegmentationSequence(data.images, data.masks, **{**chosen, **arguments})


def train(sequence: SegmentationSequence, stop_after: int = 10**6) -> tuple[list[bytes], str]:
    """Loop over the remaining epochs and record each batch; return the state as saved at the stop."""
    seen = []
    while sequence.epoch < EPOCHS:
        for x, _ in sequence:
            seen.append(x.tobytes())
            if len(seen) == stop_after:
                return seen, json.dumps(sequence.state_dict())
        sequence.on_epoch_end()
    return seen, json.dumps(sequence.state_dict())


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, EPOCHS * BATCHES), st.sampled_from([None, "class_uniform", "repeat_factor"]))
def test_a_run_resumes_where_it_stopped(data: Pairs, stop_after: int, oversample: Any) -> None:
    whole, _ = train(make(data, oversample=oversample))
    assert len(whole) == EPOCHS * BATCHES
    before, state = train(make(data, oversample=oversample), stop_after)
    again = make(data, oversample=oversample)
    again.load_state_dict(json.loads(state))
    rest, _ = train(again)
    assert before + rest == whole


@pytest.mark.parametrize("engine", ENGINES)
def test_prefetched_batches_do_not_count(data: Pairs, engine: str) -> None:
    whole, _ = train(make(data))
    with make(data, **ENGINES[engine]) as sequence:
        before, state = train(sequence, 6)
    with make(data, **ENGINES[engine]) as sequence:
        sequence.load_state_dict(json.loads(state))
        rest, _ = train(sequence)
    assert before + rest == whole


def test_the_state_is_small_and_holds_the_position(data: Pairs) -> None:
    sequence = make(data)
    sequence.set_epoch(1)
    loop = iter(sequence)
    assert (sequence.state_dict()["epoch"], sequence.state_dict()["batch"]) == (1, 0)
    next(loop)
    next(loop)
    state = sequence.state_dict()
    assert len(json.dumps(state)) < 250
    assert {name: state[name] for name in ("epoch", "batch", "seed", "samples", "positions", "samples_per_step")} == {
        "epoch": 1,
        "batch": 2,
        "seed": 2,
        "samples": 14,
        "positions": 14,
        "samples_per_step": 4,
    }
    sequence.set_epoch(0)
    next(loop)
    assert sequence.state_dict()["batch"] == 0, "a loop over another epoch says nothing of this one"


def test_only_the_first_loop_starts_in_mid_epoch(data: Pairs) -> None:
    sequence = make(data)
    whole = [x.tobytes() for x, _ in sequence]
    sequence.load_state_dict({**sequence.state_dict(), "batch": 3})
    assert sequence[0][0].tobytes() == whole[0]
    assert [x.tobytes() for x, _ in sequence] == whole[3:]
    assert [x.tobytes() for x, _ in sequence] == whole
    sequence.load_state_dict({**sequence.state_dict(), "batch": 4})
    assert list(sequence) == []
    sequence.load_state_dict({**sequence.state_dict(), "batch": 3})
    sequence.on_epoch_end()
    assert len(list(sequence)) == 4


def test_the_hosts_of_a_run_share_one_state_and_may_change_between_epochs(data: Pairs) -> None:
    hosts = [make(data, shard=(index, 2), batch_size=2) for index in range(2)]
    for host in hosts:
        next(iter(host))
    assert hosts[0].state_dict() == hosts[1].state_dict()
    alone = make(data)
    alone.load_state_dict(hosts[0].state_dict())
    assert len(list(alone)) == 3
    hosts[0].on_epoch_end()
    make(data, shard=(1, 3)).load_state_dict(hosts[0].state_dict())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": 3}, r"of another run: seed 2 then and 3 now; expected a sequence made with the same arguments"),
        ({"samples_per_epoch": 20}, r"positions 14 then and 20 now"),
        ({"batch_size": 5}, r"samples_per_step 4 then and 5 now"),
        ({"shuffle": False}, r"epoch 0 had another order; expected the same shuffle and oversample"),
        ({"oversample": "class_uniform"}, r"epoch 0 had another order"),
    ],
)
def test_a_state_of_another_run_is_refused(data: Pairs, arguments: dict[str, Any], message: str) -> None:
    first = make(data)
    next(iter(first))
    other = make(data, **arguments)
    with pytest.raises(ValueError, match=message):
        other.load_state_dict(first.state_dict())
    assert other.state_dict()["batch"] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"opencv": "4.1.0"}, rf"OpenCV 4\.1\.0 then and {re.escape(cv2.__version__)} now; the order"),
        ({"albumentations": "1.9"}, rf"Albumentations 1\.9 then and {re.escape(A.__version__)} now; the order"),
        ({"opencv": "4.1.0", "albumentations": "1.9"}, r"OpenCV 4\.1\.0 .* now, Albumentations 1\.9 then"),
    ],
)
def test_other_versions_are_warned_of(data: Pairs, change: dict[str, Any], said: str) -> None:
    sequence = make(data)
    state = sequence.state_dict()
    assert (state["opencv"], state["albumentations"]) == (cv2.__version__, A.__version__)
    with pytest.warns(SeqaugWarning, match=said) as caught:
        sequence.load_state_dict({**state, **change, "batch": 2})
    assert caught[0].filename == __file__
    assert sequence.state_dict()["batch"] == 2


def test_a_batch_that_the_epoch_does_not_have_is_refused(data: Pairs) -> None:
    sequence = make(data)
    with pytest.raises(ValueError, match=r"at batch 4 of 3; expected the same drop_remainder"):
        make(data, drop_remainder=True).load_state_dict({**sequence.state_dict(), "batch": 4})


@pytest.mark.parametrize("change", [{"epoch": -1}, {"batch": 1.5}, {"epoch": None}, {"batch": True}])
def test_other_dicts_are_refused(data: Pairs, change: dict[str, Any]) -> None:
    sequence = make(data)
    with pytest.raises(ValueError, match=r"expected the dict that seq\.state_dict\(\) gave"):
        sequence.load_state_dict({**sequence.state_dict(), **change})
    with pytest.raises(ValueError, match=r"expected the dict that seq\.state_dict\(\) gave"):
        sequence.load_state_dict({"epoch": 3})
    with pytest.raises(ValueError, match=r"expected the dict that seq\.state_dict\(\) gave"):
        sequence.load_state_dict({name: value for name, value in sequence.state_dict().items() if name != "opencv"})
    with pytest.raises(TypeError, match=r"load_state_dict\(str\); expected the dict"):
        sequence.load_state_dict(json.dumps(sequence.state_dict()))  # type: ignore[arg-type]
