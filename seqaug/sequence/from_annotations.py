"""Constructors of `SegmentationSequence` from annotations, and from data sets of other libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, overload

from seqaug.core.user_warnings import warn_user
from seqaug.sequence.annotated_arguments import class_arguments
from seqaug.sequence.arguments import BothSubsets, PathLike, SegmentationConstructorArguments, Subset
from seqaug.sequence.from_pairs import FromPairs
from seqaug.sources.annotated import IGNORED
from seqaug.sources.coco import Classes, read_coco
from seqaug.sources.items import IMAGE_KEY, MASK_KEY, ItemSource, Key

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack


class FromAnnotations(FromPairs):
    """Constructors that draw masks, or take samples from other libraries' data sets."""

    @overload
    @classmethod
    def from_coco(
        cls,
        annotations: PathLike | Mapping[str, Any],
        images: PathLike,
        *,
        classes: Classes | None = None,
        subset: BothSubsets,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_coco(
        cls,
        annotations: PathLike | Mapping[str, Any],
        images: PathLike,
        *,
        classes: Classes | None = None,
        subset: Subset | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_coco(
        cls,
        annotations: PathLike | Mapping[str, Any],
        images: PathLike,
        *,
        classes: Classes | None = None,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from COCO's annotations: polygons and run lengths, drawn where samples are loaded.

        Class 0 is the background, and the categories are classes from 1, by ascending category id. Where objects
        overlap, the smaller one is on top. Crowds (`iscrowd`) lie below all objects, and are ignored: where the file
        has some, `ignore_index` is 255 (65,535 above 255 classes). Images without annotations are background. Polygons
        are clipped to the image. `seqaug[coco]` installs pycocotools, which draws them.

        With `mask_encoding="multi_label"` there is no background: the categories are classes from 0, a pixel has those
        of all its objects, and crowds outside of these are in no class; `class_weights="uniform"` gives them the weight
        0.

        Args:
            annotations: path or URL of the JSON file ("instances_train2017.json"), or its content.
            images: directory of the images, or its URL.
            classes: names of the categories that are classes, in id order from 1, `["person", "dog"]`; or categories
                that merge, by the names of the classes, `{"vehicle": ["car", "bus"]}`. Others are background. None: all
                categories.
            subset: as in `from_directory`.
            **arguments: those of a split, as in `from_directory`; further arguments of the class.

        Raises:
            ImportError: pycocotools is missing.
            ReadError: the file is missing, or is not JSON.
            ValueError: it is not COCO's format, refers to categories or images that it does not have, or lacks one of
                `classes`; or as for the class. Broken polygons and run lengths raise when a batch needs them.
        """
        split = cls._take_split(subset, arguments)
        data = read_coco(annotations, images, classes)
        has_crowds = data.masks.has_ignored
        named = class_arguments(data.names, arguments, IGNORED if has_crowds else None)
        if has_crowds and named.get("mask_encoding") == "multi_label" and named.get("class_weights") is None:
            warn_user(
                "the annotations have crowds (iscrowd), which losses would take for pixels without any class; expected "
                'class_weights="uniform", which gives them the weight 0'
            )
        made: Self | tuple[Self, Self] = cls._from_pairs(data.images, data.masks, split, named)
        return made

    @overload
    @classmethod
    def from_source(
        cls,
        source: Any,
        *,
        image: Key = IMAGE_KEY,
        mask: Key | None = MASK_KEY,
        subset: BothSubsets,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> tuple[Self, Self]: ...

    @overload
    @classmethod
    def from_source(
        cls,
        source: Any,
        *,
        image: Key = IMAGE_KEY,
        mask: Key | None = MASK_KEY,
        subset: Subset | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self: ...

    @classmethod
    def from_source(
        cls,
        source: Any,
        *,
        image: Key = IMAGE_KEY,
        mask: Key | None = MASK_KEY,
        subset: Subset | BothSubsets | None = None,
        **arguments: Unpack[SegmentationConstructorArguments],
    ) -> Self | tuple[Self, Self]:
        """Create a sequence from a data set of another library: Hugging Face, TFDS, Grain or torch.

        Images and masks are PIL images, arrays, tensors, the bytes of files, or paths. `color_mode` applies to PIL
        images and encoded ones; arrays are used as they are, (H, W, C), and torch's tensors, (C, H, W), are turned. The
        data set goes to each worker process once; it must be picklable for that, and give the same item at every
        `source[i]`: random transforms belong into `transform`. Only data sets of Hugging Face can be cached, by their
        fingerprint.

        Args:
            source: anything with a length and `source[i]` that gives a dict or a tuple.
            image: key of the image in a dict, or its place in a tuple; by default "image", or the first.
            mask: likewise for the mask; by default "annotation", or the second. None: images without masks.
            subset: as in `from_directory`.
            **arguments: those of a split, as in `from_directory`, of which `groups` is one value for each item; further
                arguments of the class.

        Raises:
            TypeError: `source` has no length or no `[i]`, or gives neither dicts nor tuples.
            ValueError: it is empty, or its first item has no such key; or as for the class.
        """
        split = cls._take_split(subset, arguments)
        items = ItemSource(source, image, mask)
        made: Self | tuple[Self, Self] = cls._from_pairs(items, None if mask is None else items, split, arguments)
        return made
