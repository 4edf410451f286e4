"""The types of issues: title, one-line description and hint of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Details = dict[str, Any]


@dataclass(frozen=True)
class IssueType:
    """A type of issue.

    Attributes:
        title: its heading in a report.
        hint: what to do about it.
        describe: turns the details of an issue into a few words.
    """

    title: str
    hint: str
    describe: Callable[[Details], str]


def _problem(details: Details) -> str:
    return str(details["problem"])


def _unpaired(details: Details) -> str:
    return f"{details['file']} without {details['missing']}"


def _ambiguous(details: Details) -> str:
    return f"{details['file']}s of the same name, {details['stem']}"


def _sizes(details: Details) -> str:
    (height, width), (other_height, other_width) = details["image"], details["size"]
    return f"image {height}x{width}, {details['array']} {other_height}x{other_width}"


def _overlap(details: Details) -> str:
    one, other = details["classes"]
    return f"{details['pixels']} pixels of {one} become {other}, in {details['samples']} samples"


def _orientation(details: Details) -> str:
    fits = {
        "stored": "; the mask fits the pixels as stored",
        "rotated": "; the mask fits the rotated image",
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
    return f"{details['blurred_borders']:.0%} of its borders have mixtures of the labels on both sides"


def _single_label(details: Details) -> str:
    return f"every pixel is {details['label']}"


def _duplicates(details: Details) -> str:
    return "the same pixels" + ("" if details["same_masks"] else ", but different masks")


def _near(details: Details) -> str:
    return f"{details['splits'][1]} like {details['splits'][0]}, in all but {details['different_bits']} of 256 features"


def _pages(details: Details) -> str:
    return f"{details['pages']} pages"


def _low_bit_depth(details: Details) -> str:
    return f"{details['split']}: the maximum of {details['images']} images is {details['max']} of 65535"


def _holes(details: Details) -> str:
    return (
        f"NaN or infinity in {details['pixels']} of {details['of']} numbers ({details['pixels'] / details['of']:.2%})"
    )


def _mixture(details: Details) -> str:
    shown = [f"{entry['value']} in {entry['images']}" for entry in details["mixture"][:5]]
    more = len(details["mixture"]) - len(shown)
    return f"{details['split']}: {', '.join(shown)}{f' and {more} more' * (more > 0)}; one example each"


# In the order of a report: what blocks training comes first.
ISSUE_TYPES: dict[str, IssueType] = {
    "unpaired": IssueType(
        "files without a partner",
        "names must be equal up to the suffix (images/a/b.jpg, masks/a/b.png): rename the files, add the missing ones, "
        "or pass two lists of paths to SegmentationSequence; from_directory leaves unpaired files out",
        _unpaired,
    ),
    "ambiguous": IssueType(
        "files of the same name",
        "it is unclear which of them belongs to the partner, and from_directory refuses them: move one away",
        _ambiguous,
    ),
    "suspicious_folders": IssueType(
        "folders that look wrong",
        "pass the folder of the images first, then the folder of their masks, both of the same split",
        _problem,
    ),
    "unreadable": IssueType(
        "unreadable or truncated files",
        'copy or export them again; on_error="skip" trains without them and counts them',
        _problem,
    ),
    "size_mismatch": IssueType(
        "files of a sample of different size",
        "the mask, or the further array, belongs to another version of the image: export all at one size, masks with "
        "nearest neighbour; if one of them is cropped, its labels are on the wrong pixels",
        _sizes,
    ),
    "multiple_pages": IssueType(
        "TIFFs of several pages",
        'color_mode="unchanged" reads pages of equal size as the channels of one image; other modes refuse them: '
        "export the page you need to a file of its own",
        _pages,
    ),
    "low_bit_depth": IssueType(
        "images of 16 bits that hold 12 or fewer",
        'an 8-bit color_mode keeps at most 16 of their grey levels: set color_mode="unchanged" and rescale=1 / 4095 '
        "(one over the largest possible value)",
        _low_bit_depth,
    ),
    "exif_orientation": IssueType(
        "images that an EXIF tag rotates",
        "seqaug reads pixels as stored, of images and of masks. If a mask was drawn on the rotated image, rotate the "
        "pixels for good (mogrify -auto-orient, or PIL.ImageOps.exif_transpose); if it fits them as stored, remove "
        "the tag, so that other programs agree",
        _orientation,
    ),
    "photographs": IssueType(
        "masks that look like photographs",
        "images and masks are swapped, or this is not the folder of the masks",
        _problem,
    ),
    "unusable_masks": IssueType(
        "masks without class ids",
        "store masks as PNG with one channel of class ids, or pass --palette to map their colours to classes",
        _problem,
    ),
    "unknown_colors": IssueType(
        "colours that the palette does not have",
        'add them to the palette, or set its unknown="ignore" or "nearest"',
        _colors,
    ),
    "interpolated_masks": IssueType(
        "masks that look interpolated or anti-aliased",
        "mixed pixels at the borders are labels that nobody drew: use the original masks, resize them with nearest "
        'neighbour and draw them without anti-aliasing; for colour masks, Palette(..., unknown="nearest") is second '
        "best",
        _blurred,
    ),
    "ids_out_of_range": IssueType(
        "ids that are no class",
        "set --num-classes to the number of classes, and --ignore-index to the id that losses should skip; if these "
        "are grey values that stand for classes, map them with --palette",
        _ids,
    ),
    "suspicious_ids": IssueType(
        "ids that are probably no class ids",
        "if they are class ids, set --num-classes to the number of classes",
        _problem,
    ),
    "single_label": IssueType(
        "masks that all hold one label",
        "a model learns nothing from them: check that these are the right files, and annotated",
        _problem,
    ),
    "overlapping_classes": IssueType(
        "classes that overlap, where a pixel has one label",
        'later classes lie over earlier ones: change the order of masks=, or set mask_encoding="multi_label", which '
        "keeps both",
        _overlap,
    ),
    "holes": IssueType(
        "numbers with holes",
        'interpolation spreads holes to the pixels around them: set the kind "value_nearest" in additional_targets, '
        "and skip them in the loss",
        _holes,
    ),
    "ignored_masks": IssueType(
        "masks that are ignored throughout",
        "a model learns nothing from these pairs: leave them out, or annotate them",
        _single_label,
    ),
    "empty_masks": IssueType(
        "empty masks",
        "fine as examples of background; if the annotation is missing, leave these pairs out or annotate them",
        _single_label,
    ),
    "duplicates": IssueType(
        "duplicate images",
        "they count twice, and a split can put them on both sides: keep one; if their masks differ, find the right one",
        _duplicates,
    ),
    "leakage": IssueType(
        "images in both training and validation",
        "they inflate the validation score: remove them from one side, and never split within a video or scene: "
        "groups= of a constructor keeps each on one side",
        _duplicates,
    ),
    "near_leakage": IssueType(
        "images in validation that look nearly like one in training",
        "copies at another size or quality, or neighbouring frames of a video, inflate the validation score: keep them "
        "on one side, as groups= of a constructor does",
        _near,
    ),
    "mixed_sizes": IssueType(
        "images of different sizes",
        "all samples of a batch must end at one size: set image_size=(height, width), or crop in the transform",
        _mixture,
    ),
    "mixed_channels": IssueType(
        "images of different channels or depth",
        'color_mode="rgb", the default, makes them alike; with "unchanged" they do not fit into one batch',
        _mixture,
    ),
    "mixed_additional": IssueType(
        "further arrays of different channels or depth",
        "those of a batch need the same number of channels, and pictures one depth: export them alike",
        _mixture,
    ),
}
