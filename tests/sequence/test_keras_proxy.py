"""How long workers and memory live, whatever Keras keeps; each test in a process of its own, as a notebook."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import pytest
from small_pairs import Pairs

from seqaug import SegmentationSequence
from seqaug.sequence.keras_proxy import KerasProxy

HELPERS = Path(__file__).parents[1] / "helpers"

NOTEBOOK = f"""
import gc, sys
sys.path.insert(0, {str(HELPERS)!r})
import keras
import numpy as np
from leftovers import descendants, shared_memory, threads, wait_until
from seqaug import SegmentationSequence

class Own(SegmentationSequence):
    def load(self, index):
        return {{"image": np.full((8, 8), index, np.uint8), "mask": np.zeros((8, 8), np.uint8)}}

    def cache_key(self, index):
        return str(index)

def make(workers=2, **arguments):
    return Own(num_samples=24, num_classes=1, batch_size=4, workers=workers, use_multiprocessing=True,
               cache="memory", cache_limit="1MB", max_queue_size=3, **arguments)

class Interrupt(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            raise KeyboardInterrupt

model = keras.Sequential([keras.layers.Conv2D(1, 1)])
model.compile("sgd", "mse")
"""


def in_a_notebook(cells: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK + textwrap.dedent(cells)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.timeout(300)
def test_a_cell_that_is_run_ten_times_leaves_no_workers_behind() -> None:
    in_a_notebook(
        """
        memory = []
        for _ in range(10):
            train = make()
            model.fit(train, epochs=1, verbose=0)
            wait_until(lambda: len(descendants()) <= 3, "the workers of the cell before end")
            gc.collect()
            memory.append(shared_memory())
        assert max(memory[1:]) <= memory[0] + 2, memory
        predicted = model.predict(train, verbose=0)
        model.evaluate(train, verbose=0)
        assert len(predicted) == 24
        del train
        gc.collect()
        wait_until(lambda: not descendants(), "all workers end")
        assert shared_memory() == 0
        wait_until(lambda: threads() == {"MainThread"}, "no thread is left")
        """
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ending", ["with", "close", "del"])
def test_an_interrupted_fit_leaves_no_workers_behind(ending: str) -> None:
    in_a_notebook(
        f"""
        ending = {ending!r}
        for number in range(8):
            train = make(workers=1 + number % 2)
            try:
                if ending == "with":
                    with train:
                        model.fit(train, epochs=1, verbose=0, callbacks=[Interrupt()])
                else:
                    model.fit(train, epochs=1, verbose=0, callbacks=[Interrupt()])
            except KeyboardInterrupt:
                pass
            else:
                raise AssertionError("not interrupted")
            if ending == "close":
                train.close()
            if ending == "del":
                del train
            if ending == "del":  # what a thread is just asking for still holds the sequence, which is a cycle then
                wait_until(lambda: gc.collect() >= 0 and not descendants(), "workers end")
            assert not descendants()
            # Those of Keras that might ask again end as well.
            wait_until(lambda: threads() == {{"MainThread"}}, "no thread is left")
            assert not descendants()
        if ending == "close":
            assert len(train[0][0]) == 4
            assert len(descendants()) == 3, "workers, and what forks them"
            model.fit(train, epochs=1, verbose=0)
            train.close()
            assert not descendants()
        """
    )


class Adapter:
    """What Keras' adapter has."""

    def __init__(self, sequence: Any, *, is_running: bool) -> None:
        self.enqueuer = SimpleNamespace(running=is_running, stop=self.stop)
        self.py_dataset = KerasProxy(sequence, self)

    def stop(self, drain_queue_and_join: bool) -> None:
        assert not drain_queue_and_join
        self.enqueuer.running = False


@pytest.fixture
def sequence(pairs: Pairs) -> SegmentationSequence:
    return SegmentationSequence(pairs.pixels, pairs.ids % 3, batch_size=2, workers=0)


def test_a_proxy_returns_what_the_sequence_returns(sequence: SegmentationSequence) -> None:
    proxy = Adapter(sequence, is_running=False).py_dataset
    assert len(proxy) == proxy.num_batches == 3
    assert (proxy.workers, proxy.use_multiprocessing, proxy.max_queue_size) == (0, False, 10)
    assert [part.tobytes() for part in proxy[1]] == [part.tobytes() for part in sequence[1]]


def test_a_closed_proxy_serves_again_when_keras_continues(sequence: SegmentationSequence) -> None:
    adapter = Adapter(sequence, is_running=True)
    proxy = adapter.py_dataset
    proxy.close()
    with pytest.raises(RuntimeError, match=r"the sequence was closed .* while Keras was requesting"):
        proxy[0]
    adapter.enqueuer.running = True  # as it is before on_epoch_begin
    assert len(proxy[0][0]) == 2
    proxy.close()
    for call in (proxy.on_epoch_begin, proxy.on_epoch_end):
        call()
        assert len(proxy[0][0]) == 2
        proxy.close()
        with pytest.raises(RuntimeError, match="the sequence was closed"):
            proxy[0]


def test_a_proxy_of_a_sequence_that_no_longer_exists_raises(pairs: Pairs) -> None:
    sequence = SegmentationSequence(pairs.pixels, pairs.ids % 3, batch_size=2, workers=2)
    adapter = Adapter(sequence, is_running=True)
    sequence._proxies.add(adapter.py_dataset)
    assert len(sequence[0][0]) == 2
    gone = weakref.ref(sequence)
    del sequence
    gc.collect()
    assert gone() is None
    assert not adapter.enqueuer.running
    with pytest.raises(RuntimeError, match="a sequence that no longer exists; expected a reference"):
        adapter.py_dataset[0]


def test_keras_adapter_is_given_a_proxy(sequence: SegmentationSequence) -> None:
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    adapter = PyDatasetAdapter(sequence)
    assert isinstance(adapter.py_dataset, KerasProxy), f"Keras {keras.__version__} names it otherwise"
    assert list(sequence._proxies) == [adapter.py_dataset]
    sequence.workers  # noqa: B018 (others may read it)
    assert len(sequence._proxies) == 1
