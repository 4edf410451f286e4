"""The command line: `seqaug COMMAND`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from seqaug._version import __version__
from seqaug.cli.bench import add_bench
from seqaug.cli.cache import add_cache
from seqaug.cli.demo_data import add_demo_data
from seqaug.cli.preview import add_preview


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after `seqaug`; None: those the program was called with.

    Returns:
        The exit status: 0, or 1 where the command found something that is worth a look.

    Raises:
        SystemExit: with status 2, after a message to standard error, on wrong use; with 0 after help or version.
    """
    parser = argparse.ArgumentParser(prog="seqaug", description="Image/mask batches for semantic segmentation.")
    parser.add_argument("--version", action="version", version=f"seqaug {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (add_preview, add_bench, add_cache, add_demo_data):
        add(commands)
    chosen = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        status = run(chosen)
    except (ValueError, OSError, ImportError) as error:
        chosen.parser.error(str(error))
    return status
