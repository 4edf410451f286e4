"""Random faults for minutes, with every batch compared; Linux.

python scripts/benchmarks/soak.py --minutes 5 --seed 0

Each round creates a sequence (threads or processes, caches, an unreadable sample, epochs that batches do not divide),
takes batches in many ways, and meanwhile kills and stops workers and what forks them, leaves loops early, restores
states, closes, forks and interrupts `fit`. Each batch is compared with that of an inline sequence. After each round
nothing may remain: no process, thread, descriptor or shared memory.

Prints memory, descriptors, processes and threads over time, and the actions. Exits with 1 after a wrong batch, an
unprovoked error, a leftover, or a round that hangs.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import gc
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np

from seqaug import SegmentationSequence
from seqaug.demo.dataset import make_demo_dataset
from seqaug.engines.processes import pool

EPOCHS = 4
HANGING_SECONDS = 180
# Time limit for processes and threads that exit by themselves.
EXIT_SECONDS = 60
PR_SET_CHILD_SUBREAPER = 36
SERVER_SHARE = 0.2  # of the signals
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGSTOP)


def main() -> int:
    """Run the soak test, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0, help="duration (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the actions, not of their timing (%(default)s)")
    parser.add_argument("--fit", type=float, default=0.2, help="share of the rounds that interrupt fit (%(default)s)")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    # Python 3.12 and newer warn of forks in threaded processes, which are tested here.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    # Orphans become children of this process, and are seen if they do not end.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Random signals may hit a sample three times, which is rightly an error.
    pool._MAX_CRASHES_PER_ROW = 1000
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), random.Random(arguments.seed), arguments.fit)
        soak.run(arguments.minutes * 60)
    print("\n".join(f"{count:8,} {what}" for what, count in sorted(soak.done.items())))
    print("faults" if soak.faults else "no fault", f"in {soak.done['batches compared']:,} batches")
    return 1 if soak.faults else 0


