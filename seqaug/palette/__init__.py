"""Palettes: from the colours of a mask to class ids, and back."""

from seqaug.palette.coercion import as_palette
from seqaug.palette.palette import Palette
from seqaug.palette.strays import hint_on_colors

__all__ = ["Palette", "as_palette", "hint_on_colors"]
