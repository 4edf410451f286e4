"""Keras' resets are distinguished from ends of epochs; see `tests/backends` for fits on every framework."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from recording import recorder
from small_pairs import Pairs

from seqaug.callbacks import keras_resets
from seqaug.errors import SeqaugWarning
from seqaug.sequence.segmentation import SegmentationSequence


def make(pairs: Pairs, workers: int = 0) -> SegmentationSequence:
    return SegmentationSequence(pairs.pixels, pairs.ids, batch_size=2, workers=workers)


class Watched(SegmentationSequence):
    """Notes what is about to start, each time that Keras resets it or ends an epoch."""

    def on_epoch_end(self) -> None:
        super().on_epoch_end()
        self.seen.append((self.epoch, keras_resets.about_to_start()))

    seen: list[tuple[int, list[Any]]]


def test_what_is_about_to_start_is_what_was_reset(pairs: Pairs) -> None:
    sequence = Watched(pairs.pixels, pairs.ids, batch_size=2, workers=0)
    sequence.seen = []
    recorder().fit(sequence, epochs=2, verbose=0)
    assert sequence.seen == [(0, [sequence]), (1, []), (2, [])]
    assert keras_resets.about_to_start() == []


def test_a_callback_may_move_another_sequence(pairs: Pairs) -> None:
    train, other = make(pairs), make(pairs)

    class MoveOn(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            other.on_epoch_end()

    recorder().fit(train, epochs=2, verbose=0, callbacks=[MoveOn()])
    assert (train.epoch, other.epoch) == (2, 2)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_sequence_inside_one_of_the_users_is_reset_with_it(pairs: Pairs, workers: int) -> None:
    class Wrapped(keras.utils.Sequence):
        def __init__(self, inner: SegmentationSequence) -> None:
            super().__init__(workers=workers)
            self.inner = inner

        def __len__(self) -> int:
            return len(self.inner)

        def __getitem__(self, index: int) -> Any:
            return self.inner[index]

        def on_epoch_end(self) -> None:
            self.inner.on_epoch_end()

    inner, model = make(pairs), recorder()
    model.fit(Wrapped(inner), epochs=2, verbose=0, shuffle=False)
    assert inner.epoch == 2
    model.evaluate(Wrapped(inner), verbose=0)
    assert inner.epoch == 3


@pytest.mark.parametrize("renamed", ["_ADAPTER", "_ITERATOR", "_CALLERS"])
def test_a_keras_of_other_names_is_warned_of_once(pairs: Pairs, monkeypatch: pytest.MonkeyPatch, renamed: str) -> None:
    """As after a release that renames a module or a function; `fit` then trains on epochs from 1 on."""
    keras_resets._warn_of_unknown.cache_clear()
    monkeypatch.setattr(keras_resets, renamed, ("keras.of.tomorrow",) if renamed == "_CALLERS" else "keras.of.tomorrow")
    train = make(pairs)
    message = rf"Keras {keras.__version__} ends epochs in an unknown way, .* fit\(train\.to_tf_dataset"
    with pytest.warns(SeqaugWarning, match=message) as said:
        recorder().fit(train, epochs=2, verbose=0, shuffle=False)
    assert len([one for one in said if "ends epochs" in str(one.message)]) == 1
    assert said[0].filename == __file__


def test_a_loop_in_a_generator_of_the_users_is_no_reset(pairs: Pairs) -> None:
    """Frames of Keras are among the callers, and it is the user who ends the epoch."""
    train = make(pairs)

    def batches() -> Any:
        for _ in range(2):
            yield from train
            train.on_epoch_end()

    recorder().fit(batches(), epochs=2, steps_per_epoch=len(train), verbose=0, shuffle=False)
    assert train.epoch >= 1
