"""The samples that a check inspects, and the files that they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from seqaug.palette.label_spec import LabelSpec
from seqaug.sources.additional import AdditionalSource, Column
from seqaug.sources.annotated import AnnotatedFiles
from seqaug.sources.base import DataSource
from seqaug.sources.class_masks import ClassMaskFiles
from seqaug.sources.files import FilePairs, ImageFiles
from seqaug.sources.tiled import TiledSource
from seqaug.utils.redaction import shown

Array = np.ndarray[Any, Any]


class Part(NamedTuple):
    """A part of a data set, such as the training set.

    Attributes:
        name: of the part, in reports.
        source: its samples; of tiles, the whole ones.
        labels: what its masks should hold.
        load: loads the arrays of a sample in the place of the source, by its index; or None.
        loaded_kinds: the kinds of the further arrays that `load` gives, by name.
    """

    name: str
    source: DataSource
    labels: LabelSpec
    load: Callable[[int], Mapping[str, Array]] | None = None
    loaded_kinds: Mapping[str, str] = MappingProxyType({})

    @property
    def pairs(self) -> DataSource:
        """The images, and the masks if there are any, without further arrays."""
        return self.source.source if isinstance(self.source, AdditionalSource) else self.source

    @property
    def columns(self) -> Mapping[str, Column]:
        """The further arrays by name."""
        return self.source.columns if isinstance(self.source, AdditionalSource) else {}

    @property
    def kinds(self) -> Mapping[str, str]:
        """The kinds of further arrays by name."""
        return self.loaded_kinds if self.load is not None else {name: of.kind for name, of in self.columns.items()}

    @property
    def image_files(self) -> FilePairs | ImageFiles | None:
        """The images, if they are files; None otherwise."""
        pairs = self.pairs
        if self.load is not None:
            return None
        if isinstance(pairs, ClassMaskFiles | AnnotatedFiles):
            return pairs.image_files
        return pairs if isinstance(pairs, FilePairs | ImageFiles) else None

    def name_of(self, index: int, array: str) -> str:
        """Name the file of an array of a sample: "image", "mask", "mask of organ" or a further array; else the sample.

        Args:
            index: of the sample.
            array: which one.
        """
        path: Any = None
        if self.image_files is not None:
            sample = self.pairs[index]
            if array in self.columns:
                path = self.columns[array][index]
            elif array == "image" or isinstance(self.pairs, AnnotatedFiles):
                path = sample.image
            elif isinstance(sample.mask, Mapping):
                path = sample.mask.get(array.removeprefix(MASK_OF), sample.image)
            else:
                path = sample.mask
        return shown(path) if isinstance(path, str) else self.source.describe(index)


# The name of the mask of one class, with the class.
MASK_OF = "mask of "


def whole_samples(source: DataSource) -> DataSource:
    """Return the samples that tiles are cut from; a source without tiles as it is."""
    return source.source if isinstance(source, TiledSource) else source
