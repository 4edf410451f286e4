"""Samples of one file are near one another."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.file_windows import FileWindows, FileWindowSampler
from seqaug.sampling.samplers import EpochIndices, ShuffleSampler

TILES = st.lists(st.integers(1, 6), min_size=1, max_size=12)  # of each file


def make(tiles: list[int], size: int, length: int, seed: int) -> tuple[ShuffleSampler, FileWindowSampler, np.ndarray]:
    file_of = np.repeat(np.arange(len(tiles)), tiles)
    drawn = ShuffleSampler(len(file_of), length, seed)
    return drawn, FileWindowSampler(drawn, FileWindows(file_of, size), seed), file_of


@given(TILES, st.integers(1, 13), st.integers(1, 60), st.integers(0, 3), st.integers(0, 5))
def test_files_of_a_window_follow_one_another(tiles: list[int], size: int, length: int, seed: int, epoch: int) -> None:
    drawn, sampler, file_of = make(tiles, size, length, seed)
    samples = sampler(epoch).samples
    # The other sampler's samples, each as often.
    assert sorted(samples) == sorted(drawn(epoch).samples)
    files = file_of[samples]
    positions = {number: np.flatnonzero(files == number) for number in np.unique(files)}
    assert samples.tolist() == sampler(epoch).samples.tolist()
    starts = sorted(positions, key=lambda number: positions[number][0])
    # At every position, the files that have begun and are not done are at most a window.
    for position in range(length):
        begun = [number for number in starts if positions[number][0] <= position <= positions[number][-1]]
        assert len(begun) <= size
    if size >= len(positions):
        assert samples.tolist() == drawn(epoch).samples.tolist()


@given(TILES, st.integers(1, 5), st.integers(0, 9))
def test_within_a_window_the_order_is_the_other_samplers(tiles: list[int], size: int, epoch: int) -> None:
    drawn, sampler, file_of = make(tiles, size, sum(tiles), 0)
    rank = {sample: place for place, sample in enumerate(drawn(epoch).samples.tolist())}
    samples = sampler(epoch).samples.tolist()
    falls = [at for at in range(1, len(samples)) if rank[samples[at]] < rank[samples[at - 1]]]
    assert len(falls) < -(-len(tiles) // size)
    for number in range(len(tiles)):
        own = [rank[sample] for sample in samples if file_of[sample] == number]
        assert own == sorted(own)


def test_files_come_in_another_order_in_each_epoch_and_windows_are_even() -> None:
    _, sampler, file_of = make([4] * 10, 4, 40, 0)
    windows = set()
    for epoch in range(20):
        files = file_of[sampler(epoch).samples]
        parts = files[:16], files[16:28], files[28:]
        assert [len(set(part)) for part in parts] == [4, 3, 3]
        windows.add(frozenset(parts[0].tolist()))
    assert len(windows) > 15


def test_classes_stay_with_their_samples() -> None:
    drawn = EpochIndices(np.array([5, 0, 3, 2]), np.array([1, -1, 0, 2], np.int32))
    sampler = FileWindowSampler(lambda _: drawn, FileWindows(np.array([0, 0, 1, 1, 2, 2]), 1), 0)
    samples, classes = sampler(0)
    assert classes is not None
    expected = {5: 1, 0: -1, 3: 0, 2: 2}
    assert {sample: int(label) for sample, label in zip(samples.tolist(), classes, strict=True)} == expected
