"""`seqaug demo-data`: the demonstration set."""

from __future__ import annotations

import argparse

from seqaug.cli.options import Commands, local_path
from seqaug.demo.dataset import make_demo_dataset


def add_demo_data(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "demo-data",
        help="draw a small set of street scenes with masks",
        description="Draw street-like scenes, with masks in palette colours, to try things on.",
        epilog="example: seqaug demo-data streets --train 40 --val 10",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("directory", metavar="DIR", type=local_path, help="where to; new or empty")
    parser.add_argument("--train", type=int, default=80, metavar="N", help="training scenes")
    parser.add_argument("--val", type=int, default=20, metavar="N", help="validation scenes")
    parser.add_argument("--size", type=int, nargs=2, default=(192, 256), metavar=("H", "W"), help="in pixels")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed draws the same scenes")
    parser.set_defaults(run=_run, parser=parser)


def _run(chosen: argparse.Namespace) -> int:
    made = make_demo_dataset(chosen.directory, chosen.train, chosen.val, tuple(chosen.size), chosen.seed)
    height, width = chosen.size
    print(f"{chosen.train} training and {chosen.val} validation scenes of {height}x{width} pixels, with masks:")
    for path in (made.train_images, made.train_masks, made.val_images, made.val_masks, made.palette):
        print(f"  {path}")
    return 0
