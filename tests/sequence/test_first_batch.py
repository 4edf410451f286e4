"""Checks see the first batch of any engine, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import albumentations
import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import Palette, SegmentationSequence, SeqaugWarning
from seqaug.sequence.first_batch import FirstBatch, FirstBatchChecks

PALETTE = Palette(COLORS, ignore=["void"])
MODES: list[dict[str, Any]] = [{"workers": 0}, {"workers": 2}, {"workers": 1, "use_multiprocessing": True}]


def watch(seq: SegmentationSequence, *messages: str) -> list[FirstBatch]:
    """Make a sequence record what checks see, and warn of messages."""
    seen: list[FirstBatch] = []

    def check(first: FirstBatch) -> tuple[str, ...]:
        seen.append(first)
        return messages

    seq._first_batch_checks = FirstBatchChecks(seq._pipeline, [check])
    return seen


@pytest.mark.parametrize("mode", MODES, ids=["inline", "threads", "processes"])
def test_the_first_sample_is_recomputed_as_in_the_batch(pairs: Pairs, mode: dict[str, Any]) -> None:
    transform = albumentations.Compose([albumentations.HorizontalFlip(), albumentations.RandomBrightnessContrast(p=1)])
    with SegmentationSequence(
        pairs.images, pairs.masks, palette=PALETTE, transform=transform, batch_size=2, rescale=None, **mode
    ) as seq:
        seen = watch(seq)
        batches = [seq[2], seq[0], *seq]
    assert len(batches) == 5
    (first,) = seen
    assert (first.request.epoch, first.request.position) == (0, 4)
    assert pairs.images[first.request.index] in first.where
    assert np.array_equal(first.augmented["image"], batches[0][0][0])
    assert np.array_equal(first.augmented["mask"], batches[0][1][0])
    assert first.loaded["image"].shape == first.batch["image"].shape[1:]


def test_each_message_is_warned_of_at_the_line_of_the_user(pairs: Pairs) -> None:
    seq = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE)
    watch(seq, "mind this", "and that")
    with pytest.warns(SeqaugWarning) as caught:
        seq[0]
    assert [str(warning.message) for warning in caught] == ["mind this", "and that"]
    assert {warning.filename for warning in caught} == {__file__}
    seq[0]


def test_the_substitute_of_a_skipped_sample_is_checked(pairs: Pairs) -> None:
    Path(pairs.images[0]).write_bytes(b"no picture")
    seq = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, shuffle=False, on_error="skip")
    seen = watch(seq)
    with pytest.warns(SeqaugWarning, match="skipped"):
        seq[0]
    assert seen[0].request.index == 1
    assert seen[0].request.position == 0


def test_what_fails_only_here_is_not_warned_of(pairs: Pairs) -> None:
    seq = SegmentationSequence(pairs.images, pairs.masks, palette=PALETTE, shuffle=False)
    batch = seq._loader.batch(0, 0)
    Path(pairs.images[0]).unlink()
    seen = watch(seq, "mind this")
    seq._first_batch_checks.check(batch, seq._loader, 0, 0)
    assert seen == []