class Soak:
    """Random actions, and their results.

    Args:
        folder: for data and caches.
        rng: chooses the actions.
        fit_share: share of the rounds that train.

    Attributes:
        done: count of each action.
        faults: the failures.
    """

    def __init__(self, folder: Path, rng: random.Random, fit_share: float) -> None:
        self._folder = folder
        self._rng = rng
        self._fit_share = fit_share
        self._data = make_demo_dataset(folder / "data", train=23, val=1, size=(96, 128))
        broken = sorted(self._data.train_images.iterdir())[7]
        broken.write_bytes(broken.read_bytes()[:100])
        self._expected: dict[str, list[list[str]]] = {}
        self._model: Any = None
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []

    def run(self, seconds: float) -> None:
        """Run rounds for some time."""
        end, lines, shown = time.monotonic() + seconds, 12, 0
        start = time.monotonic()
        self._make({"cache": "memory", "workers": 0})[0]  # creates what all caches of a process share
        print(f"{'minute':>8} {'rounds':>8} {'batches':>9} {'MB':>6} {'shared MB':>10} {'files':>6} {'threads':>8}")
        while time.monotonic() < end and len(self.faults) < 20:
            faulthandler.dump_traceback_later(HANGING_SECONDS, exit=True)
            self._round()
            elapsed = time.monotonic() - start
            if elapsed >= shown * seconds / lines:
                shown += 1
                resident, shared = memory()
                print(
                    f"{elapsed / 60:8.1f} {self.done['rounds']:8,} {self.done['batches compared']:9,} {resident:6,} "
                    f"{shared:10,} {len(open_files()):6} {threading.active_count():8}",
                    flush=True,
                )
        faulthandler.cancel_dump_traceback_later()

    def _note(self, fault: str) -> None:
        self.faults.append(fault)
        print(f"FAULT {fault}", flush=True)

    # One round

    def _round(self) -> None:
        settings = self._settings()
        name = json.dumps({**settings, "cache": str(settings["cache"])})
        expected = self._expected_digests(settings)
        before = leftovers()
        train = self._rng.random() < self._fit_share
        try:
            self._fit(settings, expected) if train else self._use(settings, expected)
        except Exception as error:
            self._note(f"{name}: {type(error).__name__}: {error}")
        self.done["rounds"] += 1
        self._check_leftovers(name, before, trained=train)

    def _settings(self) -> dict[str, Any]:
        choose = self._rng.choice
        processes = self._rng.random() < 0.7
        return {
            "workers": choose((1, 2, 3)),
            "use_multiprocessing": processes,
            "max_queue_size": choose((1, 3, 10)),
            "batch_size": choose((1, 4, 5)),
            "samples_per_epoch": choose((None, 11, 40)),
            "drop_remainder": choose((False, True)),
            "cache": choose((None, "memory", str(self._folder / "cache"))),
        }

    def _make(self, settings: dict[str, Any], **others: Any) -> SegmentationSequence:
        transform = A.Compose([A.RandomCrop(64, 64), A.HorizontalFlip(), A.RandomBrightnessContrast()])
        arguments = {**settings, **others, "on_error": "skip", "seed": 5, "transform": transform}
        return SegmentationSequence.from_directory(
            self._data.train_images, self._data.train_masks, palette=self._data.palette, **arguments
        )

    def _expected_digests(self, settings: dict[str, Any]) -> list[list[str]]:
        """Hash the batches of some epochs without workers or cache, once for equal settings."""
        same = {name: settings[name] for name in ("batch_size", "samples_per_epoch", "drop_remainder")}
        key = json.dumps(same)
        if key not in self._expected:
            with self._make({**same, "workers": 0}) as inline:
                self._expected[key] = []
                for epoch in range(EPOCHS):
                    inline.set_epoch(epoch)
                    self._expected[key].append([digest(inline[number]) for number in range(len(inline))])
        return self._expected[key]

    def _use(self, settings: dict[str, Any], expected: list[list[str]]) -> None:
        sequence = self._make(settings)
        if settings["use_multiprocessing"] and self._rng.random() < 0.2:
            sequence._engine._idle_seconds = 0.05  # type: ignore[union-attr]
        actions = [self._loop, self._index, self._index_from_threads, self._resume, self._fork, self._close_meanwhile]
        with self._signals(sequence) as hits:
            for _ in range(self._rng.randint(1, 4)):
                sequence.set_epoch(self._rng.randrange(EPOCHS))
                try:
                    self._rng.choice(actions)(sequence, expected)
                except RuntimeError as error:  # every worker that was starting was hit
                    if not hits or "ended before they were ready" not in str(error):
                        raise
                    self.done["errors provoked"] += 1
                if self._rng.random() < 0.3:
                    sequence.on_epoch_begin()
                    sequence.on_epoch_end()  # submits the next epoch's first batches
        if self._rng.random() < 0.5:
            self.done["closed at the end"] += 1
            sequence.close()

    @contextmanager
    def _signals(self, sequence: SegmentationSequence) -> Iterator[bool]:
        """Send signals to workers meanwhile, or not; yield which."""
        if not hasattr(sequence._engine, "pids") or self._rng.random() < 0.3:
            yield False
            return
        stop, seed = threading.Event(), self._rng.random()
        sender = threading.Thread(target=self._send_signals, args=(sequence._engine, stop, random.Random(seed)))
        sender.start()
        try:
            yield True
        finally:
            stop.set()
            sender.join()

    def _send_signals(self, engine: Any, stop: threading.Event, rng: random.Random) -> None:
        while not stop.wait(rng.uniform(0.05, 1.0)):
            pids = engine.pids
            if not pids:
                continue
            pid, kind, name = rng.choice(pids), rng.choice(SIGNALS), "a worker"
            if rng.random() < SERVER_SHARE and (server := parent_of(pid)) not in (None, os.getpid()):
                pid, name = server, "a fork server"
            self._signal(pid, kind, name)
            # A fork server that stays stopped starts no worker, and nothing replaces it.
            if kind == signal.SIGSTOP and (not stop.wait(0.2) or name == "a fork server"):
                self._signal(pid, rng.choice((signal.SIGCONT, signal.SIGKILL)), name)

    def _signal(self, pid: int, kind: signal.Signals, name: str) -> None:
        with suppress(OSError):  # it has just exited
            if is_descendant(pid):
                os.kill(pid, kind)
                self.done[f"{kind.name} sent to {name}"] += 1

    # Actions

    def _loop(self, sequence: SegmentationSequence, expected: list[list[str]]) -> None:
        stop = self._rng.choice((None, None, self._rng.randrange(1, 6)))
        kept: list[tuple[Any, str]] = []
        for number, batch in enumerate(sequence):
            self._compare(batch, expected[sequence.epoch][number], "loop")
            kept = [*kept[-3:], (batch, expected[sequence.epoch][number])]
            if number == stop:
                self.done["loops left early"] += 1
                break
        for batch, expected_digest in kept:
            self._compare(batch, expected_digest, "kept batch")

    def _index(self, sequence: SegmentationSequence, expected: list[list[str]]) -> None:
        for _ in range(self._rng.randint(1, 12)):
            number = self._rng.randrange(len(sequence))
            self._compare(sequence[number], expected[sequence.epoch][number], "seq[i]")

    def _index_from_threads(self, sequence: SegmentationSequence, expected: list[list[str]]) -> None:
        def index(numbers: list[int]) -> None:
            for number in numbers:
                self._compare(sequence[number], expected[epoch][number], "seq[i] from a thread")

        epoch = sequence.epoch
        self._in_threads([lambda: index([self._rng.randrange(len(sequence)) for _ in range(4)]) for _ in range(3)])

    def _resume(self, sequence: SegmentationSequence, expected: list[list[str]]) -> None:
        taken = self._rng.randrange(1, len(sequence) + 1)
        epoch = sequence.epoch
        for number, batch in enumerate(sequence):
            self._compare(batch, expected[epoch][number], "loop before a restore")
            if number + 1 == taken:
                break
        state = json.loads(json.dumps(sequence.state_dict()))
        sequence.set_epoch(0)
        sequence.load_state_dict(state)
        for number, batch in enumerate(sequence, taken):
            self._compare(batch, expected[epoch][number], "loop after a restore")
        self.done["states restored"] += 1

    def _fork(self, sequence: SegmentationSequence, expected: list[list[str]]) -> None:
        self._index(sequence, expected)
        number, epoch = self._rng.randrange(len(sequence)), sequence.epoch
        pid = os.fork()
        if pid == 0:
            status = 3
            try:
                signal.alarm(HANGING_SECONDS // 2)
                status = 0 if digest(sequence[number]) == expected[epoch][number] else 2
            finally:
                os._exit(status)
        status = os.waitpid(pid, 0)[1]
        self.done["forks"] += 1
        if status:
            self._note(f"a fork ended with {status}")
        self._index(sequence, expected)

    def _close_meanwhile(self, sequence: SegmentationSequence, expected: list[list[str]]) -> None:
        def index() -> None:
            try:
                self._index(sequence, expected)
            except RuntimeError as error:
                if "were stopped (close)" not in str(error):
                    raise

        self._in_threads([index, index], meanwhile=sequence.close)
        self.done["closed in use"] += 1

    def _in_threads(self, tasks: list[Callable[[], None]], meanwhile: Callable[[], None] | None = None) -> None:
        errors: list[BaseException] = []

        def run(task: Callable[[], None]) -> None:
            try:
                task()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        if meanwhile is not None:
            time.sleep(self._rng.uniform(0, 0.3))
            meanwhile()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def _fit(self, settings: dict[str, Any], expected: list[list[str]]) -> None:
        """Train, and interrupt the training in most rounds."""
        import keras

        if self._model is None:
            self._model = keras.Sequential([keras.layers.Conv2D(self._make({}).num_classes, 1)])
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255)
            self._model.compile("sgd", loss)

        stop = self._rng.choice((None, self._rng.randrange(len(expected[0]))))

        class Interrupt(keras.callbacks.Callback):
            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                if batch == stop:
                    signal.raise_signal(signal.SIGINT)

        sequence = self._make(settings)
        known = {expected_digest for epoch in expected for expected_digest in epoch}
        assemble = sequence.assemble

        def compared(batch: Any) -> Any:
            assembled = assemble(batch)
            self._compare(assembled, digest(assembled) if digest(assembled) in known else "", "fit")
            return assembled

        sequence.__dict__["assemble"] = compared
        try:
            self._model.fit(sequence, epochs=1, verbose=0, callbacks=[Interrupt()])
        except KeyboardInterrupt:
            self.done["fits interrupted"] += 1
        self.done["fits"] += 1
        if self._rng.random() < 0.5:
            sequence.close()
            self.done["closed after fit"] += 1

    # Comparing

    def _compare(self, batch: Any, expected: str, what: str) -> None:
        self.done["batches compared"] += 1
        if digest(batch) != expected:
            self._note(f"a wrong batch: {what}")

    def _check_leftovers(self, name: str, before: set[str], *, trained: bool) -> None:
        # TensorFlow may keep the last batch of an interrupted run.
        end = time.monotonic() + EXIT_SECONDS
        while True:
            gc.collect()
            remaining = leftovers(mappings=not trained) - before
            if not remaining or time.monotonic() > end:
                break
            time.sleep(0.02)
        if remaining:
            self._note(f"{name}: left behind: {', '.join(sorted(remaining))}")


