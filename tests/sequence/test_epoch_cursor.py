"""The cursor of a sequence: epochs, loops that resume, and copies."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from seqaug.sequence.checkpoint import Position
from seqaug.sequence.epoch_cursor import EpochCursor


def test_a_loop_starts_at_the_first_batch_and_once_where_it_resumes() -> None:
    cursor = EpochCursor()
    cursor.resume_at(Position(2, 3))
    assert cursor.start_loop() == (2, 3)
    cursor.loop_took(2, 3)
    assert cursor.position == (2, 4)
    assert cursor.start_loop() == (2, 0)
    assert cursor.position == (2, 0)


def test_a_loop_over_an_epoch_that_was_left_moves_nothing() -> None:
    cursor = EpochCursor()
    cursor.start_loop()
    cursor.set_epoch(1)
    cursor.loop_took(0, 5)
    assert cursor.position == (1, 0)


def test_only_an_epoch_that_was_started_makes_the_next_worth_prefetching() -> None:
    cursor = EpochCursor()
    assert cursor.end_epoch() is None
    assert cursor.position.epoch == 1
    cursor.start_epoch()
    assert cursor.end_epoch() == 2
    assert cursor.end_epoch() is None
    cursor.start_epoch()
    cursor.reset()
    assert cursor.end_epoch() is None
    assert cursor.position.epoch == 4


def test_each_epoch_has_its_timings() -> None:
    cursor = EpochCursor()
    first = cursor.start_epoch()
    assert cursor.start_request() == (0, first)
    changes: list[Callable[[], object]] = [cursor.reset, cursor.end_epoch, lambda: cursor.set_epoch(0)]
    for change in changes:
        before = cursor.start_request()[1]
        change()
        assert cursor.start_request()[1] is not before


def test_an_iteration_ends_its_own_epoch_only() -> None:
    cursor = EpochCursor()
    assert cursor.end_iteration(0)
    assert not cursor.end_iteration(0)
    assert cursor.position == (1, 0)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda cursor: pickle.loads(pickle.dumps(cursor))])
def test_a_copy_stands_at_the_same_batch_and_moves_alone(copied: Callable[[EpochCursor], EpochCursor]) -> None:
    cursor = EpochCursor()
    cursor.resume_at(Position(1, 2))
    twin = copied(cursor)
    twin.start_epoch()
    assert twin.start_loop() == (1, 2)
    twin.set_epoch(7)
    assert cursor.start_loop() == (1, 2)
    assert twin.start_request()[1] is not cursor.start_request()[1]
