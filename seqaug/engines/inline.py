"""The engine that works in the thread that asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from seqaug.batch import Batch
from seqaug.draw import Draw
from seqaug.engines.base import Failure, RowMaker, fill_row


class InlineEngine:
    """Makes rows when their result is asked for, one after another."""

    def submit(self, maker: RowMaker, draws: Mapping[int, Draw], batch: Batch) -> _InlinePending:
        """Note rows of a batch."""
        return _InlinePending(partial(fill_row, maker, batch=batch), draws)

    def close(self) -> None:
        """Do nothing: nothing is held."""


class _InlinePending:
    def __init__(self, fill: partial[Failure | None], draws: Mapping[int, Draw]) -> None:
        self._fill = fill
        self._draws = draws

    def result(self) -> list[Failure]:
        outcomes = (self._fill(row, draw) for row, draw in self._draws.items())
        return [failure for failure in outcomes if failure is not None]

    def cancel(self) -> None:
        """Do nothing: nothing was begun."""
