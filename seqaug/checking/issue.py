"""One thing that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with the files that it concerns.

    Attributes:
        kind: what kind of thing, a key of `seqaug.checking.issue_types.KINDS`.
        paths: the files.
        details: what was found there, in JSON's types; which keys there are depends on the kind.
    """

    kind: str
    paths: tuple[str, ...]
    details: dict[str, Any]
