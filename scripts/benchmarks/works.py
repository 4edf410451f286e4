"""The works of the benchmark: which pairs are generated, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """Pairs to generate, and the size of the samples.

    Attributes:
        description: of the work, in a line.
        height, width: of the images.
        image_suffix: of the image files; masks are PNG files.
        crop: height and width of a sample.
        pairs: number of pairs.
    """

    description: str
    height: int = 360
    width: int = 480
    image_suffix: str = ".png"
    crop: int = 256
    pairs: int = 64


WORKS = {
    "street": Work("480x360 PNG images and masks, crops of 256"),
    "jpeg": Work("480x360 JPEG images and PNG masks, crops of 256", image_suffix=".jpg"),
    "large": Work("2048x1024 PNG images and masks, crops of 512", height=1024, width=2048, crop=512, pairs=24),
    "repeats": Work("480x360 PNG images and masks, four crops of 256 from each"),
}
DEFAULT_WORK = "street"
