"""Computed shares are those of drawn epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from class_tables import tables
from hypothesis import given, settings
from hypothesis import strategies as st

from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.repeat_factor import RepeatFactor
from seqaug.sampling.sampling_shares import SamplingShares
from seqaug.statistics.counts import ClassCounts

STRATEGIES = [ClassUniform(), ClassUniform(0.4), RepeatFactor(), RepeatFactor(t=1.0), RareClass(), RareClass(0.5, 40)]
EPOCHS = 300


@settings(max_examples=30, deadline=None)
@given(tables, st.sampled_from(STRATEGIES))
def test_shares_are_those_of_drawn_epochs(table: np.ndarray, strategy: Any) -> None:
    counts = ClassCounts.from_rows(table, table.shape[1])
    length = max(len(table), 5)
    shares = strategy.shares(counts, length)
    sampler = strategy.make_sampler(counts, length=length, seed=1, shuffle=True)
    epochs = [sampler(epoch) for epoch in range(EPOCHS)]
    positions = np.concatenate([epoch.samples for epoch in epochs])
    assert shares.samples.sum() == pytest.approx(1)
    drawn_share = np.bincount(positions, minlength=len(table)) / len(positions)
    # The last passes may be incomplete, and fractional parts are rounded: of four samples, 0.32 may become 0.25.
    slack = 0.02 + (0.3 / len(table) if isinstance(strategy, RepeatFactor) else 0)
    assert np.abs(drawn_share - shares.samples).max() < slack
    assert np.abs((table[positions] > 0).mean(0) - shares.with_class(counts)).max() < len(table) * slack
    if shares.drawn_for is None:
        assert epochs[0].classes is None
        return
    drawn = np.concatenate([epoch.classes for epoch in epochs])
    of_classes = np.bincount(drawn[drawn >= 0], minlength=table.shape[1]) / len(positions)
    assert np.abs(of_classes - shares.drawn_for).max() < 0.01
    assert not drawn_share[shares.never_drawn].sum() > 0.01


def test_chunks_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.random.default_rng(0).integers(0, 3, (50, 4)) * 2000
    counts = ClassCounts.from_rows(table, 4)
    whole = [strategy.shares(counts, 50) for strategy in STRATEGIES]
    monkeypatch.setattr("seqaug.statistics.counts._CHUNK", 7)
    for strategy, expected in zip(STRATEGIES, whole, strict=True):
        shares = strategy.shares(counts, 50)
        assert shares.samples == pytest.approx(expected.samples)
        assert shares.with_class(counts) == pytest.approx(expected.with_class(counts))


def test_a_sample_that_is_hardly_ever_drawn_counts_as_never_drawn() -> None:
    assert SamplingShares(np.array([0.0, 0.0002, 0.0004, 0.9994])).never_drawn.tolist() == [True, True, False, False]
