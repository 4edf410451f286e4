"""The errors and warnings of the package that callers may want to name."""

from __future__ import annotations

import os

from seqaug.utils.redaction import redacted, shown


class SeqaugWarning(UserWarning):
    """Something in the arguments or the data that is allowed and probably not meant; the message has the cure."""


class ReadError(OSError):
    """A file that cannot be read as an image or a mask.

    Attributes:
        path: the file, as given by the user; of a URL, without what its query and credentials say.
        problem: what was found, what was expected and what to do about it.
    """

    def __init__(self, path: str | os.PathLike[str], problem: str) -> None:
        self.path = shown(path)
        self.problem = redacted(problem.replace(os.fspath(path), self.path))
        super().__init__(f"{self.path}: {self.problem}")

    def __reduce__(self) -> tuple[type[ReadError], tuple[str, str]]:
        return type(self), (self.path, self.problem)


class UnknownColorError(ValueError):
    """A mask holds a colour that its palette does not have."""


class SampleError(ValueError):
    """A sample of a sequence that cannot be used.

    Attributes:
        index: the position of the sample in the sequence's `samples`.
        where: the files of the sample, or a description of it where it has no files.
        reason: what was found, what was expected and what to do about it.
    """

    def __init__(self, index: int, where: str, reason: str) -> None:
        self.index = index
        self.where = redacted(where)
        self.reason = redacted(reason)
        super().__init__(f"sample {index} ({self.where}): {self.reason}")

    @classmethod
    def of(cls, index: int, where: str, error: Exception) -> SampleError:
        """Say of which sample an error is that came up while the sample was loaded."""
        # The package's own errors, and built-in ones with a text made for reading, need no type before them.
        told = isinstance(error, OSError | ValueError) and str(error)
        return cls(index, where, told or f"{type(error).__name__}: {error}")

    def __reduce__(self) -> tuple[type[SampleError], tuple[int, str, str]]:
        return type(self), (self.index, self.where, self.reason)


class TransformError(ValueError):
    """A transform failed, or did to a sample what no transform of a sequence may do."""
