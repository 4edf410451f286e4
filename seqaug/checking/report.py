"""The result of a check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from seqaug.checking.issue_types import ISSUE_TYPES


@dataclass(frozen=True)
class Issue:
    """One issue, with the files that it concerns.

    Attributes:
        type: a key of `seqaug.checking.issue_types.ISSUE_TYPES`.
        paths: the files.
        details: what was found there, in JSON types; the keys depend on `type`. "hint", where present, replaces the
            hint of the type.
    """

    type: str
    paths: tuple[str, ...]
    details: dict[str, Any]


@dataclass(frozen=True)
class Report:
    """All issues of a check.

    Attributes:
        pairs: number of pairs checked.
        issues: in the order of `seqaug.checking.issue_types.ISSUE_TYPES`, and by pair within a type.
    """

    pairs: int
    issues: tuple[Issue, ...]

    def by_type(self) -> Iterator[tuple[str, list[Issue], list[str]]]:
        """Yield each type that was found, its issues, and their distinct hints."""
        for name, issue_type in ISSUE_TYPES.items():
            issues = [issue for issue in self.issues if issue.type == name]
            if issues:
                yield name, issues, list(dict.fromkeys(issue.details.get("hint", issue_type.hint) for issue in issues))

    def to_json(self) -> dict[str, Any]:
        """The report in JSON types."""
        return {
            "pairs": self.pairs,
            "issues": [asdict(issue) for issue in self.issues],
            "hints": {name: hints for name, _, hints in self.by_type()},
        }
