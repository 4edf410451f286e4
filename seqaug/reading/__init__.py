"""Reading: from a file, or a URL of one, to the pixels of an image, or to the colours or class ids of a mask.

One rule of orientation holds for images and masks alike: pixels come as they are stored, and EXIF orientation tags
are ignored, because masks carry none and a turned image would no longer lie on its mask.
"""

from seqaug.reading.depth import shallow_remark
from seqaug.reading.files import IMAGE_SUFFIXES
from seqaug.reading.images import COLOR_MODES, read_image
from seqaug.reading.masks import read_class_ids, read_mask, read_mask_colors
from seqaug.reading.photographs import is_photograph

__all__ = [
    "COLOR_MODES",
    "IMAGE_SUFFIXES",
    "is_photograph",
    "read_class_ids",
    "read_image",
    "read_mask",
    "read_mask_colors",
    "shallow_remark",
]
