"""The command line: `seqaug COMMAND`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from seqaug._version import __version__
from seqaug.demo import make_demo_dataset


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after `seqaug`; None: those the program was called with.

    Returns:
        The exit status, 0.

    Raises:
        SystemExit: with status 2, after a message to standard error, on wrong use; with 0 after help or version.
    """
    parser = argparse.ArgumentParser(prog="seqaug", description="Image/mask batches for semantic segmentation.")
    parser.add_argument("--version", action="version", version=f"seqaug {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_add_demo_data,):
        add(commands)
    chosen = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = chosen.run
    try:
        run(chosen)
    except (ValueError, OSError) as error:
        chosen.parser.error(str(error))
    return 0


def _add_demo_data(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "demo-data",
        help="draw a small set of street scenes with masks",
        description="Draw street-like scenes, with masks in palette colours, to try things on.",
        epilog="example: seqaug demo-data streets --train 40 --val 10",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("directory", metavar="DIR", help="where to; new or empty")
    parser.add_argument("--train", type=int, default=80, metavar="N", help="training scenes")
    parser.add_argument("--val", type=int, default=20, metavar="N", help="validation scenes")
    parser.add_argument("--size", type=int, nargs=2, default=(192, 256), metavar=("H", "W"), help="in pixels")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed draws the same scenes")
    parser.set_defaults(run=_demo_data, parser=parser)


def _demo_data(chosen: argparse.Namespace) -> None:
    made = make_demo_dataset(chosen.directory, chosen.train, chosen.val, tuple(chosen.size), chosen.seed)
    height, width = chosen.size
    print(f"{chosen.train} training and {chosen.val} validation scenes of {height}x{width} pixels, with masks:")
    for path in (made.train_images, made.train_masks, made.val_images, made.val_masks, made.palette):
        print(f"  {path}")
