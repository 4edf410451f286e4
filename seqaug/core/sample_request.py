"""What is drawn for a place in an epoch.

It stands apart from the pipeline, so that who makes rows of something else need not import Albumentations.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleRequest:
    """One sample of an epoch: which one, and where it stands, which is all that chance depends on.

    Attributes:
        index: which sample.
        epoch: from 0.
        position: in the epoch, from 0.
        class_id: the class for which the sample was drawn, or None.
    """

    index: int
    epoch: int
    position: int
    class_id: int | None = None
