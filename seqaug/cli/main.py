"""The command line: `seqaug COMMAND`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from seqaug._version import __version__
from seqaug.utils.redaction import redacted

# Exit statuses of shells for programs that SIGINT and SIGPIPE stop.
_INTERRUPTED, _CLOSED_PIPE = 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the command line after `seqaug`; None: that of this process.

    Returns:
        The exit status: 0, or 1 if a command found something; 130 after Ctrl-C, 141 if standard output was closed.

    Raises:
        SystemExit: status 2 on wrong use or unusable data, after a message to standard error; 0 after help or version.
    """
    name = "seqaug"
    try:
        parser = _parser()
        try:
            args = parser.parse_args(arguments)
            name = args.parser.prog
            run: Callable[[argparse.Namespace], int] = args.run
            return run(args)
        finally:
            sys.stdout.flush()  # so that a closed pipe is caught here
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # Python flushes at exit, and would print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED_PIPE
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        print(f"{name}: error: {redacted(_one_line(error))}", file=sys.stderr)
        raise SystemExit(2) from None


def _parser() -> argparse.ArgumentParser:
    # Imported here, where Ctrl-C is already handled.
    from seqaug.cli.bench import add_bench
    from seqaug.cli.cache import add_cache
    from seqaug.cli.check import add_check
    from seqaug.cli.demo_data import add_demo_data
    from seqaug.cli.evaluate import add_evaluate
    from seqaug.cli.palette import add_palette
    from seqaug.cli.predict import add_predict
    from seqaug.cli.preview import add_preview
    from seqaug.cli.stats import add_stats

    parser = argparse.ArgumentParser(prog="seqaug", description="Image/mask batches for semantic segmentation.")
    parser.add_argument("--version", action="version", version=f"seqaug {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        add_check,
        add_stats,
        add_preview,
        add_bench,
        add_predict,
        add_evaluate,
        add_palette,
        add_cache,
        add_demo_data,
    ):
        add(commands)
    return parser


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    text = " ".join(line.strip() for line in str(error).splitlines()) or type(error).__name__
    return f"not enough memory: {text}" if isinstance(error, MemoryError) else text
