"""All findings of a check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from seqaug.checking.issue import Finding
from seqaug.checking.issue_types import KINDS


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        pairs: how many pairs were looked at.
        findings: by kind in the order of `seqaug.checking.issue_types.KINDS`, and in the order of pairs within a kind.
    """

    pairs: int
    findings: tuple[Finding, ...]

    def by_kind(self) -> Iterator[tuple[str, list[Finding], list[str]]]:
        """Give each kind that was found, its findings, and what to do about them."""
        for name, kind in KINDS.items():
            findings = [finding for finding in self.findings if finding.kind == name]
            if findings:
                cures = {finding.details.get("cure", kind.cure): 0 for finding in findings}
                yield name, findings, list(cures)

    def to_json(self) -> dict[str, Any]:
        """Give all of it in JSON's types."""
        return {
            "pairs": self.pairs,
            "findings": [asdict(finding) for finding in self.findings],
            "cures": {name: cures for name, _, cures in self.by_kind()},
        }
