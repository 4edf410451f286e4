"""`seqaug preview`: a picture of samples before and after augmentation."""

from __future__ import annotations

import argparse
import json

from seqaug.cli.options import Commands, local_path
from seqaug.cli.samples import add_samples, samples_from


def add_preview(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "preview",
        help="draw samples before and after augmentation, with masks",
        description=(
            "Draw samples as stored and as trained on, with their masks overlaid, and print advice on the transform. "
            "Exit status 1: there is advice."
        ),
        epilog="example: seqaug preview data/train/images data/train/masks --palette data/palette.csv --ignore Void "
        "--transform training:transform -o preview.png",
    )
    add_samples(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-n", type=int, default=4, metavar="N", help="number of samples (4)")
    which.add_argument("--index", type=int, nargs="+", metavar="I", help="indices of samples, from 0, instead")
    parser.add_argument("--epoch", type=int, default=0, metavar="E", help="epoch of the order and augmentation (0)")
    parser.add_argument(
        "-o",
        "--output",
        default="preview.png",
        metavar="FILE",
        type=local_path,
        help="picture to write: .png, .jpg, .webp, .pdf or .svg (preview.png); more than 4,000 pixels in height become "
        "several numbered files",
    )
    parser.add_argument("--width", type=int, default=1240, metavar="W", help="width of the picture, in pixels (1240)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(args: argparse.Namespace) -> int:
    from seqaug.utils.figures import picture_file
    from seqaug.utils.validation import whole_number
    from seqaug.visualization.page import page_width
    from seqaug.visualization.preview import make_preview
    from seqaug.visualization.selection import requests_to_show

    picture_file("--output", args.output)
    whole_number("--epoch", args.epoch, 0)
    width = page_width("--width", args.width)
    samples = samples_from(args)
    count = len(samples.source)
    requests = requests_to_show(
        samples.indices(args.epoch),
        args.epoch,
        n=args.n,
        index=args.index,
        num_samples=count,
    )
    preview = make_preview(
        samples.pipeline,
        requests,
        labels=samples.builder.labels,
        transform=samples.builder.transform,
        name_of=samples.name_of,
        width=width,
    )
    files = [str(file) for file in preview.save(args.output)]
    if args.json:
        drawn = [{"index": request.index, "position": request.position, "epoch": request.epoch} for request in requests]
        print(json.dumps({"files": files, "samples": drawn, "advice": preview.advice}))
    else:
        print(f"{', '.join(files)}: {len(requests)} of {count} samples, before and after augmentation")
        for text in preview.advice:
            print(f"- {text}")
    return 1 if preview.advice else 0
