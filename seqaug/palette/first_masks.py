"""What a few masks make one doubt when the first batch of a sequence has been made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import numpy as np

from seqaug.palette.id_counts import IdCounts
from seqaug.palette.id_hints import doubts_about_ids
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.mask_survey import MaskSurvey

Array = np.ndarray[Any, Any]

_FEWEST = 8  # masks, all of one label, that are no chance
_MOST_UNKNOWN = 0.9  # of the pixels, which losses would skip


class First(Protocol):
    """The first batch that was made."""

    @property
    def batch(self) -> Mapping[str, Array]:
        """Its arrays: "index", (B,), which samples they are of."""

    @property
    def loaded(self) -> Mapping[str, Array]:
        """The arrays of its first sample as they are before augmentation: "mask", (H, W) class ids."""


class FirstMasks:
    """Says once what is allowed and probably not meant: ids that look like none, masks of which nothing is learned.

    Args:
        labels: what masks become.
        survey: gives a few of them.
        only_of_batch: whether to look at masks of the first batch alone. Workers have loaded these; what a `load` of
            the user's does to others, such as to end its process, is not to happen here.
    """

    def __init__(self, labels: LabelSpec, survey: MaskSurvey, *, only_of_batch: bool) -> None:
        self._labels = labels
        self._survey = survey
        self._only_of_batch = only_of_batch

    def __call__(self, first: First) -> Iterator[str]:
        """Look at a few masks of the data set where the labels are not known, or the first sample has only one."""
        if self._only_of_batch:
            self._survey = self._survey.among(first.batch["index"].tolist())
        doubts = [*self._doubts_about_ids(), *self._doubts_about_colors()]
        if doubts:
            yield from doubts
        elif len(self._survey) >= _FEWEST and self._is_of_one_label(IdCounts.of(first.loaded["mask"])):
            yield from self._doubts_about_one_label()

    def _doubts_about_ids(self) -> Iterator[str]:
        if self._labels.palette is not None or self._labels.num_classes is not None:
            return
        counts = self._survey.ids()
        doubts = doubts_about_ids(IdCounts.together(counts), are_files=self._survey.are_files) if counts else None
        if doubts is not None:
            yield f"the masks seem to hold no class ids: {doubts}"

    def _doubts_about_colors(self) -> Iterator[str]:
        palette = self._labels.palette
        if palette is None or palette.unknown == "raise":
            return
        masks = [mask for mask in self._survey.masks() if mask.ndim == 3 and mask.shape[2] == 3]
        doubts = next((found for mask in masks if (found := palette.doubts(mask)) is not None), None)
        if doubts is not None:
            yield doubts
        elif palette.unknown == "ignore" and masks:
            share = float(np.mean([palette.unknown_share(mask) for mask in masks]))
            if share >= _MOST_UNKNOWN:
                yield (
                    f'unknown="ignore" has losses skip {share:.1%} of the pixels of {len(masks)} masks, whose colours '
                    "the palette does not have: is it this data set's? Palette.infer(folder) lists the colours that "
                    "masks have"
                )

    def _doubts_about_one_label(self) -> Iterator[str]:
        counts = []
        for mask in self._survey.masks():
            with suppress(ValueError):
                counts.append(IdCounts.of(self._labels.encode(mask)))
        if len(counts) < _FEWEST:
            return
        total = IdCounts.together(counts)
        ignore_index = self._labels.ignore_index
        if not self._is_of_one_label(total):
            return
        if ignore_index is None or not total.share(ignore_index):
            yield (
                f"all of the {total.masks} masks looked at hold nothing but {total.ids[0]}, from which a model learns "
                "nothing else; are these the right files, and annotated?"
            )
            return
        kept = total.without(ignore_index).ids.tolist()
        rest = f"nothing but {kept[0]} and {ignore_index}" if kept else f"nothing but {ignore_index}"
        cure = "are these the right files, and annotated?"
        if kept == [0] and self._labels.palette is None:
            cure = (
                'if it is the foreground, leave ignore_index out and give palette="binary"'
                if self._survey.are_files
                else "if it is the foreground, leave ignore_index out and make masks 0 and 1: "
                "(masks > 0).astype(numpy.uint8)"
            )
        yield (
            f"all of the {total.masks} masks looked at hold {rest}, and losses skip {ignore_index}, which is "
            f"ignore_index: {total.share(ignore_index):.1%} of the pixels; {cure}"
        )

    def _is_of_one_label(self, counts: IdCounts) -> bool:
        return len(counts.without(self._labels.ignore_index).ids) < 2
