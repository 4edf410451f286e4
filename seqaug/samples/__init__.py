"""Samples: where a sequence's images, masks and labels come from, and which of them it holds."""

from seqaug.samples.arrays import ArrayPairs, are_arrays
from seqaug.samples.carried import NotBroughtError, bringing, brought_for, leaving_behind
from seqaug.samples.class_labels import ClassLabels
from seqaug.samples.directory import list_images, pair_directories
from seqaug.samples.files import FilePairs
from seqaug.samples.folders import images_in_class_folders
from seqaug.samples.images import ImageArrays, ImageFiles
from seqaug.samples.listing import files_by_stem
from seqaug.samples.mask_files import MaskFiles
from seqaug.samples.numbered import NumberedSamples
from seqaug.samples.pair_doubts import PairedPaths, doubts_about_folders
from seqaug.samples.source import CacheKey, PairSource, Sample, Source
from seqaug.samples.split import split_indices
from seqaug.samples.tables import read_csv_pairs, read_dataframe_labels, read_dataframe_pairs

__all__ = [
    "ArrayPairs",
    "CacheKey",
    "ClassLabels",
    "FilePairs",
    "ImageArrays",
    "ImageFiles",
    "MaskFiles",
    "NotBroughtError",
    "NumberedSamples",
    "PairSource",
    "PairedPaths",
    "Sample",
    "Source",
    "are_arrays",
    "bringing",
    "brought_for",
    "doubts_about_folders",
    "files_by_stem",
    "images_in_class_folders",
    "leaving_behind",
    "list_images",
    "pair_directories",
    "read_csv_pairs",
    "read_dataframe_labels",
    "read_dataframe_pairs",
    "split_indices",
]
