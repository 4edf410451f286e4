"""Proposals where training waits: settings that are not on yet, the most promising first."""

from __future__ import annotations

import itertools

import pytest

from seqaug.callbacks.input_advice import InputSettings, advice, advice_for_executor

ALL = InputSettings(workers=4, has_processes=True, is_cached=True, can_cache=True, rescales=False)


@pytest.mark.parametrize(
    ("workers", "busy", "waited", "first"),
    [
        (0, 0.3, 0.3, "workers=2"),
        (1, 0.5, 0.3, "workers=2"),  # the default, with which a longer queue or processes gain nothing
        (1, 0.95, 0.4, "workers=2"),
        (1, 0.95, 0.7, "workers=4"),
        (2, 0.95, 0.2, "workers=3"),
        (2, 0.2, 0.9, "workers=4"),
        (3, 0.9, 0.99, "workers=4"),  # no more than there are cores
        (4, 0.9, 0.5, "use_multiprocessing=True"),
    ],
)
def test_the_first_proposal(workers: int, busy: float, waited: float, first: str) -> None:
    settings = InputSettings(workers, has_processes=False, is_cached=False, can_cache=True, rescales=True)
    assert advice(settings, waited=waited, busy=busy, cores=4).startswith(first)


def test_one_core_has_one_worker_at_most() -> None:
    settings = InputSettings(0, has_processes=False, is_cached=False, can_cache=True, rescales=True)
    assert advice(settings, waited=0.5, busy=0.5, cores=1).startswith("workers=1,")
    assert advice(settings._replace(workers=1), waited=0.5, busy=0.9, cores=1).startswith("use_multiprocessing=True")


@pytest.mark.parametrize("busy", [0.2, 0.9])
@pytest.mark.parametrize("workers", [0, 1, 2, 4, 9])
def test_settings_that_are_on_are_not_proposed(workers: int, busy: float) -> None:
    for processes, cached, can_cache, rescales in itertools.product([False, True], repeat=4):
        settings = InputSettings(workers, processes, cached, can_cache, rescales)
        for said in (
            advice(settings, waited=0.3, busy=busy, cores=4),
            advice_for_executor(settings, busy=busy),
        ):
            assert ("cache=" in said) == (can_cache and not cached)
            assert ("rescale=None" in said) == rescales
            assert not (processes and "use_multiprocessing" in said)
            assert f"workers={workers}" not in said


def test_with_all_settings_on() -> None:
    assert advice(ALL, waited=0.3, busy=0.9, cores=4).startswith("executor= with other machines or a lighter tr")
    assert advice(ALL, waited=0.3, busy=0.3, cores=4).startswith("a larger max_queue_size or a lighter transform;")
