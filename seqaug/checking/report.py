"""The result of a check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from seqaug.checking.issue_types import ISSUE_TYPES

LineKind: TypeAlias = Literal["title", "text", "more", "hint"]

MAX_SHOWN = 5  # issues of a type


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


@dataclass(frozen=True, repr=False)
class Report:
    """All issues of a check.

    Attributes:
        samples: number of samples checked.
        issues: in the order of `seqaug.checking.issue_types.ISSUE_TYPES`, and by sample within a type.
    """

    samples: int
    issues: tuple[Issue, ...]

    def __bool__(self) -> bool:
        """Whether there are issues."""
        return bool(self.issues)

    def __repr__(self) -> str:
        return "\n".join(text for text, _ in self.lines())

    def lines(self, most: int | None = MAX_SHOWN) -> Iterator[tuple[str, LineKind]]:
        """Yield the report as text, line by line, with what each line is.

        Args:
            most: issues of a type that are listed; None: all.
        """
        for name, issues, hints in self.by_type():
            issue_type = ISSUE_TYPES[name]
            yield f"{issue_type.title}: {len(issues)}", "title"
            for issue in issues[:most]:
                yield f"  {', '.join(issue.paths)}: {issue_type.describe(issue.details)}", "text"
            if most is not None and len(issues) > most:
                yield f"  and {len(issues) - most} more", "more"
            for hint in hints:
                yield f"  -> {hint}", "hint"
            yield "", "text"
        count = len(self.issues)
        summary = f"{count} issue{'s' * (count > 1)}" if count else "no issues found"
        yield f"{self.samples:,} samples checked: {summary}", "title"

    def by_type(self) -> Iterator[tuple[str, list[Issue], list[str]]]:
        """Yield each type that was found, its issues, and their distinct hints."""
        for name, issue_type in ISSUE_TYPES.items():
            issues = [issue for issue in self.issues if issue.type == name]
            if issues:
                yield name, issues, list(dict.fromkeys(issue.details.get("hint", issue_type.hint) for issue in issues))

    def to_json(self) -> dict[str, Any]:
        """The report in JSON types."""
        return {
            "samples": self.samples,
            "issues": [asdict(issue) for issue in self.issues],
            "hints": {name: hints for name, _, hints in self.by_type()},
        }
