"""The arguments that split samples into training and validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqaug.augmentation.albumentations import Transform
from seqaug.sequence.arguments import BothSubsets, Subset
from seqaug.sources.groups import Groups, group_codes
from seqaug.sources.split import fold_samples, split_samples
from seqaug.statistics.class_weights import ClassWeights
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.validation import whole_number

Indices = np.ndarray[Any, np.dtype[np.int64]]

# Arguments that are for training: an epoch of the validation subset is all its samples, once, in order.
_OF_VALIDATION: dict[str, Any] = {
    "shuffle": False,
    "oversample": None,
    "samples_per_epoch": None,
    "repeats": 1,
    "drop_remainder": False,
}


@dataclass(frozen=True)
class Split:
    """Arguments of a split; see `SegmentationSequence.from_directory`.

    Raises:
        TypeError: `fold` is not a pair.
        ValueError: an argument is out of range, missing, or contradicts another.
    """

    validation_split: float | None = None
    subset: Subset | BothSubsets | None = None
    stratify: bool = False
    groups: Groups | None = None
    fold: tuple[int, int] | None = None
    validation_transform: Transform | None = None

    def __post_init__(self) -> None:
        if self.fold is not None:
            if self.validation_split is not None:
                raise ValueError(
                    f"validation_split={self.validation_split!r} and fold={self.fold!r}; expected one of them"
                )
            object.__setattr__(self, "fold", _checked_fold(self.fold))
        if not self.is_split:
            given = {
                f"subset={self.subset!r}": self.subset is not None,
                "stratify=True": self.stratify,
                "groups=": self.groups is not None,
                "validation_transform=": self.validation_transform is not None,
            }
            for argument, is_given in given.items():
                if is_given:
                    raise ValueError(f"{argument} without validation_split or fold; expected one of these beside it")
        elif self.subset not in ("training", "validation", "both"):
            split = "validation_split" if self.fold is None else "fold"
            raise ValueError(
                f'subset={self.subset!r}; expected "training", "validation" or, for a pair of sequences, "both" beside '
                f"{split}"
            )
        if self.validation_transform is not None and self.subset != "both":
            raise ValueError(
                f'validation_transform= is for subset="both"; with subset={self.subset!r}, give transform='
            )

    @property
    def is_split(self) -> bool:
        """Whether the samples are split at all."""
        return self.validation_split is not None or self.fold is not None

    @property
    def needs_counts(self) -> bool:
        """Whether the split depends on the classes of each sample."""
        return self.stratify and self.is_split

    def with_groups(self, groups: Groups | None) -> Split:
        """Return the same split with other groups."""
        return replace(self, groups=groups)

    def subsets(
        self, images: Sequence[Any], arguments: Mapping[str, Any], counts: ClassCounts | None
    ) -> tuple[Indices, Indices]:
        """Return the indices of the training and the validation subset, ascending.

        Args:
            images: paths or arrays.
            arguments: of the sequence; its `seed` decides the split.
            counts: class counts of each sample, where `needs_counts`.

        Raises:
            TypeError, ValueError: an argument is out of range, or `groups` do not fit the samples.
        """
        seed = whole_number("seed", arguments.get("seed", 0), 0)
        codes = None if self.groups is None else group_codes(self.groups, images)
        if self.fold is not None:
            return fold_samples(len(images), self.fold, seed, counts, codes)
        assert self.validation_split is not None
        return split_samples(len(images), self.validation_split, seed, counts, codes)

    def check_transforms(self, arguments: Mapping[str, Any]) -> None:
        """Refuse to guess the transform of the validation subset, where both subsets are made at once.

        Raises:
            ValueError: there is a transform, and none for validation.
        """
        if self.subset == "both" and arguments.get("transform") is not None and self.validation_transform is None:
            raise ValueError(
                'subset="both" with transform=, which would also augment the validation samples; expected '
                "validation_transform= beside it: a resize or a normalization, say, or A.NoOp() for none"
            )

    def validation_arguments(self, arguments: Mapping[str, Any], training: Any) -> dict[str, Any]:
        """Return the arguments of the validation sequence, of a pair.

        Args:
            arguments: those of the training sequence.
            training: the training sequence, whose class weights both have.
        """
        # Weights by a method are those of the classes in training, not of those in validation.
        if arguments.get("class_weights") != "uniform" and isinstance(
            arguments.get("class_weights"), str | ClassWeights
        ):
            arguments = {**arguments, "class_weights": training._resolved_weights}
        # A subclass's constructor may not take what is not given.
        plain = {name: value for name, value in _OF_VALIDATION.items() if name in arguments}
        transform = {"transform": self.validation_transform} if arguments.get("transform") is not None else {}
        if self.validation_transform is not None:
            transform = {"transform": self.validation_transform}
        return {"shuffle": False, **arguments, **plain, **transform}


def _checked_fold(fold: Any) -> tuple[int, int]:
    try:
        number, num_folds = fold
    except (TypeError, ValueError):
        raise TypeError(f"fold={fold!r}; expected (i, k): fold i, from 0 to k - 1, of k") from None
    num_folds = whole_number("k in fold=(i, k)", num_folds, 2)
    number = whole_number("i in fold=(i, k)", number, 0)
    if number >= num_folds:
        raise ValueError(f"fold={fold!r}; expected (i, k) with i from 0 to k - 1: the first fold is 0")
    return number, num_folds
