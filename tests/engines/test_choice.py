"""The choice of workers, by figures."""

import pytest

import seqaug.engines.choice
from seqaug.engines.choice import Choice, choose, most_processes
from seqaug.engines.trial import Trial


@pytest.mark.parametrize(
    ("trial", "cores", "processes", "expected"),
    [
        # Small samples: handing them over costs as much as making them.
        (Trial(40e-6, 1.0, 0.0, 1000), 2, 2, (0, False)),
        (Trial(40e-6, 2.0, 0.0, 1000), 2, 2, (0, False)),
        # Samples that hold Python's lock.
        (Trial(5e-3, 1.0, 0.0, 1000), 2, 2, (2, True)),
        (Trial(5e-3, 1.4, 0.0, 1000), 8, 8, (8, True)),
        (Trial(5e-3, 1.0, 0.0, 1000), 2, 0, (0, False)),
        # Samples that do not: threads are as good, unless there are many.
        (Trial(5e-3, 1.9, 0.0, 1000), 2, 2, (2, False)),
        (Trial(5e-3, 2.2, 0.0, 1000), 16, 16, (16, False)),
        (Trial(5e-3, 1.8, 0.0, 1000), 16, 16, (16, True)),
        (Trial(5e-3, 1.8, 0.0, 1000), 16, 3, (16, False)),
        # Samples that take too long for a trial of threads.
        (Trial(0.5, None, 0.0, 1000), 4, 4, (4, True)),
        (Trial(0.5, None, 0.0, 1000), 4, 1, (4, False)),
        (Trial(0.5, None, 0.0, 1000), 4, 0, (4, False)),
        # Samples that wait for a server.
        (Trial(30e-3, 2.0, 0.9, 1000), 2, 2, (16, False)),
        (Trial(30e-3, 2.0, 0.75, 1000), 2, 2, (8, False)),
        (Trial(30e-3, 2.0, 1.0, 1000), 2, 2, (16, False)),
        # One core: a thread, which works while an accelerator does.
        (Trial(5e-3, 1.0, 0.0, 1000), 1, 1, (1, False)),
        (None, 4, 4, (4, False)),
    ],
)
def test_choice(trial: Trial | None, cores: int, processes: int, expected: tuple[int, bool]) -> None:
    choice = choose(trial, cores=cores, processes=processes)
    assert (choice.workers, choice.use_processes) == expected
    assert choice.reason


def test_the_reason_is_told() -> None:
    trial = Trial(5e-3, 1.37, 0.0, 1000)
    reason = "a sample takes 5.0 ms, two threads make 1.4 times as many as one"
    assert choose(trial, cores=2, processes=2).reason == reason
    assert choose(trial, cores=2, processes=0, why_no_processes="no").reason.endswith("as many as one; no")


def test_processes_need_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seqaug.engines.choice, "available_cores", lambda: 64)
    for free, row_bytes, expected in [(10**12, 0, 16), (2 * 10**9, 0, 6), (2 * 10**9, 10**8, 1), (0, 0, 1)]:
        monkeypatch.setattr(seqaug.engines.choice, "free_memory", lambda free=free: free)
        assert most_processes(row_bytes) == expected


def test_labels() -> None:
    choices = [Choice(workers, use_processes=kind, reason="") for workers in (0, 1, 3) for kind in (False, True)]
    assert [choice.label for choice in choices] == ["none", "none", "1 thread", "1 process", "3 threads", "3 processes"]
