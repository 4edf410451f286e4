"""`seqaug stats`: pixels, images and weights of each class."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from seqaug.cli.options import (
    Commands,
    add_labels,
    add_workers,
    engine_from,
    known_classes_from,
    local_path,
)
from seqaug.cli.output import failure_text, new_console, new_table

if TYPE_CHECKING:
    from seqaug.errors import SampleError
    from seqaug.statistics.class_statistics import ClassStatistics

_EXAMPLES = """examples:
  seqaug stats data/train/masks --palette camvid
  seqaug stats data/train/masks --palette data/palette.csv --ignore Void --plot classes.png
  seqaug stats train/ids val/ids --num-classes 20 --ignore-index 255 --json

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
        "masks", metavar="MASKS", nargs="+", help="directories or patterns of masks, or single masks; or their URLs"
    )
    add_labels(parser)
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
    import numpy as np

    from seqaug.jobs.class_scan import Scan
    from seqaug.jobs.count_classes import ClassCounter
    from seqaug.sources.files import MaskFiles
    from seqaug.statistics.chart import save_class_chart
    from seqaug.statistics.class_statistics import ClassStatistics
    from seqaug.utils.figures import picture_file

    if args.plot is not None:
        picture_file("--plot", args.plot)
    labels, num_classes = known_classes_from(args)
    files = MaskFiles(_mask_paths(args.masks), colored=labels.colored_masks)
    counter = ClassCounter(load_mask=files.load_mask, describe=files.describe, labels=labels)
    failures: list[SampleError] = []
    with engine_from(args) as engine:
        counts = Scan(
            engine,
            counter,
            num_samples=len(files),
            num_classes=num_classes,
            store=None,
            key_of=None,
            on_failure=failures.append,
        ).counts()
    used = np.setdiff1d(np.arange(len(files)), [error.index for error in failures]).astype(np.int64)
    if not len(used):
        raise ValueError(f"all {len(files):,} masks are unusable; the first is {failure_text(failures[0])}")
    statistics = ClassStatistics(counts.take(used), labels.class_names)
    if args.json:
        print(json.dumps(_as_json(statistics, failures), indent=1))
    else:
        _print(statistics)
        for error in failures:
            print(f"skipped: {failure_text(error)}", file=sys.stderr)
    if args.plot is not None:
        save_class_chart(statistics, args.plot, None if labels.palette is None else labels.palette.colors)
    return 1 if failures else 0


def _mask_paths(masks: list[str]) -> list[str]:
    from seqaug.reading.file_bytes import IMAGE_SUFFIXES
    from seqaug.remote.urls import Url, is_url
    from seqaug.sources.discovery.image_files import files_by_stem

    paths: list[str] = []
    for mask in masks:
        # A URL is a file if its suffix says so.
        is_file = (
            Url.parse(mask).path.lower().endswith(IMAGE_SUFFIXES)
            if is_url(mask)
            else os.path.exists(mask) and not os.path.isdir(mask)
        )
        groups = [[mask]] if is_file else files_by_stem(mask, "masks").values()
        paths += (path for group in groups for path in group)
    return paths


def _as_json(statistics: ClassStatistics, failures: list[SampleError]) -> dict[str, object]:
    from seqaug.statistics.class_weights import WEIGHT_METHODS

    weights = {method: statistics.compute_class_weights(method).tolist() for method in WEIGHT_METHODS}
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
                "weights": {method: weights[method][number] for method in WEIGHT_METHODS},
            }
            for number, name in enumerate(statistics.names)
        ],
        "skipped": [{"path": error.where, "problem": error.reason} for error in failures],
    }


def _print(statistics: ClassStatistics) -> None:
    from seqaug.statistics.class_weights import WEIGHT_METHODS

    printer = new_console()
    # Narrow enough for most terminals.
    methods = [method.replace("_", "\n") if printer.is_terminal else method for method in WEIGHT_METHODS]
    table = new_table(["class", "id", "pixels", "share", "images", *methods])
    weights = [statistics.compute_class_weights(method) for method in WEIGHT_METHODS]
    for number, name in enumerate(statistics.names):
        table.add_row(
            name,
            str(number),
            f"{statistics.pixels[number]:,}",
            f"{statistics.share[number]:.3%}",
            f"{statistics.images[number]:,}",
            *(f"{of_method[number]:.4g}" for of_method in weights),
        )
    printer.print(table)
    printer.print(statistics.summary())
