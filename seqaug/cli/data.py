"""Options that say which data a command works on, as the constructor's arguments do, or a config of a sequence."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from seqaug.cli.options import add_color_mode, add_labels, class_map_from, palette_from

if TYPE_CHECKING:
    from seqaug.palette.label_spec import LabelSpec
    from seqaug.sequence.segmentation import SegmentationSequence

_ENCODINGS = ("sparse", "one_hot", "binary", "multi_label")
# What a config says in their place.
_DATA = (
    "images",
    "masks",
    "class_masks",
    "additional",
    "additional_targets",
    "mask_encoding",
    "palette",
    "ignore",
    "class_map",
    "num_classes",
    "ignore_index",
    "color_mode",
    "image_size",
    "value_fill",
    "seed",
    "val_images",
    "val_masks",
)


class Data(NamedTuple):
    """What the options name.

    Attributes:
        images: directory or pattern, or its URL; None where the command takes none.
        masks: likewise; or by class; or None.
        additional: likewise for further arrays, by name.
        additional_targets: their kinds.
        labels: the classes of the masks.
    """

    images: str | None
    masks: str | dict[str, str] | None
    additional: dict[str, str]
    additional_targets: dict[str, str]
    labels: LabelSpec


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `data_from` and of `sequence_from`."""
    parser.add_argument("images", metavar="IMAGES", nargs="?", help="directory or pattern of the images, or its URL")
    parser.add_argument(
        "masks",
        metavar="MASKS",
        nargs="?",
        help="directory or pattern of the masks, or its URL; pairs have the same relative stem; none: images alone",
    )
    add_classes(parser)
    parser.add_argument(
        "--additional",
        type=_named,
        nargs="+",
        metavar="NAME=DIR",
        default=[],
        help="further arrays of each sample, such as depth=data/depth; directories or patterns",
    )
    parser.add_argument(
        "--additional-targets",
        type=_named,
        nargs="+",
        metavar="NAME=KIND",
        default=[],
        help="what they are: image, mask, value or value_nearest, such as depth=value",
    )
    add_color_mode(parser)


def add_classes(parser: argparse.ArgumentParser) -> None:
    """Add the options about masks and their classes, and the config that stands for all."""
    add_config(parser)
    parser.add_argument(
        "--class-masks",
        type=_named,
        nargs="+",
        metavar="NAME=DIR",
        default=[],
        help="masks of each class, in the place of MASKS, such as organ=data/organ lesion=data/lesion: non-zero is "
        "inside, and a sample may lack some",
    )
    add_labels(parser)
    parser.add_argument(
        "--mask-encoding",
        choices=_ENCODINGS,
        default="sparse",
        help="masks of the model; multi_label: classes may overlap (sparse)",
    )


def add_config(parser: argparse.ArgumentParser, option: str = "--config") -> None:
    """Add `--config`, or another option of its kind."""
    parser.add_argument(
        option, metavar="FILE", help="JSON of seq.get_config(): any sequence, in the place of directories and options"
    )


def data_from(args: argparse.Namespace) -> Data:
    """Return what the options name.

    Raises:
        ValueError: options contradict each other, or a palette or map is invalid.
    """
    if args.images is None:
        args.parser.error("expected IMAGES and MASKS, or --config FILE")
    class_masks = mapping_from("--class-masks", args.class_masks)
    if class_masks and args.masks is not None:
        raise ValueError(f"MASKS={args.masks} beside --class-masks; expected one of them")
    masks = class_masks or args.masks
    additional = mapping_from("--additional", args.additional)
    targets = _targets(additional, mapping_from("--additional-targets", args.additional_targets))
    return Data(args.images, masks, additional, targets, labels_from(args, masks, targets))


def labels_from(args: argparse.Namespace, masks: Any, additional_targets: dict[str, str] | None = None) -> LabelSpec:
    """Create the labels of the options of `add_classes`, for masks of directories, or of directories by class."""
    from seqaug.sequence.label_arguments import labels_of

    return labels_of(
        masks,
        args.mask_encoding,
        palette=palette_from(args),
        num_classes=args.num_classes,
        ignore_index=args.ignore_index,
        class_map=class_map_from(args),
        additional_targets=additional_targets or {},
    )


def mapping_from(option: str, pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return the NAME=VALUE of an option as a dict.

    Raises:
        ValueError: a name is given twice.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{option} has {name!r} twice; expected each name once")
        found[name] = value
    return found


def _targets(additional: dict[str, str], kinds: dict[str, str]) -> dict[str, str]:
    from seqaug.sequence.additional_arguments import named_targets

    missing = [name for name in additional if name not in kinds]
    if missing:
        raise ValueError(
            f"--additional names {missing[0]!r}, and nothing says what it is; expected --additional-targets "
            f"{missing[0]}=KIND: image (a picture), mask (labels), value (numbers, such as depth) or value_nearest "
            "(numbers with holes, or ids)"
        )
    unknown = [name for name in kinds if name not in additional]
    if unknown:
        raise ValueError(
            f"--additional-targets names {unknown[0]!r}, which --additional does not; expected --additional "
            f"{unknown[0]}=DIR as well"
        )
    return named_targets(additional, kinds, has_images=True, loads_itself=False)


def sequence_from(args: argparse.Namespace, file: str, **overrides: Any) -> SegmentationSequence:
    """Create the sequence of a config.

    Args:
        args: the options; those that a config stands for are refused.
        file: the config.
        **overrides: arguments in the place of the config's.

    Raises:
        ValueError: another option names data; the file is no config; or the sequence cannot be created of it.
    """
    given = [name for name in _DATA if getattr(args, name, None) not in (None, [], args.parser.get_default(name))]
    if given:
        option = f"--{given[0].replace('_', '-')}" if given[0] not in ("images", "masks") else given[0].upper()
        raise ValueError(f"{option} beside --config, which says it too; expected one of them")
    try:
        with open(file, encoding="utf-8") as opened:
            config = json.load(opened)
    except ValueError as error:  # also bytes that are no text
        raise ValueError(
            f"{file} is not JSON ({error}); expected a file of json.dump(seq.get_config(), file)"
        ) from error
    from seqaug.sequence.config import arguments_in
    from seqaug.sequence.segmentation import SegmentationSequence

    of = config.get("class_name") if isinstance(config, dict) else None
    expected = f"{SegmentationSequence.__module__}.{SegmentationSequence.__qualname__}"
    if of not in (None, expected):  # whose samples may be others
        raise ValueError(
            f"{file} is of {of}; expected the config of a SegmentationSequence: in Python, check(), preview() and "
            "class_statistics() of a sequence know what its class does"
        )
    try:
        return SegmentationSequence(**arguments_in(SegmentationSequence, config, overrides))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{file}: {error}") from error
    except (AttributeError, KeyError) as error:
        raise ValueError(
            f"{file} is damaged ({error!r}); expected a file of json.dump(seq.get_config(), file)"
        ) from error


def _named(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r}; expected NAME=VALUE, such as depth=data/depth")
    return name, value
