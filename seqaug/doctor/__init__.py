"""The doctor: how fast samples are made, what bounds that, and which setting would help, found by trying it."""

from seqaug.doctor.examination import examine
from seqaug.doctor.findings import Findings
from seqaug.doctor.verdict import Verdict, judge

__all__ = ["Findings", "Verdict", "examine", "judge"]
