"""Constructors of `ClassificationSequence`: from folders, tables and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from seqaug.sequence.arguments import Arrays, BothSubsets, ClassificationConstructorArguments, Labels, PathLike, Subset
from seqaug.sequence.constructors import Constructors
from seqaug.sequence.split_arguments import Indices, Split
from seqaug.sources.arrays import are_arrays
from seqaug.sources.class_labels import ClassLabels
from seqaug.sources.discovery.class_folders import images_in_class_folders
from seqaug.sources.discovery.tables import DataFrame, groups_in_dataframe, read_dataframe_labels

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack


class FromLabelled(Constructors):
    """Constructors that find images and labels, and split them on request."""

    @overload
    @classmethod
    def from_directory(
        cls,
        directory: PathLike,
        classes: Sequence[str] | None = None,
        *,
        follow_links: bool = False,
        subset: BothSubsets,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_directory(
        cls,
        directory: PathLike,
        classes: Sequence[str] | None = None,
        *,
        follow_links: bool = False,
        subset: Subset | None = None,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_directory(
        cls,
        directory: PathLike,
        classes: Sequence[str] | None = None,
        *,
        follow_links: bool = False,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from a directory with one folder per class: `directory/cat/1.jpg`, `directory/dog/a/2.png`.

        Class ids are those of Keras: folders sorted as text (`class10` before `class2`). Class folders are walked;
        hidden files and folders, and files that are not images, are skipped. Samples are sorted by class, then in
        natural order (`img2` before `img10`).

        Args:
            directory: path of the directory, or its URL; see `SegmentationSequence.from_directory`.
            classes: folders that are classes, in id order; others are left out. None: all.
            follow_links: whether to walk folders inside the class folders that are symbolic links.
            subset: "training", "validation" or "both", as in `SegmentationSequence.from_directory`; each knows all
                classes.
            **arguments: `validation_split`, `fold`, `groups` and `validation_transform`, as in
                `SegmentationSequence.from_directory`. `stratify`: whether each class has the same share in both
                subsets, as far as whole samples and groups allow. Further arguments of the class.

        Raises:
            ValueError: the directory is missing, or has no folders or no images; or as for the class.
            ReadError: a URL cannot be listed.
        """
        split = cls._take_split(subset, arguments)
        paths, ids, names = images_in_class_folders(directory, classes, follow_links=follow_links)
        made: Self | tuple[Self, Self] = cls._from_labelled(paths, ids, split, {"class_names": names, **arguments})
        return made

    @overload
    @classmethod
    def from_dataframe(
        cls,
        df: DataFrame,
        *,
        image_col: str = "image",
        label_col: str | Sequence[str] | None = "label",
        root: PathLike | None = None,
        subset: BothSubsets,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_dataframe(
        cls,
        df: DataFrame,
        *,
        image_col: str = "image",
        label_col: str | Sequence[str] | None = "label",
        root: PathLike | None = None,
        subset: Subset | None = None,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_dataframe(
        cls,
        df: DataFrame,
        *,
        image_col: str = "image",
        label_col: str | Sequence[str] | None = "label",
        root: PathLike | None = None,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from a data frame with a column of paths, and one column of labels or one per class.

        Args:
            df: a pandas data frame, or any object with `columns` and `df[column]`.
            image_col: column of the image paths.
            label_col: column of class names, class ids, or lists of either ("multi_label"); a list of columns of 0 and
                1, one per class, whose names are the class names; or None, without labels.
            root: directory or URL that relative paths start from. None: the working directory.
            subset: as in `from_directory`.
            **arguments: those of a split, as in `from_directory`; further arguments of the class.

        Raises:
            ValueError: a column or a path is missing; or as for the class.
        """
        split = cls._take_split(subset, arguments)
        split = split.with_groups(groups_in_dataframe(df, split.groups))
        paths, labels = read_dataframe_labels(df, image_col, label_col, root)
        names = {} if label_col is None or isinstance(label_col, str) else {"class_names": list(label_col)}
        made: Self | tuple[Self, Self] = cls._from_labelled(paths, labels, split, {**names, **arguments})
        return made

    @overload
    @classmethod
    def from_arrays(
        cls,
        x: Arrays,
        y: Labels | None = None,
        *,
        subset: BothSubsets,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_arrays(
        cls,
        x: Arrays,
        y: Labels | None = None,
        *,
        subset: Subset | None = None,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_arrays(
        cls,
        x: Arrays,
        y: Labels | None = None,
        *,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[ClassificationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from images in memory, or from a subset of them, without copying.

        Args:
            x: images, (N, H, W, C) or (N, H, W), or a sequence of N arrays of any sizes; uint8, uint16 or float.
            y: as many labels, in any form that the class takes; or None.
            subset: as in `from_directory`.
            **arguments: those of a split, as in `from_directory`; further arguments of the class.

        Raises:
            TypeError: `x` is not an array.
            ValueError: as for the class.
        """
        split = cls._take_split(subset, arguments)
        if not are_arrays(x):
            raise TypeError(
                f"x is a {type(x).__name__}; expected an array (N, H, W, ...), or a sequence of arrays; for a list of "
                "paths, ClassificationSequence(images, labels)"
            )
        made: Self | tuple[Self, Self] = cls._from_labelled(x, y, split, arguments)
        return made

    @classmethod
    def _from_labelled(cls: Any, images: Any, labels: Any, split: Split, arguments: Mapping[str, Any]) -> Any:
        class_labels = None
        if labels is not None and split.is_split:
            class_labels = ClassLabels(
                labels,
                multi_label=arguments.get("label_mode", "int") in ("multi_label", None),
                class_names=arguments.get("class_names"),
                num_classes=arguments.get("num_classes"),
            )
            if len(class_labels) != len(images):
                raise ValueError(
                    f"{len(images)} images and {len(class_labels)} labels; expected one label for each image"
                )
        elif split.needs_counts:
            raise ValueError("stratify=True without labels; expected labels, or stratify=False")
        counts = class_labels.counts if class_labels is not None and split.needs_counts else None
        if not split.is_split:
            return cls(images, labels, **arguments)
        # A subset may lack a class, and must count it all the same.
        classes: dict[str, Any] = {}
        if class_labels is not None:
            classes = {"class_names": class_labels.class_names, "num_classes": class_labels.num_classes}

        def make(indices: Indices, arguments: Mapping[str, Any]) -> Any:
            ids = None if class_labels is None else class_labels.ids(indices)
            return cls([images[i] for i in indices], ids, **{**arguments, **classes})

        return cls._make_subsets(split, split.subsets(images, arguments, counts), make, arguments)
