"""`seqaug demo-data`: draws the demonstration set."""

from __future__ import annotations

import argparse

from seqaug.cli.options import Commands, local_path
from seqaug.demo.dataset import make_demo_dataset


def add_demo_data(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "demo-data",
        help="draw a small set of street scenes with masks",
        description="Draw street-like scenes, with masks in palette colours, to try seqaug on.",
        epilog="example: seqaug demo-data streets --train 40 --val 10",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("directory", metavar="DIR", type=local_path, help="output directory, new or empty")
    parser.add_argument("--train", type=int, default=80, metavar="N", help="training scenes")
    parser.add_argument("--val", type=int, default=20, metavar="N", help="validation scenes")
    parser.add_argument("--size", type=int, nargs=2, default=(192, 256), metavar=("H", "W"), help="size in pixels")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the scenes")
    parser.set_defaults(run=_run, parser=parser)


def _run(args: argparse.Namespace) -> int:
    paths = make_demo_dataset(args.directory, args.train, args.val, tuple(args.size), args.seed)
    height, width = args.size
    print(f"{args.train} training and {args.val} validation scenes of {height}x{width} pixels, with masks:")
    for path in (paths.train_images, paths.train_masks, paths.val_images, paths.val_masks, paths.palette):
        print(f"  {path}")
    return 0