def digest(batch: Any) -> str:
    """Hash a batch."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in batch)).hexdigest()


def leftovers(*, mappings: bool = True) -> set[str]:
    """List processes, threads, and descriptors and mappings of shared memory."""
    pids = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    processes = {f"process {pid}" for pid in pids if is_descendant(pid)}
    threads = {f"thread {thread.name} {thread.ident}" for thread in threading.enumerate()}
    mapped = Path("/proc/self/maps").read_text().count("/memfd:seqaug") if mappings else 0
    shared = {f"mapping {number}" for number in range(mapped)}
    return processes | threads | shared | {name for name in open_files() if "memfd:seqaug" in name}


def open_files() -> list[str]:
    """List the targets of this process's descriptors."""
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the descriptor of this listing
            found.append(f"descriptor {descriptor} of {os.readlink(f'/proc/self/fd/{descriptor}')}")
    return found


def parent_of(pid: int) -> int | None:
    """Return the parent of a process; None if it has ended."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:2]
    except OSError:
        return None
    return None if state == "Z" else int(parent)


def is_descendant(pid: int) -> bool:
    """Return whether a process is a running child of this one, or a worker whose fork server is one."""
    parent = parent_of(pid)
    return parent == os.getpid() or (parent is not None and parent_of(parent) == os.getpid())


def memory() -> tuple[int, int]:
    """Resident memory of this process, and its shared part, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "RssShmem"))}
    return kilobytes["VmRSS"] // 1024, kilobytes["RssShmem"] // 1024


if __name__ == "__main__":
    sys.exit(main())
