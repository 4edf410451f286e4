"""Constructors of `SegmentationSequence`: from folders, tables and arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

from seqaug.sequence.additional_arguments import checked_additional
from seqaug.sequence.annotated_arguments import class_arguments
from seqaug.sequence.arguments import (
    Arrays,
    BothSubsets,
    MaskFormat,
    PathLike,
    SegmentationConstructorArguments,
    Subset,
)
from seqaug.sequence.constructors import Constructors
from seqaug.sequence.split_arguments import Indices, Split
from seqaug.sources.additional import check_lengths
from seqaug.sources.annotated import Annotations
from seqaug.sources.arrays import are_arrays
from seqaug.sources.class_masks import check_class_masks, check_length
from seqaug.sources.discovery.additional_files import FoundSamples, find_samples
from seqaug.sources.discovery.pair_warnings import PairedPaths
from seqaug.sources.discovery.tables import (
    DataFrame,
    groups_in_csv,
    groups_in_dataframe,
    read_csv_pairs,
    read_csv_run_lengths,
    read_dataframe_pairs,
)
from seqaug.sources.items import ItemSource
from seqaug.statistics.counts import ClassCounts

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack


class FromPairs(Constructors):
    """Constructors that find image/mask pairs, and split them on request."""

    @overload
    @classmethod
    def from_arrays(
        cls,
        x: Arrays,
        y: Arrays | Mapping[str, Arrays] | None = None,
        *,
        subset: BothSubsets,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_arrays(
        cls,
        x: Arrays,
        y: Arrays | Mapping[str, Arrays] | None = None,
        *,
        subset: Subset | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_arrays(
        cls,
        x: Arrays,
        y: Arrays | Mapping[str, Arrays] | None = None,
        *,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from arrays in memory, or from a subset of them, without copying.

        Args:
            x: images, (N, H, W, C) or (N, H, W), or a sequence of N arrays of any sizes; uint8, uint16 or float.
            y: as many masks: class ids (N, H, W), palette colours (N, H, W, 3), or a sequence of N arrays; or
                masks by class, `{"organ": ...}`. None: images without masks.
            subset: as in `from_directory`.
            **arguments: those of a split, as in `from_directory`; further arguments of the class.

        Raises:
            TypeError: `x` or `y` is not an array.
            ValueError: `x` and `y` differ in length; or as for the class.
        """
        split = cls._take_split(subset, arguments)
        if isinstance(y, Mapping):
            check_class_masks(y)
        of_classes = {f"y[{name!r}]": values for name, values in y.items()} if isinstance(y, Mapping) else {"y": y}
        for name, values in (("x", x), *of_classes.items()):
            if not are_arrays(values) and (name == "x" or y is not None):
                raise TypeError(
                    f"{name} is a {type(values).__name__}; expected an array (N, H, W, ...), or a sequence of arrays; "
                    "for lists of paths, SegmentationSequence(images, masks)"
                )
        if y is not None and not isinstance(y, Mapping) and len(x) != len(y):
            raise ValueError(f"{len(x)} images and {len(y)} masks; expected one mask for each image")
        made: Self | tuple[Self, Self] = cls._from_pairs(x, y, split, arguments)
        return made

    @overload
    @classmethod
    def from_directory(
        cls,
        images: PathLike,
        masks: PathLike | Mapping[str, PathLike] | None = None,
        *,
        image_suffix: str = "",
        mask_suffix: str = "",
        follow_links: bool = False,
        subset: BothSubsets,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_directory(
        cls,
        images: PathLike,
        masks: PathLike | Mapping[str, PathLike] | None = None,
        *,
        image_suffix: str = "",
        mask_suffix: str = "",
        follow_links: bool = False,
        subset: Subset | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_directory(
        cls,
        images: PathLike,
        masks: PathLike | Mapping[str, PathLike] | None = None,
        *,
        image_suffix: str = "",
        mask_suffix: str = "",
        follow_links: bool = False,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from two directories, pairing files by relative stem: `images/a/b.jpg`, `masks/a/b.png`.

        Names may differ by suffixes, and both may share a directory:
        `image_suffix="_leftImg8bit", mask_suffix="_gtFine_labelIds"` pairs Cityscapes, and `mask_suffix="_L"` CamVid.
        Patterns pair by the text that their wildcards match: `images="data/**/*.jpg", masks="data/**/*_mask.png"`.

        Polygon files (.json) of Cityscapes and LabelMe are masks where a pattern or suffix selects them, where the
        directory holds no pictures, and where it is the directory of the images: `a.jpg`, `a.json`.

        Subdirectories are included; hidden files and folders, and files that are not images, are skipped. Files without
        a partner are left out, with a warning. Samples are in natural order, `img2` before `img10`.

        Directories and patterns may be URLs. http(s) servers list a directory by an index page, if at all; otherwise
        use `from_csv`.

        Args:
            images: directory of the images; or a pattern, in which `*` matches any text in a name, `?` one character,
                `[abc]` one of several, and `**/` any folders.
            masks: likewise for the masks. `{"organ": "organs", "lesion": "lesions"}`: those of each class; an image may
                lack some of them. None: all images, without masks.
            image_suffix: ending of the image stems; files without it are skipped.
            mask_suffix: ending of the mask stems. In a shared directory, files with this suffix are masks, and the
                others images.
            follow_links: whether to walk folders that are symbolic links.
            subset: "training" or "validation": which subset this sequence is, with `validation_split` or `fold`; or
                "both": a pair of sequences, training and validation. The subsets are disjoint, cover all data and
                depend only on `seed`.
            **arguments: `validation_split`: share of the samples for validation, above 0 and below 1, chosen by `seed`.
                `fold`: (i, k) instead: fold `i`, from 0, of `k` is for validation; the folds are disjoint and cover all
                data. `groups`: samples of one group, such as the frames of a video, stay in one subset: one value for
                each sample, a function of an image's path, or a regular expression with one group that is searched in
                it, such as `r"(patient[0-9]+)"`; in tables also the name of a column. Sizes are then as near as groups
                allow. `stratify`: whether classes have similar shares in both subsets (iterative stratification,
                Sechidis et al. 2011; with `groups`, by moving and swapping them); it reads all masks once, and
                `statistics_dir` saves later runs the time. `validation_transform`: with "both", the transform of the
                validation subset, whose epochs are all its samples, in order, with the class weights of training.
                Further arguments of the class, of which `additional` takes directories or patterns here, and pairs
                files as for masks: `additional={"depth": "data/depth"}`.

        Raises:
            ValueError: a directory is missing or empty, nothing can be paired (the message suggests suffixes that would
                pair); or as for the class.
            ReadError: a URL cannot be listed.
        """
        split = cls._take_split(subset, arguments)
        if masks is None and mask_suffix:
            raise ValueError(f"mask_suffix={mask_suffix!r} without masks; expected the directory of the masks")
        found = find_samples(
            images,
            masks,
            _additional(arguments),
            image_suffix=image_suffix,
            mask_suffix=mask_suffix,
            follow_links=follow_links,
            any_image=arguments.get("read_image") is not None,
            any_mask=arguments.get("read_mask") is not None,
        )
        made: Self | tuple[Self, Self] = cls._from_found(found, split, arguments)
        return made

    @overload
    @classmethod
    def from_dataframe(
        cls,
        df: DataFrame,
        *,
        image_col: str = "image",
        mask_col: str | Mapping[str, str] | None = "mask",
        root: PathLike | None = None,
        subset: BothSubsets,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_dataframe(
        cls,
        df: DataFrame,
        *,
        image_col: str = "image",
        mask_col: str | Mapping[str, str] | None = "mask",
        root: PathLike | None = None,
        subset: Subset | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_dataframe(
        cls,
        df: DataFrame,
        *,
        image_col: str = "image",
        mask_col: str | Mapping[str, str] | None = "mask",
        root: PathLike | None = None,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from two columns of paths in a data frame.

        Args:
            df: a pandas data frame, or any object with `columns` and `df[column]`.
            image_col: column of the image paths.
            mask_col: column of the mask paths; or columns by class, `{"organ": "organ_path"}`, whose cells may be
                empty. None: images without masks.
            root: directory or URL that relative paths start from. None: the working directory.
            subset: as in `from_directory`.
            **arguments: those of a split, as in `from_directory`; further arguments of the class, of
                which `additional` takes names of columns here: `additional={"depth": "depth_path"}`.

        Raises:
            ValueError: a column or a path is missing; or as for the class.
        """
        split = cls._take_split(subset, arguments)
        split = split.with_groups(groups_in_dataframe(df, split.groups))
        found = read_dataframe_pairs(df, image_col, mask_col, root, _additional(arguments))
        made: Self | tuple[Self, Self] = cls._from_found(found, split, arguments)
        return made

    @overload
    @classmethod
    def from_csv(
        cls,
        path: PathLike,
        *,
        image_col: str = "image",
        mask_col: str | Mapping[str, str] | None = "mask",
        root: PathLike | None = None,
        mask_format: MaskFormat = "files",
        class_col: str | None = None,
        subset: BothSubsets,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_csv(
        cls,
        path: PathLike,
        *,
        image_col: str = "image",
        mask_col: str | Mapping[str, str] | None = "mask",
        root: PathLike | None = None,
        mask_format: MaskFormat = "files",
        class_col: str | None = None,
        subset: Subset | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_csv(
        cls,
        path: PathLike,
        *,
        image_col: str = "image",
        mask_col: str | Mapping[str, str] | None = "mask",
        root: PathLike | None = None,
        mask_format: MaskFormat = "files",
        class_col: str | None = None,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from two columns of paths in a CSV file with a header, or of paths and run lengths.

        Args:
            path: path or URL of the CSV file.
            image_col: column of the image paths.
            mask_col: column of the mask paths, or run lengths; or columns by class, `{"organ": "organ_path"}`, whose
                cells may be empty. None: images without masks.
            root: directory or URL that relative paths start from. None: the directory of the CSV file.
            mask_format: "files", or "rle": `mask_col` holds run lengths as on Kaggle, "start length start length ...",
                with starts from 1, down the columns; empty without an object. An image may have several rows; later
                ones lie over earlier ones. Class 0 is the background. With `mask_encoding="multi_label"` rows overlap,
                and there is no background: y's channel 0 is class 1.
            class_col: with "rle", column of the class of each row: an id from 1, or a name, numbered from 1 in
                alphabetical order. None: all are class 1.
            subset: as in `from_directory`.
            **arguments: those of a split, as in `from_directory`; further arguments of the class, of
                which `additional` takes names of columns here: `additional={"depth": "depth_path"}`.

        Raises:
            ValueError: a column or a path is missing; or as for the class.
            FileNotFoundError: there is no such CSV file.
            ReadError: the CSV file cannot be fetched from its URL.
        """
        split = cls._take_split(subset, arguments)
        if mask_format == "rle":
            if isinstance(mask_col, Mapping):
                raise ValueError(
                    'mask_format="rle" with columns by class; expected one column, and class_col= beside it'
                )
            named: Self | tuple[Self, Self] = cls._from_run_lengths(
                path, (image_col, mask_col, class_col), root, split, arguments
            )
            return named
        if mask_format != "files" or class_col is not None:
            raise ValueError(
                f'mask_format={mask_format!r}, class_col={class_col!r}; expected "files" without class_col, or "rle"'
            )
        split = split.with_groups(groups_in_csv(path, split.groups))
        found = read_csv_pairs(path, image_col, mask_col, root, _additional(arguments))
        made: Self | tuple[Self, Self] = cls._from_found(found, split, arguments)
        return made

    @classmethod
    def _from_run_lengths(
        cls: Any,
        path: PathLike,
        columns: tuple[str, str | None, str | None],
        root: PathLike | None,
        split: Split,
        arguments: Mapping[str, Any],
    ) -> Any:
        if arguments.get("additional"):
            raise ValueError(
                'additional= beside mask_format="rle", whose images have several rows; expected one of them'
            )
        found = read_csv_run_lengths(path, *columns, root, split.groups)
        if isinstance(found.classes, int):
            if arguments.get("palette") is None and arguments.get("class_map") is None:
                with_background = arguments.get("mask_encoding") != "multi_label"
                arguments = {"num_classes": found.classes + with_background, **arguments}
        else:
            arguments = class_arguments(found.classes, arguments)
        return cls._from_pairs(found.images, found.masks, split.with_groups(found.groups), arguments)

    @classmethod
    def _from_found(cls: Any, found: FoundSamples, split: Split, arguments: Mapping[str, Any]) -> Any:
        return cls._from_pairs(found.images, found.masks, split, {**arguments, "additional": found.additional or None})

    @classmethod
    def _from_pairs(cls: Any, images: Any, masks: Any, split: Split, arguments: Mapping[str, Any]) -> Any:
        if masks is None and split.needs_counts:
            raise ValueError("stratify=True without masks; expected masks, or stratify=False")
        counts = cls._count_classes(images, masks, arguments) if split.needs_counts else None
        if not split.is_split:
            return cls(images, masks, **arguments)
        additional = _additional(arguments)
        check_lengths(additional, len(images))
        if isinstance(masks, Mapping):
            check_class_masks(masks)
            for name, values in masks.items():
                check_length(name, len(values), len(images))

        def make(indices: Indices, arguments: Mapping[str, Any]) -> Any:
            if additional:
                arguments = {**arguments, "additional": _subset_of(additional, indices)}
            of_masks = None if masks is None else _subset_of(masks, indices)
            subset = cls(_subset_of(images, indices), of_masks, **arguments)
            if counts is not None and arguments.get("tiles") is None:  # they are of whole files
                subset._scan.adopt(counts.take(indices))
            return subset

        return cls._make_subsets(split, split.subsets(images, arguments, counts), make, arguments)

    @classmethod
    def _count_classes(cls: Any, images: Any, masks: Any, arguments: Mapping[str, Any]) -> ClassCounts:
        """Count the pixels of each class in all masks, before the split."""
        # Without arguments that do not concern masks, or that need the counts themselves.
        without: dict[str, Any] = dict.fromkeys(("transform", "oversample", "class_weights", "samples_per_epoch"))
        without |= {"repeats": 1, "tiles": None}
        if arguments.get("cache") == "memory":
            without |= {"cache": None, "cache_limit": None}
        with cls(images, masks, **{**arguments, **without, "drop_remainder": False, "shard": (0, 1)}) as all_samples:
            counts: ClassCounts = all_samples.class_statistics().counts
            return counts


def _additional(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the argument `additional`, and check that it is a dict."""
    return checked_additional(arguments.get("additional"))


def _subset_of(values: Any, indices: Iterable[int]) -> Any:
    if isinstance(values, Mapping):
        return {name: _subset_of(parts, indices) for name, parts in values.items()}
    can_take = isinstance(values, PairedPaths | Annotations | ItemSource)
    return values.take(indices) if can_take else [values[i] for i in indices]
