"""The command line: `seqaug COMMAND`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from seqaug._version import __version__
from seqaug.cli.bench import add_bench
from seqaug.cli.cache import add_cache
from seqaug.cli.check import add_check
from seqaug.cli.demo_data import add_demo_data
from seqaug.cli.palette import add_palette
from seqaug.cli.preview import add_preview
from seqaug.cli.stats import add_stats


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after `seqaug`; None: those the program was called with.

    Returns:
        The exit status: 0, or 1 where a command found something wrong.

    Raises:
        SystemExit: with status 2, after a message to standard error, on wrong use; with 0 after help or version.
    """
    parser = argparse.ArgumentParser(prog="seqaug", description="Image/mask batches for semantic segmentation.")
    parser.add_argument("--version", action="version", version=f"seqaug {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (add_check, add_stats, add_preview, add_bench, add_palette, add_cache, add_demo_data):
        add(commands)
    chosen = parser.parse_args(arguments)
    of_command: argparse.ArgumentParser = chosen.parser
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return run(chosen)
    except (ValueError, OSError, ImportError) as error:
        of_command.error(str(error))
