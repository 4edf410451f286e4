"""What the content of samples' files is, here and elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from seqaug.remote import content_state, identity, is_url
from seqaug.samples.paths import file_key
from seqaug.samples.source import CacheKey


class FileKeys:
    """Says what the content of samples' files is.

    Files of this machine are looked at each time. Remote ones are asked for their state once, in each process, and of
    the answers 8 bytes a sample are kept: what changes at a URL while a sequence uses it is not noticed.

    Args:
        num_samples: how many samples there are.
    """

    def __init__(self, num_samples: int) -> None:
        # Takes memory where it is written, so none without URLs.
        self._known = np.zeros(num_samples, np.uint64)

    def __reduce__(self) -> tuple[type[FileKeys], tuple[int]]:
        return FileKeys, (len(self._known),)

    def of(self, index: int, paths: Sequence[str]) -> CacheKey | None:
        """Give the absolute paths and URLs, and their sizes and times, or states; None where one is not to be had."""
        urls = [path for path in paths if is_url(path)]
        if not urls:
            return file_key(paths)
        here = file_key([path for path in paths if not is_url(path)])
        state = None if here is None else self._remote_state(index, urls)
        if here is None or state is None:
            return None
        return CacheKey("\n".join(map(identity, paths)), f"{here.state} {state}".strip())

    def _remote_state(self, index: int, urls: Sequence[str]) -> str | None:
        if not self._known[index]:
            states = [content_state(url) for url in urls]
            if None in states:
                return None
            digest = blake2b("\n".join(map(str, states)).encode(), digest_size=8).digest()
            self._known[index] = int.from_bytes(digest, "little") or 1
        return f"{self._known[index]:016x}"
