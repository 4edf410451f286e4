"""Ways to make a `SegmentationSequence`: of folders and of tables."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, TypeVar

from seqaug.arguments import whole_number
from seqaug.samples import pair_directories, read_csv_pairs, read_dataframe_pairs, split_indices
from seqaug.statistics import ClassCounts

PathLike = str | os.PathLike[str]
Made = TypeVar("Made", bound="WaysIn")


class _Split(NamedTuple):
    """How pairs are split; see `WaysIn.from_directory`."""

    validation_split: float | None
    subset: str | None
    stratify: bool


class WaysIn:
    """Class methods that find pairs of files, split them if asked, and make a sequence of them."""

    @classmethod
    def from_directory(
        cls: type[Made],
        images: PathLike,
        masks: PathLike,
        *,
        validation_split: float | None = None,
        subset: str | None = None,
        stratify: bool = False,
        **arguments: Any,
    ) -> Made:
        """Make a sequence of two directories, pairing files by relative stem: `images/a/b.jpg`, `masks/a/b.png`.

        Subdirectories are walked; hidden files and files that are no images are passed over. Files without a partner
        are left out and reported in a warning.

        Args:
            images: the directory of the images.
            masks: the directory of the masks.
            validation_split: the share of samples that goes to validation, above 0 and below 1, drawn by the seed.
            subset: "training" or "validation": which part this sequence is. The two are disjoint, together
                everything, and the same for the same seed.
            stratify: whether classes have alike shares in both parts (iterative stratification, Sechidis et al. 2011),
                for which all masks are read once; `statistics_dir` spares later runs the time.
            **arguments: those of the class.

        Raises:
            ValueError: a directory is missing or empty, nothing can be paired, or as for the class.
        """
        split = _Split(validation_split, subset, stratify)
        made: Made = cls._of_files(*pair_directories(images, masks), split, arguments)
        return made

    @classmethod
    def from_dataframe(
        cls: type[Made],
        df: Any,
        *,
        image_col: str = "image",
        mask_col: str = "mask",
        root: PathLike | None = None,
        validation_split: float | None = None,
        subset: str | None = None,
        stratify: bool = False,
        **arguments: Any,
    ) -> Made:
        """Make a sequence of two columns of paths in a data frame.

        Args:
            df: a data frame, pandas' or another one with `columns` and `df[column]`.
            image_col: the column with the images' paths.
            mask_col: the column with the masks' paths.
            root: where relative paths start; None: at the working directory.
            validation_split: as in `from_directory`.
            subset: as in `from_directory`.
            stratify: as in `from_directory`.
            **arguments: those of the class.

        Raises:
            ValueError: a column or a path is missing, or as for the class.
        """
        split = _Split(validation_split, subset, stratify)
        made: Made = cls._of_files(*read_dataframe_pairs(df, image_col, mask_col, root), split, arguments)
        return made

    @classmethod
    def from_csv(
        cls: type[Made],
        path: PathLike,
        *,
        image_col: str = "image",
        mask_col: str = "mask",
        root: PathLike | None = None,
        validation_split: float | None = None,
        subset: str | None = None,
        stratify: bool = False,
        **arguments: Any,
    ) -> Made:
        """Make a sequence of two columns of paths in a CSV file with a header.

        Args:
            path: the CSV file.
            image_col: the column with the images' paths.
            mask_col: the column with the masks' paths.
            root: where relative paths start; None: at the directory of the CSV file.
            validation_split: as in `from_directory`.
            subset: as in `from_directory`.
            stratify: as in `from_directory`.
            **arguments: those of the class.

        Raises:
            ValueError: a column or a path is missing, or as for the class.
            FileNotFoundError: there is no such CSV file.
        """
        split = _Split(validation_split, subset, stratify)
        made: Made = cls._of_files(*read_csv_pairs(path, image_col, mask_col, root), split, arguments)
        return made

    @classmethod
    def _of_files(
        cls: Any,
        images: list[str],
        masks: list[str],
        split: _Split,
        arguments: dict[str, Any],
    ) -> Any:
        if split.validation_split is None:
            if split.subset is not None or split.stratify:
                asked = "stratify=True" if split.subset is None else f"subset={split.subset!r}"
                raise ValueError(f"{asked} without validation_split; expected both, or neither")
            return cls(images, masks, **arguments)
        seed = whole_number("seed", arguments.get("seed", 0), 0)
        counts = cls._counted(images, masks, arguments) if split.stratify else None
        chosen = split_indices(len(images), split.validation_split, split.subset, seed, counts)
        part = cls([images[i] for i in chosen], [masks[i] for i in chosen], **arguments)
        if counts is not None:
            part._scan.adopt(counts.take(chosen))
        return part

    @classmethod
    def _counted(cls: Any, images: list[str], masks: list[str], arguments: dict[str, Any]) -> ClassCounts:
        """Count the pixels of the classes in all masks, before there are two parts."""
        # Without what has nothing to do with masks, or would itself need the counts.
        without: dict[str, Any] = dict.fromkeys(("transform", "oversample", "class_weights", "samples_per_epoch"))
        if arguments.get("cache") == "memory":
            without |= {"cache": None, "cache_limit": None}
        with cls(images, masks, **{**arguments, **without, "drop_remainder": False}) as everything:
            counts: ClassCounts = everything.class_statistics().counts
            return counts
