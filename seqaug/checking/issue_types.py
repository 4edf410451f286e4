"""The kinds of findings: what each is called, how one is told in a line, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Details = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of findings.

    Attributes:
        title: what a report calls it.
        cure: what to do about it.
        told: says the details of a finding in a few words.
    """

    title: str
    cure: str
    told: Callable[[Details], str]


def _text(details: Details) -> str:
    return str(details["problem"])


def _without_partner(details: Details) -> str:
    return f"{details['file']} without {details['missing']}"


def _same_name(details: Details) -> str:
    return f"{details['file']}s of the same name, {details['stem']}"


def _sizes(details: Details) -> str:
    (height, width), (mask_height, mask_width) = details["image"], details["mask"]
    return f"image {height}x{width}, mask {mask_height}x{mask_width}"


def _orientation(details: Details) -> str:
    fits = {
        "stored": "; the mask fits the pixels as stored",
        "turned": "; the mask fits the turned picture",
        "either": "",
        "neither": "; the mask fits neither way",
        "unknown": "",
    }
    return f"orientation {details['orientation']}{fits[details['mask_fits']]}"


def _pixels(details: Details) -> str:
    return f"{details['pixels']} of {details['of']} pixels ({details['pixels'] / details['of']:.2%})"


def _colors(details: Details) -> str:
    shown = [
        f"{tuple(entry['color'])} in {entry['pixels']} (nearest: {entry['nearest']} {tuple(entry['nearest_color'])})"
        for entry in details["colors"][:3]
    ]
    more = details["distinct"] - len(shown)
    return f"{_pixels(details)}: {', '.join(shown)}{f' and {more} more colours' * (more > 0)}"


def _ids(details: Details) -> str:
    shown = [f"{entry['id']} in {entry['pixels']}" for entry in details["ids"][:5]]
    more = details["distinct"] - len(shown)
    return f"{_pixels(details)}: {', '.join(shown)}{f' and {more} more ids' * (more > 0)}"


def _blurred(details: Details) -> str:
    return f"{details['blurred_borders']:.0%} of its borders are mixed of the labels on both sides"


def _one_label(details: Details) -> str:
    return f"every pixel is {details['label']}"


def _duplicates(details: Details) -> str:
    return "the same pixels" + ("" if details["same_masks"] else ", but different masks")


def _pages(details: Details) -> str:
    return f"{details['pages']} pages"


def _shallow(details: Details) -> str:
    return f"{details['split']}: the greatest value of {details['images']} images is {details['greatest']} of 65535"


def _mixture(details: Details) -> str:
    shown = [f"{entry['found']} in {entry['images']}" for entry in details["mixture"][:5]]
    more = len(details["mixture"]) - len(shown)
    return f"{details['split']}: {', '.join(shown)}{f' and {more} more' * (more > 0)}; one of each"


# In the order of a report: what stands in the way of all else comes first.
KINDS: dict[str, Kind] = {
    "unpaired": Kind(
        "files without a partner",
        "names must be equal up to the suffix (images/a/b.jpg, masks/a/b.png): rename them, add what is missing, or "
        "give SegmentationSequence two lists of paths; from_directory leaves such files out",
        _without_partner,
    ),
    "ambiguous": Kind(
        "files of the same name",
        "it is not clear which of them belongs to the partner, and from_directory refuses them: move one away",
        _same_name,
    ),
    "doubtful_folders": Kind(
        "folders that look wrong",
        "give the folder of the images first, then that of their masks, both of one set",
        _text,
    ),
    "unreadable": Kind(
        "unreadable or truncated files",
        'copy or export them again; on_error="skip" trains without them, and says so',
        _text,
    ),
    "size_mismatch": Kind(
        "image and mask of different size",
        "the mask belongs to another version of the image: export them at one size, the mask with nearest neighbour; "
        "where one is cut differently, labels lie on the wrong pixels",
        _sizes,
    ),
    "several_pages": Kind(
        "TIFFs of several pages",
        'color_mode="unchanged" reads pages of equal size as the channels of one image; other modes refuse them: write '
        "the page that is wanted into a file of its own",
        _pages,
    ),
    "shallow_images": Kind(
        "images of 16 bits that hold 12 or fewer",
        'a color_mode of 8 bits leaves 16 grey levels of them at most: set color_mode="unchanged" and rescale=1 / 4095 '
        "(one over the greatest value that there can be)",
        _shallow,
    ),
    "exif_orientation": Kind(
        "images that an EXIF tag turns",
        "seqaug reads pixels as stored, for images as for masks. Where a mask was drawn on the turned picture, turn "
        "the pixels for good (mogrify -auto-orient, or PIL.ImageOps.exif_transpose); where it fits them as stored, "
        "remove the tag, so that other programs agree",
        _orientation,
    ),
    "photographs": Kind(
        "masks that look like photographs",
        "images and masks are swapped, or this is not the folder of the masks",
        _text,
    ),
    "unusable_masks": Kind(
        "masks that hold no class ids",
        "store masks as PNG with one channel of class ids, or say with --palette which class each colour stands for",
        _text,
    ),
    "unknown_colors": Kind(
        "colours that the palette does not have",
        'add them to the palette, or give it unknown="ignore" or "nearest"',
        _colors,
    ),
    "interpolated_masks": Kind(
        "masks that look interpolated or anti-aliased",
        "the mixed pixels at the borders are labels that nobody drew: use the masks as they were drawn, resize them "
        'with nearest neighbour and draw them without anti-aliasing; colour masks: Palette(..., unknown="nearest") is '
        "second best",
        _blurred,
    ),
    "ids_out_of_range": Kind(
        "ids that are no class",
        "set --num-classes to the number of classes, and --ignore-index to the id that losses should skip; where "
        "these are grey values of a picture of the classes, say which class each stands for with --palette",
        _ids,
    ),
    "doubtful_ids": Kind(
        "ids that are probably no class ids",
        "say with --num-classes how many classes there are, if they are class ids",
        _text,
    ),
    "one_label": Kind(
        "masks that all hold one label",
        "a model learns nothing from them: are these the right files, and annotated?",
        _text,
    ),
    "ignored_masks": Kind(
        "masks that are ignored throughout",
        "nothing is learned from these pairs: leave them out, or annotate them",
        _one_label,
    ),
    "empty_masks": Kind(
        "empty masks",
        "fine as examples of background; else the annotation is missing: leave these pairs out, or annotate them",
        _one_label,
    ),
    "duplicates": Kind(
        "images that are there more than once",
        "they count double, and a split can put them on both sides: keep one; where their masks differ, find the right "
        "one",
        _duplicates,
    ),
    "leakage": Kind(
        "images that are in training and in validation",
        "the validation score is too good by them: remove them from one side, and split videos and scenes as a whole",
        _duplicates,
    ),
    "mixed_sizes": Kind(
        "images of different sizes",
        "all samples of a batch must end at one size: set image_size=(height, width), or crop in the transform",
        _mixture,
    ),
    "mixed_channels": Kind(
        "images of different channels or depth",
        'color_mode="rgb", the default, makes them alike; with "unchanged" they do not fit into one batch',
        _mixture,
    ),
}
