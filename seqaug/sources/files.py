"""Files: image/mask pairs, images alone, and masks alone."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from seqaug.reading.file_bytes import read_bytes
from seqaug.reading.georeference import StoredGeoreference, stored_georeference
from seqaug.reading.images import decode_image, read_image
from seqaug.reading.masks import read_class_ids, read_mask, read_mask_colors, read_planes
from seqaug.reading.nodata import stored_nodata
from seqaug.reading.polygons import PolygonReader
from seqaug.reading.readers import BUILT_IN, Readers, read_with
from seqaug.reading.sizes import Size, stored_size
from seqaug.reading.windows import Bounds, read_image_window, read_mask_window, stores_windows
from seqaug.remote.fetch import require
from seqaug.remote.urls import is_url
from seqaug.sources.base import CacheKey, ImageSample, Sample
from seqaug.sources.cache_keys import FileKeys
from seqaug.sources.discovery.pair_warnings import PairedPaths, folder_warnings, order_warnings
from seqaug.sources.string_table import pack_strings
from seqaug.utils.redaction import shown

Path = str | os.PathLike[str]


class FilePairs:
    """Images and masks in files, paired by index.

    Args:
        images: paths or URLs of the images.
        masks: paths or URLs of the masks, one for each image.
        color_mode: how images are read, see `seqaug.reading.images.read_image`.
        colored_masks: whether mask pixels are palette colours, or class ids.
        readers: functions in the place of the built-in readers.
        planes: whether each band of a mask file is the mask of a class.
        polygons: reads the masks, where they are polygon files.

    Attributes:
        polygons: the same.

    Raises:
        ValueError: the lists differ in length, or are the same.
        TypeError: an item is not a path.
        ImportError, ReadError: URLs cannot be read, see `as_path_list`.
    """

    has_cache_keys = True

    def __init__(
        self,
        images: Iterable[Path],
        masks: Iterable[Path],
        *,
        color_mode: str,
        colored_masks: bool,
        readers: Readers = BUILT_IN,
        planes: bool = False,
        polygons: PolygonReader | None = None,
    ) -> None:
        self._are_paired = isinstance(images, PairedPaths)
        self._images: Sequence[str] = as_path_list(images, "images")
        self._masks: Sequence[str] = as_path_list(masks, "masks")
        if len(self._images) != len(self._masks):
            raise ValueError(
                f"{len(self._images)} images and {len(self._masks)} masks; expected one mask for each image, in the "
                "same order; SegmentationSequence.from_directory pairs files by name and reports unpaired ones"
            )
        # One .npz may hold both, and a reader of the user's may find both in one file.
        may_be_same = readers.mask is not None or (self._images and self._images[0].lower().endswith(".npz"))
        if self._images and self._images == self._masks and not may_be_same:
            raise ValueError(
                f"images and masks are the same files, such as {shown(self._images[0])}; expected the images, and the "
                "mask of each"
            )
        self._keys = FileKeys(len(self._images))
        self._color_mode = color_mode
        read_one: Callable[..., np.ndarray[Any, Any]] = read_mask_colors if colored_masks else read_mask
        self._read_mask = read_planes if planes else read_one
        self._readers = readers
        self.polygons = polygons

    def __getstate__(self) -> dict[str, Any]:
        # Local workers share the packed paths of all samples; remote ones receive only the paths of their samples.
        return {**self.__dict__, "_images": pack_strings(self._images), "_masks": pack_strings(self._masks)}

    @property
    def fingerprint(self) -> str:
        """Colour mode, kind of mask, and OpenCV, whose versions may decode to values that differ by one."""
        own = self._readers.fingerprint
        kind = self._read_mask.__name__ if self.polygons is None else self.polygons.fingerprint
        return f"files {self._color_mode} {kind} OpenCV {cv2.__version__}{own and f' {own}'}"

    @property
    def image_paths(self) -> Sequence[str]:
        """The paths of the images."""
        return self._images

    @property
    def color_mode(self) -> str:
        """How image files are read."""
        return self._color_mode

    @property
    def readers(self) -> Readers:
        """The functions in the place of the built-in readers."""
        return self._readers

    def pairing_warnings(self) -> Iterator[str]:
        """Yield why images and masks look swapped or mispaired, judging by their paths."""
        if self._images:
            yield from folder_warnings(self._images[0], self._masks[0])
            if not self._are_paired:
                yield from order_warnings(self._images, self._masks)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        return Sample(self._images[index], self._masks[index])

    def subset(self, indices: Iterable[int]) -> FilePairs:
        """Return the source of some of the pairs, in the order of `indices`."""
        subset = copy.copy(self)
        chosen = list(indices)
        subset._images = [self._images[index] for index in chosen]
        subset._masks = [self._masks[index] for index in chosen]
        subset._keys = FileKeys(len(chosen))
        return subset

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Read both files."""
        if self.polygons is not None and self.readers.image is None:
            image, data = self._images[index], read_bytes(self._images[index])
            pixels = decode_image(image, data, self.color_mode)
            return {"image": pixels, "mask": self.polygons.read(self._masks[index], data)}
        return {"image": self.load_image(index), "mask": self.load_mask(index)}

    def load_image(self, index: int) -> np.ndarray[Any, Any]:
        """Read the image file."""
        if self._readers.image is not None:
            return read_with(self._readers.image, self._images[index], "read_image")
        return read_image(self._images[index], self._color_mode)

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Read the mask file."""
        if self._readers.mask is not None:
            return read_with(self._readers.mask, self._masks[index], "read_mask")
        path, image = self._masks[index], self._images[index]
        if self.polygons is None:
            return self._read_mask(path, **({} if self._read_mask is read_planes else {"marks_nodata": True}))
        # Of a URL, `load` checks it.
        knows_image = self.readers.image is None and not is_url(image)
        return self.polygons.read(path, read_bytes(image) if knows_image else None)

    def georeferences(self, index: int) -> tuple[StoredGeoreference | None, StoredGeoreference | None]:
        """Return where image and mask lie, by their headers."""
        image = stored_georeference(self._images[index]) if self._readers.image is None else None
        mask = stored_georeference(self._masks[index]) if self._readers.mask is None else None
        return image, mask

    def mask_nodata(self, index: int) -> float | None:
        """Return the value of pixels without data that the header of a mask declares; None for URLs, and readers."""
        path = self._masks[index]
        return None if self._readers.mask is not None or is_url(path) else stored_nodata(path)

    @property
    def names(self) -> tuple[str, ...]:
        """Image and mask."""
        return "image", "mask"

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Read a window of the files, without those that can only be read whole."""
        found: dict[str, np.ndarray[Any, Any] | None] = {}
        if "image" in names and self._readers.image is None:
            found["image"] = read_image_window(self._images[index], bounds, self._color_mode)
        if "mask" in names and self._mask_has_windows(index):
            path = self._masks[index]
            found["mask"] = read_mask_window(
                path, bounds, colored=self._read_mask is read_mask_colors, marks_nodata=True
            )
        return {name: pixels for name, pixels in found.items() if pixels is not None}

    def _mask_has_windows(self, index: int) -> bool:
        if self._readers.mask is not None or self.polygons is not None:
            return False
        if self._read_mask not in (read_mask, read_mask_colors):
            return False
        return self._read_mask is read_mask or not self._masks[index].lower().endswith(".npy")

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Read the files of the named arrays."""
        load = {"image": self.load_image, "mask": self.load_mask}
        return {name: load[name](index) for name in names}

    def decodes_whole(self, index: int) -> bool:
        """Whether one of the files must be decoded whole for a window."""
        return (
            self._readers.image is not None
            or not self._mask_has_windows(index)
            or not (stores_windows(self._images[index]) and stores_windows(self._masks[index]))
        )

    def sizes(self, index: int) -> dict[str, Size]:
        """Return the heights and widths of both, by headers where these tell them."""
        image = stored_size(self._images[index]) if self._readers.image is None else None
        mask = stored_size(self._masks[index]) if self._readers.mask is None else None
        if self.polygons is not None:
            mask = self.polygons.size(self._masks[index])
        return {
            "image": image or size_of(self.load_image(index)),
            "mask": mask or size_of(self.load_mask(index)),
        }

    def describe(self, index: int) -> str:
        """Name both files."""
        return f"image {shown(self._images[index])}, mask {shown(self._masks[index])}"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return both files' absolute paths with sizes and times, or remote states; None if one is missing."""
        return self._keys.of(index, [self._images[index], self._masks[index]])


