"""`seqaug cache`: size of a cache directory, and clearing it."""

from __future__ import annotations

import argparse
import json

from seqaug.cache.maintenance import CacheContents, cache_contents, clear_cache
from seqaug.cli.options import Commands, local_path
from seqaug.utils.validation import format_bytes


def add_cache(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "cache",
        help="show the size of a cache of decoded samples, or clear it",
        description="Show the size of a directory of SegmentationSequence(cache=...), or clear it.",
        epilog="examples: seqaug cache info ~/.cache/streets; seqaug cache clear ~/.cache/streets",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, help_, run in (
        ("info", "count its samples and bytes", _info),
        ("clear", "delete its samples; the next run decodes them again", _clear),
    ):
        action = actions.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
        action.add_argument("directory", metavar="DIR", type=local_path, help="directory of the cache")
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=run, parser=action)


def _info(args: argparse.Namespace) -> int:
    return _print("", cache_contents(args.directory), args.json)


def _clear(args: argparse.Namespace) -> int:
    return _print("deleted: ", clear_cache(args.directory), args.json)


def _print(prefix: str, contents: CacheContents, as_json: bool) -> int:
    if as_json:
        print(json.dumps(contents._asdict()))
        return 0
    print(f"{prefix}{contents.entries:,} samples, {format_bytes(contents.size)}")
    if contents.unfinished:
        print(
            f"{prefix}{contents.unfinished:,} unfinished files, {format_bytes(contents.unfinished_size)} (in "
            "progress, or left by a killed process)"
        )
    return 0
