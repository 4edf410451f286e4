"""Additional "mask" targets."""

from __future__ import annotations

from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest

from seqaug import SegmentationSequence, SeqaugWarning


class WithInstances(SegmentationSequence):
    """Masks of nothing, and ids of instances."""

    ids: Any = np.full((8, 8), 70_000, np.int32)

    def load(self, index: int) -> dict[str, np.ndarray]:
        return {"image": np.zeros((8, 8, 3), np.uint8), "mask": np.zeros((8, 8), np.uint8), "instances": self.ids}


def sequence(kind: str, ids: np.ndarray, ignore_index: int | None = 255) -> SegmentationSequence:
    made = WithInstances(
        num_samples=1,
        num_classes=2,
        ignore_index=ignore_index,
        transform=A.HorizontalFlip(),
        additional_targets={"instances": kind},
        workers=0,
    )
    made.ids = ids
    return made


@pytest.mark.parametrize(
    ("ids", "ignore_index", "message"),
    [
        (
            np.full((8, 8), 70_000, np.int32),
            255,
            r"^'instances' of .* up to 70000, so that ignore_index=255 may be one",
        ),
        (np.zeros((8, 8), np.uint8), 300, r"^'instances' of .* is uint8, which cannot hold ignore_index=300"),
    ],
)
def test_ids_among_which_the_ignore_index_may_be(ids: np.ndarray, ignore_index: int, message: str) -> None:
    with pytest.warns(
        SeqaugWarning, match=message + r".*\{'instances': \"value_nearest\"\}, with value_fill="
    ) as caught:
        sequence("mask", ids, ignore_index)[0]
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("kind", "ids", "ignore_index"),
    [
        ("mask", np.full((8, 8), 3, np.uint8), 255),
        ("mask", np.full((8, 8), 255, np.uint8), 255),
        ("mask", np.full((8, 8), 70_000, np.int32), None),
        ("value_nearest", np.full((8, 8), 70_000, np.int32), 255),
    ],
)
def test_others_are_fine(kind: str, ids: np.ndarray, ignore_index: int | None) -> None:
    sequence(kind, ids, ignore_index)[0]
