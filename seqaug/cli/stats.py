"""`seqaug stats`: pixels, images and weights of each class."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from seqaug.cli.data import add_classes, labels_from, mapping_from, sequence_from
from seqaug.cli.options import Commands, add_workers, engine_from, local_path, workers_from
from seqaug.cli.output import failure_text, new_console, new_table

if TYPE_CHECKING:
    from seqaug.errors import SampleError
    from seqaug.palette.label_spec import LabelSpec
    from seqaug.palette.palette import Palette
    from seqaug.statistics.class_statistics import ClassStatistics
    from seqaug.statistics.class_weights import Weights
    from seqaug.statistics.counts import ClassCounts

_EXAMPLES = """examples:
  seqaug stats data/train/masks --palette camvid
  seqaug stats data/train/masks --palette data/palette.csv --ignore Void --plot classes.png
  seqaug stats train/ids val/ids --num-classes 20 --ignore-index 255 --json
  seqaug stats --class-masks organ=organ lesion=lesion --images images --mask-encoding multi_label
  seqaug stats --config train.json

Exit status: 0 fine, 1 some masks were unusable and skipped, 2 wrong use."""


def add_stats(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "stats",
        help="count the pixels and images of each class",
        description="Count the pixels and images of each class, and compute class weights from them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "masks", metavar="MASKS", nargs="*", help="directories or patterns of masks, or single masks; or their URLs"
    )
    add_classes(parser)
    parser.add_argument(
        "--images", metavar="DIR", help="images, beside --class-masks: a sample without masks has the size of its image"
    )
    parser.add_argument(
        "--plot",
        metavar="FILE",
        type=local_path,
        help="draw a chart: .png, .jpg, .webp, .pdf or .svg (needs seqaug[plot])",
    )
    add_workers(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(args: argparse.Namespace) -> int:
    from seqaug.statistics.chart import save_class_chart
    from seqaug.utils.figures import picture_file

    if args.plot is not None:
        picture_file("--plot", args.plot)
    counted = _of_files(args) if args.config is None else _of_config(args)
    statistics, failures = counted.statistics, counted.failures
    if args.json:
        print(json.dumps(_as_json(statistics, failures), indent=1))
    else:
        _print(statistics)
        for error in failures:
            print(f"skipped: {failure_text(error)}", file=sys.stderr)
    if args.plot is not None:
        save_class_chart(statistics, args.plot, None if counted.palette is None else counted.palette.colors)
    return 1 if failures else 0


class _Counted(NamedTuple):
    statistics: ClassStatistics
    failures: list[SampleError]
    palette: Palette | None


def _of_files(args: argparse.Namespace) -> _Counted:
    from seqaug.jobs.class_scan import Scan
    from seqaug.jobs.count_classes import ClassCounter
    from seqaug.palette.polygon_labels import polygon_reader
    from seqaug.sequence.source_arguments import source_of_pairs
    from seqaug.sources.discovery.additional_files import find_samples
    from seqaug.sources.files import MaskFiles

    class_masks = mapping_from("--class-masks", args.class_masks)
    if not class_masks and not args.masks:
        args.parser.error("expected MASKS, --class-masks or --config FILE")
    if class_masks and args.masks:
        raise ValueError(f"MASKS={args.masks[0]} beside --class-masks; expected one of them")
    if bool(class_masks) != (args.images is not None):
        raise ValueError("expected both --class-masks and --images, or MASKS alone")
    labels = labels_from(args, class_masks or None)
    if labels.num_classes is None:
        raise ValueError(
            "the classes are unknown; expected --palette, or --class-map or --num-classes for masks of ids"
        )
    is_multi = labels.overlapping is not None
    source: Any
    if class_masks:
        found = find_samples(args.images, class_masks, {}, image_suffix="", mask_suffix="", follow_links=False)
        source = source_of_pairs(found.images, found.masks, None, color_mode="rgb", labels=labels)
    else:
        paths = _mask_paths(args.masks)
        polygons = polygon_reader(labels, paths)
        source = MaskFiles(paths, colored=labels.colored_masks, planes=is_multi, polygons=polygons)
    counter = ClassCounter(load_mask=source.load_mask, describe=source.describe, labels=labels)
    failures: list[SampleError] = []
    with engine_from(args) as engine:
        counts = Scan(
            engine,
            counter,
            num_samples=len(source),
            num_classes=labels.num_classes,
            store=None,
            key_of=None,
            on_failure=failures.append,
        ).counts()
    return _counted(counts, labels, failures)


def _of_config(args: argparse.Namespace) -> _Counted:
    if args.images is not None:
        raise ValueError("--images beside --config, which says it too; expected one of them")
    # The transform and the order come after what is counted, and may need the counts.
    unused = dict.fromkeys(("transform", "oversample", "class_weights", "cache", "cache_limit"))
    workers = workers_from(args)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "skipped ")  # they are listed below
        with sequence_from(
            args,
            args.config,
            **unused,
            on_error="skip",
            workers=workers,
            use_multiprocessing=workers > 0 and os.name == "posix",
        ) as sequence:
            counts = sequence.class_statistics().counts
    return _counted(counts, sequence._labels, list(sequence.skipped.values()))


def _counted(counts: ClassCounts, labels: LabelSpec, failures: list[SampleError]) -> _Counted:
    """Make the statistics of the masks that could be used."""
    import numpy as np

    from seqaug.statistics.class_statistics import ClassStatistics

    used = np.setdiff1d(np.arange(len(counts)), [error.index for error in failures]).astype(np.int64)
    if not len(used):
        raise ValueError(f"all {len(counts):,} masks are unusable; the first is {failure_text(failures[0])}")
    statistics = ClassStatistics(counts.take(used), labels.class_names, overlapping=labels.overlapping is not None)
    return _Counted(statistics, failures, labels.palette)


def _mask_paths(masks: list[str]) -> list[str]:
    from seqaug.reading.file_bytes import IMAGE_SUFFIXES
    from seqaug.reading.polygons import POLYGON_SUFFIXES
    from seqaug.remote.urls import Url, is_url
    from seqaug.sources.discovery.image_files import MASK_KINDS, files_by_stem

    paths: list[str] = []
    for mask in masks:
        # A URL is a file if its suffix says so.
        is_file = (
            Url.parse(mask).path.lower().endswith((*IMAGE_SUFFIXES, *POLYGON_SUFFIXES))
            if is_url(mask)
            else os.path.exists(mask) and not os.path.isdir(mask)
        )
        groups = [[mask]] if is_file else files_by_stem(mask, "masks", MASK_KINDS).values()
        paths += (path for group in groups for path in group)
    return paths


def _weights(statistics: ClassStatistics) -> dict[str, Weights]:
    """Compute the weights of the classes by each method; of classes that overlap, those of their positive pixels."""
    from seqaug.statistics.class_weights import WEIGHT_METHODS

    if statistics.overlapping:
        return {"pos_weight": statistics.pos_weight}
    return {method: statistics.compute_class_weights(method) for method in WEIGHT_METHODS}


def _as_json(statistics: ClassStatistics, failures: list[SampleError]) -> dict[str, object]:
    weights = _weights(statistics)
    return {
        "images": statistics.num_images,
        "ignored_pixels": statistics.ignored_pixels,
        "classes": [
            {
                "id": number,
                "name": name,
                "pixels": int(statistics.pixels[number]),
                "share": float(statistics.share[number]),
                "images": int(statistics.images[number]),
                "weights": {method: float(of_method[number]) for method, of_method in weights.items()},
            }
            for number, name in enumerate(statistics.names)
        ],
        "skipped": [{"path": error.where, "problem": error.reason} for error in failures],
    }


def _print(statistics: ClassStatistics) -> None:
    printer = new_console()
    weights = _weights(statistics)
    # Narrow enough for most terminals.
    methods = [method.replace("_", "\n") if printer.is_terminal else method for method in weights]
    table = new_table(["class", "id", "pixels", "share", "images", *methods])
    for number, name in enumerate(statistics.names):
        table.add_row(
            name,
            str(number),
            f"{statistics.pixels[number]:,}",
            f"{statistics.share[number]:.3%}",
            f"{statistics.images[number]:,}",
            *(f"{of_method[number]:.4g}" for of_method in weights.values()),
        )
    printer.print(table)
    printer.print(statistics.summary())
