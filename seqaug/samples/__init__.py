"""Samples: where a sequence's image/mask pairs come from, and which of them it holds."""

from seqaug.samples.arrays import ArrayPairs, are_arrays
from seqaug.samples.directory import files_by_stem, pair_directories
from seqaug.samples.files import FilePairs
from seqaug.samples.mask_files import MaskFiles
from seqaug.samples.numbered import NumberedSamples
from seqaug.samples.source import CacheKey, Sample, Source
from seqaug.samples.split import split_indices
from seqaug.samples.tables import read_csv_pairs, read_dataframe_pairs

__all__ = [
    "ArrayPairs",
    "CacheKey",
    "FilePairs",
    "MaskFiles",
    "NumberedSamples",
    "Sample",
    "Source",
    "are_arrays",
    "files_by_stem",
    "pair_directories",
    "read_csv_pairs",
    "read_dataframe_pairs",
    "split_indices",
]
