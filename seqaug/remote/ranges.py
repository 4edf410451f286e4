"""Remote files of which only what is read is fetched."""

from __future__ import annotations

import io
from collections import OrderedDict

from seqaug.errors import ReadError
from seqaug.remote.retry import with_retries

_BLOCK = 2**16
_BLOCKS_KEPT = 64


def open_ranges(url: str) -> RangeFile | None:
    """Open a remote file; None where its length is unknown, or the server sends only whole files.

    Raises:
        ReadError: the file is missing, access is denied, fetching fails, or the protocol is unknown.
        ImportError: fsspec, or the package it needs for the protocol, is not installed.
    """
    size = with_retries(url, lambda filesystem, path: filesystem.info(path)["size"])
    if not size:
        return None
    content = _Content(url, int(size))
    try:
        content.fetch(0, 1)
    except WholeFileError:
        return None
    return RangeFile(content)


class WholeFileError(Exception):
    """The server sends only whole files."""


class RangeFile(io.RawIOBase):
    """A remote file for reading, of which only what is read is fetched; its slices are bytes.

    Args:
        content: its blocks, which all its copies share.
    """

    def __init__(self, content: _Content) -> None:
        super().__init__()
        self._content = content
        self._position = 0

    def __len__(self) -> int:
        return self._content.size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._content.size)
        return self._content.bytes(start, stop) if start < stop else b""

    def copy(self) -> RangeFile:
        """Return the same file, at its start; what was fetched for one of them is there for all."""
        return RangeFile(self._content)

    @property
    def error(self) -> ReadError | None:
        """Why fetching failed, if it did, for callers whose decoder reports less."""
        return self._content.error

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._content.size}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Read bytes at the position.

        Raises:
            ReadError: fetching fails.
        """
        start, end = self._position, self._content.size
        stop = end if size < 0 else min(start + size, end)
        if start >= stop:
            return b""
        data = self._content.bytes(start, stop)
        self._position = stop
        return data


class _Content:
    """Blocks of a remote file, fetched with retries; the last few are kept.

    Args:
        url: the file.
        size: its length in bytes.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self.size = size
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.error: ReadError | None = None

    def bytes(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to before `stop`."""
        first, last = start // _BLOCK, (stop - 1) // _BLOCK
        self.error = None
        try:
            self.fetch(first, last + 1)
        except ReadError as error:
            self.error = error
            raise
        data = b"".join(self._blocks[number] for number in range(first, last + 1))
        while len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return data[start - first * _BLOCK : stop - first * _BLOCK]

    def fetch(self, first: int, stop: int) -> None:
        """Fetch the blocks from `first` to before `stop` that are not there, neighbours in one request.

        Raises:
            ReadError: fetching fails.
            WholeFileError: the server has sent another range.
        """
        missing = [number for number in range(first, stop) if number not in self._blocks]
        while missing:
            count = next((n for n in range(1, len(missing)) if missing[n] != missing[0] + n), len(missing))
            begin, end = missing[0] * _BLOCK, min((missing[0] + count) * _BLOCK, self.size)
            data: bytes = with_retries(
                self._url,
                lambda filesystem, path, begin=begin, end=end: filesystem.cat_file(path, start=begin, end=end),  # type: ignore[misc]
            )
            if len(data) != end - begin:
                raise WholeFileError
            for place, number in enumerate(missing[:count]):
                self._blocks[number] = data[place * _BLOCK : (place + 1) * _BLOCK]
            del missing[:count]
        for number in range(first, stop):
            self._blocks.move_to_end(number)
