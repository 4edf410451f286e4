"""Encoding: what shape and dtype a sample has in a batch, and how it is written there."""

from seqaug.encoding.empty_rows import mention_empty_rows
from seqaug.encoding.labels import LABEL_MODES, LabelEncoding
from seqaug.encoding.layout import Layout
from seqaug.encoding.masks import MASK_ENCODINGS, MaskEncoding
from seqaug.encoding.raw import RawRows
from seqaug.encoding.rescale import DEFAULT_RESCALE, rescale_remarks, value_range
from seqaug.encoding.row import RowEncoding

__all__ = [
    "DEFAULT_RESCALE",
    "LABEL_MODES",
    "MASK_ENCODINGS",
    "LabelEncoding",
    "Layout",
    "MaskEncoding",
    "RawRows",
    "RowEncoding",
    "mention_empty_rows",
    "rescale_remarks",
    "value_range",
]
