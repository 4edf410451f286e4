"""The errors and warnings of the package that callers may want to name."""

from __future__ import annotations

import os

from seqaug.utils.redaction import redacted, shown


class SeqaugWarning(UserWarning):
    """Arguments or data that are valid but probably not intended; the message suggests the fix."""


class ReadError(OSError):
    """A file cannot be read as an image or a mask.

    Attributes:
        path: the file, as the user gave it; URLs without query values and credentials.
        problem: what was found, what was expected, and the fix.
    """

    def __init__(self, path: str | os.PathLike[str], problem: str) -> None:
        self.path = shown(path)
        self.problem = redacted(problem.replace(os.fspath(path), self.path))
        super().__init__(f"{self.path}: {self.problem}")

    def __reduce__(self) -> tuple[type[ReadError], tuple[str, str]]:
        return type(self), (self.path, self.problem)


class UnknownColorError(ValueError):
    """A mask holds a colour that is not in its palette."""


class SampleError(ValueError):
    """A sample of a sequence cannot be used.

    Attributes:
        index: index of the sample in the sequence's `samples`.
        where: files of the sample, or a description if it has none.
        reason: what was found, what was expected, and the fix.
    """

    def __init__(self, index: int, where: str, reason: str) -> None:
        self.index = index
        self.where = redacted(where)
        self.reason = redacted(reason)
        super().__init__(f"sample {index} ({self.where}): {self.reason}")

    @classmethod
    def of(cls, index: int, where: str, error: Exception) -> SampleError:
        """Wrap an error raised while loading a sample, naming the sample."""
        # The package's own errors, and built-in ones with a text made for reading, need no type before them.
        text = isinstance(error, OSError | ValueError) and str(error)
        return cls(index, where, text or f"{type(error).__name__}: {error}")

    def __reduce__(self) -> tuple[type[SampleError], tuple[int, str, str]]:
        return type(self), (self.index, self.where, self.reason)


class TransformError(ValueError):
    """A transform failed, or changed a sample in a way that a sequence does not allow."""
