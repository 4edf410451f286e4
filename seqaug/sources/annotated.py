"""Images in files whose masks are drawn from annotations: run lengths, or the polygons of COCO."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, ClassVar, Final

import numpy as np

from seqaug.reading.readers import BUILT_IN, Readers
from seqaug.reading.sizes import Size
from seqaug.reading.windows import Bounds
from seqaug.sources.base import CacheKey, Sample
from seqaug.sources.files import ImageFiles, Path, size_of
from seqaug.sources.string_table import pack_strings
from seqaug.utils.redaction import shown

Array = np.ndarray[Any, Any]

# Paints an object into the columns of an image, (width, height), with a value.
Paint = Callable[[Array, int], None]

IGNORED: Final = 65_535  # the class id of objects whose pixels are ignored


class Annotations(ABC):
    """What is to be drawn in the mask of each sample, as text that workers share; masks are drawn where needed.

    Args:
        texts: one for each sample.
        has_ignored: whether there may be objects of the class `IGNORED`; an attribute.
    """

    kind: ClassVar[str]
    """Names the form of the texts, and how they are drawn, in cache keys."""

    def __init__(self, texts: Sequence[str], *, has_ignored: bool = False) -> None:
        self._texts = texts
        self.has_ignored = has_ignored
        self._overlapping: int | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_texts": pack_strings(self._texts)}

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, index: int) -> str:
        return self._texts[index]

    def take(self, indices: Iterable[int]) -> Annotations:
        """Return those of some samples."""
        taken = copy.copy(self)
        taken._texts = [self._texts[index] for index in indices]
        return taken

    def size(self, text: str) -> tuple[int, int] | None:
        """Return the (height, width) that a text gives for its image; None if it gives none."""
        return None

    def with_planes(self, num_classes: int) -> Annotations:
        """Return the same, drawn as a plane for each class, so that classes overlap."""
        with_planes = copy.copy(self)
        with_planes._overlapping = num_classes
        return with_planes

    @abstractmethod
    def objects(self, text: str, height: int, width: int) -> Iterable[tuple[int, Paint]]:
        """Give the class id of each object, from 1 or `IGNORED`, and what paints it.

        Where objects overlap, later ones lie over earlier ones, and ignored ones below all.

        Raises:
            ValueError: the text is broken.
        """

    def draw(self, text: str, height: int, width: int) -> Array:
        """Draw a mask.

        Returns:
            Ids, 0 outside and `IGNORED`, (height, width), uint16; or planes of K classes, (height, width, K) bool, and,
            where there may be ignored objects, a last one of their pixels that are in no class.

        Raises:
            ValueError: the text is broken, or has a class without a plane.
        """
        if self._overlapping is not None:
            return self._drawn_planes(text, height, width, self._overlapping)
        columns = np.zeros((width, height), np.uint16)
        for label, paint in self.objects(text, height, width):
            paint(columns, label)
        return np.ascontiguousarray(columns.T)

    def _drawn_planes(self, text: str, height: int, width: int, count: int) -> Array:
        # By class in memory: pages of classes that a sample has none of are never touched.
        planes = np.zeros((count + self.has_ignored, width, height), bool)
        for label, paint in self.objects(text, height, width):
            if label > count and label != IGNORED:
                raise ValueError(
                    f"its class id is {label}, and there are {count} classes; expected ids from 1 to {count}: classes "
                    "that overlap have no background"
                )
            paint(planes[min(label - 1, count)], True)
            if self.has_ignored and label != IGNORED:
                paint(planes[count], False)  # ignored ones came before
        return planes.T


class AnnotatedFiles:
    """Images in files, and annotations of them, by index.

    Args:
        images: paths or URLs of the images.
        annotations: one for each image.
        color_mode: how images are read, see `seqaug.reading.images.read_image`.
        readers: functions in the place of the built-in readers.

    Raises:
        ValueError: there are more or fewer annotations than images.
    """

    has_cache_keys = True

    def __init__(
        self, images: Iterable[Path], annotations: Annotations, *, color_mode: str, readers: Readers = BUILT_IN
    ) -> None:
        self._files = ImageFiles(images, color_mode=color_mode, readers=readers)
        self._annotations = annotations
        if len(self._files) != len(annotations):
            raise ValueError(
                f"{len(self._files)} images and {len(annotations)} annotations; expected one for each image"
            )

    @property
    def fingerprint(self) -> str:
        """How images are read, and masks drawn."""
        return f"{self._files.fingerprint} {self._annotations.kind}"

    @property
    def image_files(self) -> ImageFiles:
        """The images."""
        return self._files

    @property
    def annotations(self) -> Annotations:
        """What is to be drawn, by the index of the image."""
        return self._annotations

    @property
    def image_paths(self) -> Sequence[str]:
        """The paths of the images."""
        return self._files.image_paths

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> Sample:
        return Sample(self._files[index].image, self._annotations[index])

    def sizes(self, index: int) -> dict[str, Size]:
        """Return the image's height and width, and those of its annotations if they say them."""
        annotated = self._annotations.size(self._annotations[index])
        return {**self._files.sizes(index), **({} if annotated is None else {"mask": annotated})}

    def load(self, index: int) -> Mapping[str, Array]:
        """Read the image, and draw its mask."""
        image = self._files.load(index)["image"]
        return {"image": image, "mask": self._draw(index, (image.shape[0], image.shape[1]))}

    def load_mask(self, index: int) -> Array:
        """Draw the mask; if only the image tells its size, by its header, or else by reading it."""
        return self._draw(index, None)

    def _draw(self, index: int, image_size: Size | None) -> Array:
        text = self._annotations[index]
        size = self._annotations.size(text) or image_size or self._files.sizes(index)["image"]
        return self._annotations.draw(text, *size)

    @property
    def names(self) -> tuple[str, ...]:
        """Image and mask."""
        return "image", "mask"

    def load_window(self, index: int, bounds: Bounds, names: Collection[str]) -> dict[str, Array]:
        """Read a window of the image, if it can be; masks are drawn whole."""
        return self._files.load_window(index, bounds, names)

    def load_whole(self, index: int, names: Collection[str]) -> dict[str, Array]:
        """Read the image, and draw its mask, as named."""
        found = self._files.load_whole(index, names)
        if "mask" in names:
            found["mask"] = self._draw(index, size_of(found["image"]) if found else None)
        return found

    def decodes_whole(self, index: int) -> bool:
        """Return True: a mask is drawn whole."""
        return True

    def describe(self, index: int) -> str:
        """Name the image."""
        return f"image {shown(self._files[index].image)}, its annotations"

    def cache_key(self, index: int) -> CacheKey | None:
        """Return the key of the image, and a digest of its annotations."""
        key = self._files.cache_key(index)
        if key is None:
            return None
        digest = blake2b(self._annotations[index].encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        return CacheKey(key.name, f"{key.state} {digest}")
