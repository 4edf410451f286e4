"""`seqaug preview`: a picture of samples before and after augmentation."""

from __future__ import annotations

import argparse
import json

from seqaug.cli.options import Commands, local_path
from seqaug.cli.pairs import add_pairs, builder_of


def add_preview(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "preview",
        help="draw samples before and after augmentation, with masks",
        description=(
            "Draw samples as stored and as trained on, with their masks laid over them, and say what to mind about the "
            "transform. Exit status 1: there is something to mind."
        ),
        epilog="example: seqaug preview data/train/images data/train/masks --palette data/palette.csv --ignore Void "
        "--transform training:transform -o preview.png",
    )
    add_pairs(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-n", type=int, default=4, metavar="N", help="how many samples (4)")
    which.add_argument("--index", type=int, nargs="+", metavar="I", help="these samples instead, from 0")
    parser.add_argument("--epoch", type=int, default=0, metavar="E", help="whose order and augmentation (0)")
    parser.add_argument(
        "-o",
        "--output",
        default="preview.png",
        metavar="FILE",
        type=local_path,
        help="picture to write: .png, .jpg, .webp, .pdf or .svg (preview.png); several numbered ones where it would be "
        "more than 4,000 pixels high",
    )
    parser.add_argument("--width", type=int, default=1240, metavar="W", help="of the picture, in pixels (1240)")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(chosen: argparse.Namespace) -> int:
    from seqaug.utils.figures import picture_file
    from seqaug.utils.validation import whole_number
    from seqaug.visualization.page import page_width
    from seqaug.visualization.preview import make_preview
    from seqaug.visualization.selection import requests_to_show

    picture_file("--output", chosen.output)
    whole_number("--epoch", chosen.epoch, 0)
    width = page_width("--width", chosen.width)
    bench = builder_of(chosen)
    count = len(bench.source)
    requests = requests_to_show(
        bench.sampler(count)(chosen.epoch), chosen.epoch, n=chosen.n, index=chosen.index, num_samples=count
    )
    preview = make_preview(
        bench.pipeline(transform=bench.transform),
        requests,
        labels=bench.labels,
        transform=bench.transform,
        name_of=bench.name_of,
        width=width,
    )
    files = [str(file) for file in preview.save(chosen.output)]
    if chosen.json:
        samples = [
            {"index": request.index, "position": request.position, "epoch": request.epoch} for request in requests
        ]
        print(json.dumps({"files": files, "samples": samples, "advice": preview.advice}))
    else:
        print(f"{', '.join(files)}: {len(requests)} of {count} samples, before and after augmentation")
        for remark in preview.advice:
            print(f"- {remark}")
    return 1 if preview.advice else 0
