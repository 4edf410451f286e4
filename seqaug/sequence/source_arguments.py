"""The data source that the arguments `images`, `masks` and `num_samples` describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqaug.core.user_warnings import warn_user
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.polygon_labels import polygon_reader
from seqaug.reading.readers import BUILT_IN, Readers
from seqaug.sources.annotated import AnnotatedFiles, Annotations
from seqaug.sources.arrays import ArrayPairs, ImageArrays, are_arrays
from seqaug.sources.base import DataSource
from seqaug.sources.class_masks import ClassMaskArrays, ClassMaskFiles, check_class_masks, warn_of_pairs
from seqaug.sources.files import FilePairs, ImageFiles, as_path_list
from seqaug.sources.index_only import IndexOnlySource
from seqaug.sources.items import ItemSource
from seqaug.utils.validation import whole_number


def source_of_images(
    images: Any,
    num_samples: int | None,
    *,
    loads_itself: bool,
    color_mode: str,
    readers: Readers = BUILT_IN,
    missing: str = "no images; expected a sequence of paths, an array",
) -> DataSource:
    """Create the source of images alone, or of what a subclass loads itself.

    Args:
        images: paths or arrays; None where a subclass loads the samples.
        num_samples: number of samples where there are no images; else None.
        loads_itself: whether a subclass overrides `load`.
        color_mode: how files are read.
        readers: functions in the place of the built-in readers.
        missing: the message where there is nothing to load, without its end.

    Raises:
        ValueError: there are no samples, or the arguments contradict each other.
    """
    if images is None:
        if not loads_itself or num_samples is None:
            raise ValueError(f"{missing}, or a subclass that overrides load(self, index) and says num_samples=")
        return IndexOnlySource(whole_number("num_samples", num_samples, 1))
    if num_samples is not None:
        raise ValueError(
            f"num_samples={num_samples} beside images, which give the number of samples; expected one of them"
        )
    source: DataSource
    if isinstance(images, ItemSource):
        _refuse_readers(readers)
        return images.reading(color_mode, colored_masks=False)
    if are_arrays(images):
        _refuse_readers(readers)
        source = ImageArrays(images)
    else:
        source = ImageFiles(images, color_mode=color_mode, readers=readers)
    if not len(source):
        raise ValueError("no samples: images is empty; expected at least one")
    return source


def source_of_pairs(
    images: Any,
    masks: Any,
    num_samples: int | None,
    *,
    color_mode: str,
    labels: LabelSpec,
    readers: Readers = BUILT_IN,
) -> DataSource:
    """Create the source of images and masks.

    Args:
        images: paths or arrays.
        masks: as many paths or arrays.
        num_samples: None.
        color_mode: how image files are read.
        labels: the classes; where masks are polygon files, they are told so.
        readers: functions in the place of the built-in readers.

    Raises:
        TypeError: paths on one side and arrays on the other.
        ValueError: there are no samples, or the arguments contradict each other.
    """
    if images is None:
        raise ValueError("images is missing; expected both images and masks, or images alone to predict on")
    if num_samples is not None:
        raise ValueError(
            f"num_samples={num_samples} beside images and masks, which give the number of samples; expected either"
        )
    source: DataSource
    overlapping = labels.overlapping
    if isinstance(images, ItemSource):
        _refuse_readers(readers)
        return images.reading(color_mode, colored_masks=labels.colored_masks)
    if isinstance(masks, Annotations):
        drawn = masks if overlapping is None else masks.with_planes(overlapping)
        source = AnnotatedFiles(images, drawn, color_mode=color_mode, readers=readers)
        if not len(source):
            raise ValueError("no samples: the annotations name no image; expected at least one")
        return source
    if isinstance(masks, Mapping):
        check_class_masks(masks)
        if are_arrays(next(iter(masks.values()))):
            masks = ClassMaskArrays(masks, one_label=overlapping is None)
        elif not are_arrays(images):
            source = ClassMaskFiles(
                images, masks, one_label=overlapping is None, color_mode=color_mode, readers=readers
            )
            warn_of_pairs(source)
            if not len(source):
                raise ValueError("no samples: images and masks are empty; expected at least one pair")
            return source
    if are_arrays(images) != are_arrays(masks):
        raise TypeError("images and masks are paths on one side and arrays on the other; expected the same for both")
    if are_arrays(images):
        _refuse_readers(readers)
        source = ArrayPairs(images, masks)
    else:
        paths = as_path_list(masks, "masks")
        polygons = polygon_reader(labels, paths) if readers.mask is None else None
        source = FilePairs(
            images,
            paths,
            color_mode=color_mode,
            colored_masks=labels.colored_masks,
            readers=readers,
            planes=overlapping is not None,
            polygons=polygons,
        )
        for warning in source.pairing_warnings():
            warn_user(warning)
    if not len(source):
        raise ValueError("no samples: images and masks are empty; expected at least one pair")
    return source


def readers_of(
    read_image: Any,
    read_mask: Any,
    reader_name: Any,
    *,
    color_mode: str,
    has_masks: bool,
    directories: Mapping[str, Any],
) -> Readers:
    """Validate the arguments `read_image`, `read_mask` and `reader_name`.

    Args:
        read_image: a function, or None.
        read_mask: likewise.
        reader_name: text that identifies them, or None.
        color_mode: how the built-in reader reads images.
        has_masks: whether there are masks.
        directories: what keeps samples or counts, by the names of the arguments.

    Raises:
        TypeError: a reader is not callable, or the name is no text.
        ValueError: they contradict other arguments, or a directory outlives readers without a name.
    """
    readers = {"read_image": read_image, "read_mask": read_mask}
    given = {name: reader for name, reader in readers.items() if reader is not None}
    for name, reader in given.items():
        if not callable(reader):
            raise TypeError(f"{name}={reader!r}; expected a function from a path to an array, or None")
    if reader_name is not None and not isinstance(reader_name, str):
        raise TypeError(f'reader_name={reader_name!r}; expected a text, such as "nifti 1", or None')
    if reader_name is not None and not given:
        raise ValueError(f"reader_name={reader_name!r} without read_image and read_mask, which it names")
    if read_mask is not None and not has_masks:
        raise ValueError("read_mask without masks; expected masks as well")
    if read_image is not None and color_mode != "rgb":
        raise ValueError(
            f"color_mode={color_mode!r} beside read_image, which decides on channels itself; expected one of them"
        )
    kept = [name for name, value in directories.items() if value is not None and value != "memory"]
    if given and kept and not reader_name:
        raise ValueError(
            f"{kept[0]}={str(directories[kept[0]])!r} is kept between runs, and a later run could not see that "
            f'{" or ".join(given)} has changed; expected reader_name=, such as "nifti 1", to change whenever they do'
        )
    return Readers(read_image, read_mask, reader_name)


def _refuse_readers(readers: Readers) -> None:
    if readers.fingerprint:
        raise ValueError("read_image and read_mask read files, and images are not paths; expected paths, or no reader")
