"""Progress bars."""

import io

import keras
import pytest
from rich.console import Console

from seqaug.utils import progress


@pytest.mark.parametrize(("delay", "is_shown"), [(0.0, True), (3600.0, False)])
def test_a_terminal_shows_a_bar_after_a_delay(delay: float, is_shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("rich.console.Console", lambda stderr: Console(file=screen, force_terminal=True, width=80))
    monkeypatch.setattr(progress, "_DELAY_SECONDS", delay)
    with progress.progress_bar("Counting sheep", 10) as advance:
        advance(4)
        advance(6)
    assert ("Counting sheep" in screen.getvalue()) is is_shown
    assert ("10/10" in screen.getvalue()) is is_shown


@pytest.mark.parametrize(("delay", "is_shown"), [(0.0, True), (3600.0, False)])
def test_work_of_unknown_length(delay: float, is_shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("rich.console.Console", lambda stderr: Console(file=screen, force_terminal=True, width=80))
    monkeypatch.setattr(progress, "_DELAY_SECONDS", 0.0)
    monkeypatch.setattr(progress, "_DELAY_SECONDS_IF_UNKNOWN", delay)
    with progress.progress_bar("Counting sheep", None) as advance:
        advance(4)
        advance(3)
    assert ("Counting sheep" in screen.getvalue()) is is_shown
    assert ("7/?" in screen.getvalue()) is is_shown


def test_a_log_shows_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_DELAY_SECONDS", 0.0)
    with progress.progress_bar("Counting sheep", 2) as advance:
        advance(2)
    assert capsys.readouterr() == ("", "")


def test_the_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not progress._is_switched_off()
    monkeypatch.setenv("SEQAUG_PROGRESS", "0")
    assert progress._is_switched_off()
    monkeypatch.setenv("SEQAUG_PROGRESS", "1")
    keras.utils.disable_interactive_logging()
    try:
        assert progress._is_switched_off()
    finally:
        keras.utils.enable_interactive_logging()
    assert not progress._is_switched_off()
