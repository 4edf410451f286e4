"""Options that several commands share, and the objects that they select."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from seqaug.remote.urls import Url, is_url
from seqaug.utils.redaction import shown
from seqaug.utils.system import available_cores

if TYPE_CHECKING:
    from seqaug.engines.base import Engine
    from seqaug.palette.class_map import ClassMap
    from seqaug.palette.label_map import LabelMap
    from seqaug.palette.label_spec import LabelSpec
    from seqaug.palette.palette import Palette

# Type of the subparsers, which argparse does not name publicly.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_SLOTS = 6  # chunks that `parallel_map` prefetches, plus one
_MAX_DEFAULT_WORKERS = 16  # disks seldom feed more, and each takes time to start


def add_palette_option(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Add `--palette` and `--ignore`."""
    parser.add_argument(
        "--palette",
        metavar="P",
        required=required,
        help="classes of the mask colours: voc, camvid, camvid32, cityscapes, ade20k, binary, a CSV file with the "
        "columns name,r,g,b, an indexed PNG, or a URL of such a file",
    )
    add_ignore(parser)


def add_ignore(parser: argparse.ArgumentParser) -> None:
    """Add `--ignore`."""
    parser.add_argument(
        "--ignore",
        metavar="NAME",
        action="append",
        default=[],
        help="name in the palette that is no class, such as Void; repeatable",
    )


def add_labels(parser: argparse.ArgumentParser) -> None:
    """Add the options of `label_spec_from`."""
    add_palette_option(parser)
    parser.add_argument(
        "--class-map",
        metavar="M",
        help="class of each id that masks hold: cityscapes (labelIds or polygons), ade20k, coco_stuff, oxford_pets or "
        "binary, or pairs such as 7:0,8:1,0:ignore,default:ignore, or car:1,road:2 for polygons; --palette then only "
        "names the classes",
    )
    parser.add_argument("--num-classes", type=int, metavar="K", help="number of classes: masks hold ids 0 to K - 1")
    parser.add_argument("--ignore-index", type=int, metavar="I", help="id that losses skip")


def add_color_mode(parser: argparse._ActionsContainer) -> None:
    """Add --color-mode."""
    parser.add_argument(
        "--color-mode",
        choices=("rgb", "grayscale", "rgba", "unchanged"),
        default="rgb",
        help="how image files are read; unchanged: channels and depth as stored (rgb)",
    )


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add `--workers`."""
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes that read files; 0: none (default: one per core, up to 16)"
    )


def local_path(text: str) -> str:
    """Parse the path of an output, which must be local."""
    if is_url(text):
        raise argparse.ArgumentTypeError(f"{shown(text)!r} is a URL; expected a local path, which can be written")
    return text


def palette_from(args: argparse.Namespace) -> Palette | None:
    """Create the palette of `--palette` and `--ignore`.

    Raises:
        ValueError: an unknown or invalid palette, or `--ignore` without `--palette`.
    """
    from seqaug.palette.coercion import as_palette
    from seqaug.palette.palette import Palette

    if args.palette is None:
        if args.ignore:
            raise ValueError(f"--ignore {args.ignore[0]} names a colour of a palette; expected --palette as well")
        return None
    name = Url.parse(args.palette).path if is_url(args.palette) else args.palette
    if name.lower().endswith(".png"):
        return Palette.from_png(args.palette, args.ignore)
    if args.ignore and (is_url(args.palette) or os.path.isfile(args.palette)):
        return Palette.from_csv(args.palette, args.ignore)
    palette = as_palette(args.palette)
    if palette is None or not args.ignore:
        return palette
    return Palette(palette.all_colors, [*palette.ignored, *args.ignore])


def label_spec_from(args: argparse.Namespace) -> LabelSpec:
    """Create the label specification of the options of `add_labels`."""
    from seqaug.palette.label_spec import LabelSpec

    return LabelSpec(palette_from(args), args.num_classes, args.ignore_index, class_map_from(args))


def known_classes_from(args: argparse.Namespace) -> tuple[LabelSpec, int]:
    """Create the label specification of the options of `add_labels`, and return it with the number of classes.

    Raises:
        ValueError: the number is unknown; or as for `label_spec_from`.
    """
    labels = label_spec_from(args)
    if labels.num_classes is None:
        raise ValueError(
            "the classes are unknown; expected --palette, or --class-map or --num-classes for masks of ids"
        )
    return labels, labels.num_classes


def class_map_from(args: argparse.Namespace) -> ClassMap | LabelMap | None:
    """Create the map of `--class-map`.

    Raises:
        ValueError: an unknown or invalid map.
    """
    from seqaug.palette.class_map import as_class_map

    text: str | None = args.class_map
    if text is None or ":" not in text:
        return as_class_map(text)
    ids: dict[int | str, int | None] = {}
    for pair in text.split(","):
        stored, _, label = (part.strip() for part in pair.partition(":"))
        try:
            key = int(stored) if stored.lstrip("-").isdecimal() else stored
            ids[key] = None if label == "ignore" else int(label)
        except ValueError:
            raise ValueError(
                f"--class-map has {pair!r}; expected a stored id, or the label of polygons, and a class id, such as "
                "7:0, or 7:ignore, or default:ignore, or car:1"
            ) from None
    return as_class_map(ids)


def workers_from(args: argparse.Namespace) -> int:
    """Return the number of `--workers`.

    Raises:
        ValueError: it is below 0.
    """
    from seqaug.utils.validation import whole_number

    default = min(available_cores(), _MAX_DEFAULT_WORKERS)
    return default if args.workers is None else whole_number("--workers", args.workers, 0)


@contextmanager
def engine_from(args: argparse.Namespace) -> Iterator[Engine]:
    """Create the engine of `--workers`, and close it on exit."""
    from seqaug.engines.inline import InlineEngine
    from seqaug.engines.processes.engine import ProcessEngine
    from seqaug.engines.threads import ThreadEngine

    workers = workers_from(args)
    engine: Engine
    if workers == 0:
        engine = InlineEngine()
    elif os.name == "posix":
        engine = ProcessEngine(workers, _SLOTS)
    else:
        engine = ThreadEngine(workers)
    try:
        yield engine
    finally:
        engine.close()
