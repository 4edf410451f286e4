"""Pictures: what samples look like before and after augmentation."""

from seqaug.pictures.choice import draws_to_show
from seqaug.pictures.page import page_width
from seqaug.pictures.preview import Preview, make_preview

__all__ = ["Preview", "draws_to_show", "make_preview", "page_width"]
