"""Built-in palettes of well-known data sets."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from seqaug.palette.color_files import Color, read_color_csv

# By palette: the names in its CSV that are not classes. Sources of the CSVs, and differences from them:
# voc: the label colour map of the VOC development kit; its entry 255 marks object borders.
# camvid: the 11 classes of SegNet's version of CamVid.
# camvid32: label_colors.txt of CamVid (Brostow et al. 2009), its 32 colours merged into the classes of SegNet
#   (Badrinarayanan et al. 2017), in their order; the first colour of a class is that of its main label.
# cityscapes: labels.py of cityscapesScripts, classes by train id. In colour images polegroup and license plate have
#   the colours of pole and car and cannot be told from them; "unlabeled" is the black of ego vehicle, rectification
#   border, out of roi and static, too.
# ade20k: objectInfo150 and color150 of MIT's scene parsing benchmark, which gives road and skyscraper one colour,
#   (140, 140, 140). Here it is the road's, and skyscraper has a colour far from all others.
# coco_stuff: labels.txt of COCO-Stuff, without the 11 names that COCO removed. Its masks are ids; the colours are those
#   of `seqaug.utils.distinct_colors`.
# oxford_pets: the labels of the trimaps, which are ids.
_IGNORED: dict[str, tuple[str, ...]] = {
    "ade20k": ("other",),
    "binary": (),
    "camvid": ("Void",),
    "camvid32": ("Void",),
    "cityscapes": (
        "unlabeled",
        "dynamic",
        "ground",
        "parking",
        "rail track",
        "guard rail",
        "bridge",
        "tunnel",
        "caravan",
        "trailer",
    ),
    "coco_stuff": ("unlabeled",),
    "oxford_pets": ("not classified",),
    "voc": ("void",),
}

BUILT_IN_NAMES = tuple(_IGNORED)
# Without those whose masks hold ids: nobody stores their colours.
STORED_AS_COLORS = tuple(name for name in BUILT_IN_NAMES if name not in ("coco_stuff", "oxford_pets"))


def built_in(name: str) -> tuple[dict[str, tuple[Color, ...]], tuple[str, ...]]:
    """Look up a built-in palette.

    Returns:
        Its colours by name, in id order, and the names that are not classes.

    Raises:
        ValueError: there is no such palette.
    """
    if name not in _IGNORED:
        raise ValueError(f"no built-in palette {name!r}; {name_hint(name)}")
    return read_color_csv(Path(__file__).with_name(f"{name}.csv")), _IGNORED[name]


def name_hint(name: str) -> str:
    """List the built-in names, and suggest the closest one."""
    close = get_close_matches(name.lower(), BUILT_IN_NAMES, n=1)
    return f"expected one of {', '.join(BUILT_IN_NAMES)}" + (f"; did you mean {close[0]!r}?" if close else "")
