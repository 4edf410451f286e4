from __future__ import annotations

import threading
import warnings
from pathlib import Path

import pytest

from seqaug import SeqaugWarning
from seqaug.core.user_warnings import warn_user
from seqaug.errors import SampleError
from seqaug.loader.skipped import SkippedSamples


def test_a_warning_points_at_the_users_line() -> None:
    error = SampleError(0, "a.png", "is broken")
    with pytest.warns(SeqaugWarning, match="is broken") as caught:
        SkippedSamples().note(error)
    assert caught[0].filename == __file__
    assert Path(__file__).read_text(encoding="utf-8").splitlines()[caught[0].lineno - 1].strip() == (
        "SkippedSamples().note(error)"
    )


def test_a_thread_without_a_line_of_the_user_still_warns() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = threading.Thread(target=warn_user, args=["look here"])
        thread.start()
        thread.join()
    assert [str(warning.message) for warning in caught] == ["look here"]


def test_a_line_warns_once_as_with_other_warnings() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            warn_user("again and again")
    assert len(caught) == 1


def test_the_category_can_be_silenced() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=SeqaugWarning)
        warn_user("not shown")
