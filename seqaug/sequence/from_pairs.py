"""Ways to make a `SegmentationSequence`: of folders, of tables and of arrays."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeVar

from seqaug.sequence.migration_hints import explain_foreign_words
from seqaug.sequence.split_arguments import Split
from seqaug.sources.arrays import are_arrays
from seqaug.sources.discovery.pair_warnings import PairedPaths
from seqaug.sources.discovery.pairing import list_images, pair_directories
from seqaug.sources.discovery.tables import read_csv_pairs, read_dataframe_pairs
from seqaug.statistics.counts import ClassCounts

PathLike = str | os.PathLike[str]
SequenceT = TypeVar("SequenceT", bound="FromPairs")


class FromPairs:
    """Class methods that find pairs, split them if asked, and make a sequence of them."""

    @classmethod
    def from_arrays(
        cls: type[SequenceT],
        x: Any,
        y: Any = None,
        *,
        validation_split: float | None = None,
        subset: str | None = None,
        stratify: bool = False,
        **arguments: Any,
    ) -> SequenceT:
        """Make a sequence of arrays in memory, or of a part of them; nothing is copied.

        Args:
            x: images, (N, H, W, C) or (N, H, W), or a sequence of N arrays of any sizes; uint8, uint16 or float.
            y: as many masks, (N, H, W) class ids, or (N, H, W, 3) palette colours, or a sequence of N arrays; None:
                images without masks.
            validation_split: as in `from_directory`.
            subset: as in `from_directory`.
            stratify: as in `from_directory`.
            **arguments: those of the class.

        Raises:
            TypeError: `x` or `y` are no arrays.
            ValueError: they are not equally many, or as for the class.
        """
        explain_foreign_words(cls, arguments)
        for name, values in (("x", x), ("y", y)):
            if not are_arrays(values) and (name == "x" or y is not None):
                raise TypeError(
                    f"{name} is a {type(values).__name__}; expected an array (N, H, W, ...), or a sequence of arrays; "
                    "for lists of paths, SegmentationSequence(images, masks)"
                )
        if y is not None and len(x) != len(y):
            raise ValueError(f"{len(x)} images and {len(y)} masks; expected one mask for each image")
        made: SequenceT = cls._of_pairs(x, y, Split(validation_split, subset, stratify), arguments)
        return made

    @classmethod
    def from_directory(
        cls: type[SequenceT],
        images: PathLike,
        masks: PathLike | None = None,
        *,
        image_suffix: str = "",
        mask_suffix: str = "",
        follow_links: bool = False,
        validation_split: float | None = None,
        subset: str | None = None,
        stratify: bool = False,
        **arguments: Any,
    ) -> SequenceT:
        """Make a sequence of two directories, pairing files by relative stem: `images/a/b.jpg`, `masks/a/b.png`.

        Names may differ by suffixes, and both may be in one directory: `image_suffix="_leftImg8bit",
        mask_suffix="_gtFine_labelIds"` pairs as Cityscapes does, and `mask_suffix="_L"` as CamVid. Patterns pair by
        what their wildcards stand for: `images="data/**/*.jpg", masks="data/**/*_mask.png"`.

        Subdirectories are walked; hidden files and folders, and files that are no images, are passed over. Files
        without a partner are left out and reported in a warning. Samples are in natural order, `img2` before `img10`.

        Directories and patterns may be URLs. http(s) servers list a directory by an index page, if at all: where they
        do not, `from_csv` reads a list.

        Args:
            images: the directory of the images; or a pattern, in which `*` stands for any text in a name, `?` for one
                character, `[abc]` for one of several, and `**/` for any folders.
            masks: the same of the masks; None: images without masks, all that there are.
            image_suffix: what the stems of images end with; files without it are passed over.
            mask_suffix: what the stems of masks end with. In one directory, masks are the files with this suffix, and
                images the others.
            follow_links: whether folders that are symbolic links are walked.
            validation_split: the share of samples that goes to validation, above 0 and below 1, drawn by the seed.
            subset: "training" or "validation": which part this sequence is. The two are disjoint, together
                everything, and the same for the same seed.
            stratify: whether classes have alike shares in both parts (iterative stratification, Sechidis et al. 2011),
                for which all masks are read once; `statistics_dir` spares later runs the time.
            **arguments: those of the class.

        Raises:
            ValueError: a directory is missing or empty, nothing can be paired (the message says which suffixes would
                pair something), or as for the class.
            ReadError: a URL cannot be listed.
        """
        explain_foreign_words(cls, arguments)
        split = Split(validation_split, subset, stratify)
        made: SequenceT
        if masks is None:
            if mask_suffix:
                raise ValueError(f"mask_suffix={mask_suffix!r} without masks; expected the directory of the masks")
            found = list_images(images, image_suffix=image_suffix, follow_links=follow_links)
            made = cls._of_pairs(found, None, split, arguments)
            return made
        paired = pair_directories(
            images, masks, image_suffix=image_suffix, mask_suffix=mask_suffix, follow_links=follow_links
        )
        made = cls._of_pairs(*paired, split, arguments)
        return made

    @classmethod
    def from_dataframe(
        cls: type[SequenceT],
        df: Any,
        *,
        image_col: str = "image",
        mask_col: str | None = "mask",
        root: PathLike | None = None,
        validation_split: float | None = None,
        subset: str | None = None,
        stratify: bool = False,
        **arguments: Any,
    ) -> SequenceT:
        """Make a sequence of two columns of paths in a data frame.

        Args:
            df: a data frame, pandas' or another one with `columns` and `df[column]`.
            image_col: the column with the images' paths.
            mask_col: the column with the masks' paths; None: images without masks.
            root: where relative paths start, a directory or a URL; None: at the working directory.
            validation_split: as in `from_directory`.
            subset: as in `from_directory`.
            stratify: as in `from_directory`.
            **arguments: those of the class.

        Raises:
            ValueError: a column or a path is missing, or as for the class.
        """
        explain_foreign_words(cls, arguments)
        split = Split(validation_split, subset, stratify)
        made: SequenceT = cls._of_pairs(*read_dataframe_pairs(df, image_col, mask_col, root), split, arguments)
        return made

    @classmethod
    def from_csv(
        cls: type[SequenceT],
        path: PathLike,
        *,
        image_col: str = "image",
        mask_col: str | None = "mask",
        root: PathLike | None = None,
        validation_split: float | None = None,
        subset: str | None = None,
        stratify: bool = False,
        **arguments: Any,
    ) -> SequenceT:
        """Make a sequence of two columns of paths in a CSV file with a header.

        Args:
            path: the CSV file, or its URL.
            image_col: the column with the images' paths.
            mask_col: the column with the masks' paths; None: images without masks.
            root: where relative paths start, a directory or a URL; None: at the directory of the CSV file.
            validation_split: as in `from_directory`.
            subset: as in `from_directory`.
            stratify: as in `from_directory`.
            **arguments: those of the class.

        Raises:
            ValueError: a column or a path is missing, or as for the class.
            FileNotFoundError: there is no such CSV file.
            ReadError: a CSV file cannot be fetched from its URL.
        """
        explain_foreign_words(cls, arguments)
        split = Split(validation_split, subset, stratify)
        made: SequenceT = cls._of_pairs(*read_csv_pairs(path, image_col, mask_col, root), split, arguments)
        return made

    @classmethod
    def _of_pairs(cls: Any, images: Any, masks: Any, split: Split, arguments: dict[str, Any]) -> Any:
        if masks is None and split.needs_counts:
            raise ValueError("stratify=True without masks; expected masks, or stratify=False")
        counts = cls._counted(images, masks, arguments) if split.needs_counts else None
        chosen = split.chosen(len(images), arguments, counts)
        if chosen is None:
            return cls(images, masks, **arguments)
        part = cls(_taken(images, chosen), None if masks is None else _taken(masks, chosen), **arguments)
        if counts is not None:
            part._scan.adopt(counts.take(chosen))
        return part

    @classmethod
    def _counted(cls: Any, images: Any, masks: Any, arguments: dict[str, Any]) -> ClassCounts:
        """Count the pixels of the classes in all masks, before there are two parts."""
        # Without what has nothing to do with masks, or would itself need the counts.
        without: dict[str, Any] = dict.fromkeys(("transform", "oversample", "class_weights", "samples_per_epoch"))
        if arguments.get("cache") == "memory":
            without |= {"cache": None, "cache_limit": None}
        with cls(images, masks, **{**arguments, **without, "drop_remainder": False, "shard": (0, 1)}) as everything:
            counts: ClassCounts = everything.class_statistics().counts
            return counts


def _taken(values: Any, chosen: Iterable[int]) -> list[Any]:
    return values.take(chosen) if isinstance(values, PairedPaths) else [values[i] for i in chosen]