class ImageFiles:
    """Images in files, without masks.

    Args:
        images: paths or URLs of the images.
        color_mode: how images are read, see `seqaug.reading.images.read_image`.
        readers: functions in the place of the built-in readers.

    Raises:
        TypeError: an item is not a path.
        ImportError, ReadError: URLs cannot be read, see `as_path_list`.
    """

    has_cache_keys = True

    def __init__(self, images: Iterable[Path], *, color_mode: str, readers: Readers = BUILT_IN) -> None:
        self._images: Sequence[str] = as_path_list(images, "images")
        self._keys = FileKeys(len(self._images))
        self._color_mode = color_mode
        self._readers = readers

    def __getstate__(self) -> dict[str, Any]:
        # Local workers share the packed paths of all samples; remote ones receive only the paths of their samples.
        return {**self.__dict__, "_images": pack_strings(self._images)}

    @property
    def fingerprint(self) -> str:
        """Colour mode, and OpenCV, whose versions may decode to values that differ by one."""
        own = self._readers.fingerprint
        return f"image files {self._color_mode} OpenCV {cv2.__version__}{own and f' {own}'}"

    @property
    def image_paths(self) -> Sequence[str]:
        """The paths of the images."""
        return self._images

    @property
    def color_mode(self) -> str:
        """How image files are read."""
        return self._color_mode

    @property
    def readers(self) -> Readers:
        """The functions in the place of the built-in readers."""
        return self._readers

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> ImageSample:
        return ImageSample(self._images[index])

    def load(self, index: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """Read the file."""
        return {"image": self.load_image(index)}

    def load_image(self, index: int) -> np.ndarray[Any, Any]:
        """Read the file."""
        if self._readers.image is not None:
            return read_with(self._readers.image, self._images[index], "read_image")
        return read_image(self._images[index], self._color_mode)

    @property
    def names(self) -> tuple[str, ...]:
        """The image."""
        return ("image",)

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Read a window of the file; nothing if it can only be read whole."""
        if self._readers.image is not None or "image" not in names:
            return {}
        image = read_image_window(self._images[index], bounds, self._color_mode)
        return {} if image is None else {"image": image}

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, np.ndarray[Any, Any]]:
        """Read the file."""
        return dict(self.load(index)) if "image" in names else {}

    def decodes_whole(self, index: int) -> bool:
        """Whether the file must be decoded whole for a window."""
        return self._readers.image is not None or not stores_windows(self._images[index])

    def sizes(self, index: int) -> dict[str, Size]:
        """Return the image's height and width, by its header if that tells them."""
        image = stored_size(self._images[index]) if self._readers.image is None else None
        return {"image": image or size_of(self.load(index)["image"])}

    def georeferences(self, index: int) -> tuple[StoredGeoreference | None, StoredGeoreference | None]:
        """Return where the image lies, by its header, and None."""
        return (stored_georeference(self._images[index]) if self._readers.image is None else None), None

    def describe(self, index: int) -> str:
        """Name the file."""
        return f"image {shown(self._images[index])}"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the file's absolute path with size and time, or its remote state; None if it is missing."""
        return self._keys.of(index, [self._images[index]])


class MaskFiles:
    """Masks in files, without images.

    Args:
        paths: paths or URLs of the masks.
        colored: whether pixels are palette colours, or class ids.
        planes: whether each band of a file is the mask of a class.
        polygons: reads the masks, where they are polygon files.
    """

    def __init__(
        self, paths: Sequence[str], *, colored: bool, planes: bool = False, polygons: PolygonReader | None = None
    ) -> None:
        self._paths = paths
        self._read = read_planes if planes else read_mask_colors if colored else read_class_ids
        if polygons is not None:
            self._read = polygons.read

    def __len__(self) -> int:
        return len(self._paths)

    def load_mask(self, index: int) -> np.ndarray[Any, Any]:
        """Read the file."""
        return self._read(self._paths[index])

    def describe(self, index: int) -> str:
        """Name the file."""
        return shown(self._paths[index])


def size_of(pixels: Any) -> Size:
    """Return the height and width of an array."""
    height, width = np.shape(pixels)[:2]
    return height, width


def as_path_list(paths: Iterable[Path], argument: str) -> list[str]:
    """Return paths and URLs as a list of strings.

    Args:
        paths: any iterable of them.
        argument: its name, for messages.

    Raises:
        TypeError: it is a single path, or an item is not a path.
        ImportError: a package that reads the first URL is not installed.
        ReadError: the first URL's protocol is unknown.
    """
    if isinstance(paths, str | os.PathLike):
        raise TypeError(
            f"{argument}={shown(paths)!r} is one path; expected a sequence of paths, or from_directory if it is a "
            "folder"
        )
    try:
        listed = [os.fspath(path) for path in paths]
    except TypeError as error:
        raise TypeError(f"{argument} must be a sequence of paths or an array of pixels: {error}") from error
    if listed and is_url(listed[0]):  # the others mostly share its protocol
        require(listed[0])
    return listed
