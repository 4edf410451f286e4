"""Record of skipped samples."""

from __future__ import annotations

from seqaug.core.forks import ForkLock
from seqaug.core.user_warnings import warn_user
from seqaug.errors import SampleError


class SkippedSamples:
    """Collects the samples that cannot be used, each once, and warns of the first; from any thread."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._errors: dict[int, SampleError] = {}

    def note(self, error: SampleError) -> None:
        """Record a skipped sample."""
        with self._lock:
            is_first = not self._errors
            self._errors.setdefault(error.index, error)
        if is_first:
            warn_user(f"skipped {error} (said once; `skipped` has them all)")

    def by_index(self) -> dict[int, SampleError]:
        """Return the samples skipped so far, by index."""
        with self._lock:
            return dict(sorted(self._errors.items()))
