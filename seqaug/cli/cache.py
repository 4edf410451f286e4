"""`seqaug cache`: a look at the directory of a cache, and its end."""

from __future__ import annotations

import argparse
import json

from seqaug.cache.maintenance import FolderContents, clear_folder, folder_contents
from seqaug.cli.options import Commands, local_path
from seqaug.utils.validation import described_bytes


def add_cache(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "cache",
        help="look at a cache of decoded samples, or empty it",
        description="Look at a directory that SegmentationSequence(cache=...) was given, or empty it.",
        epilog="examples: seqaug cache info ~/.cache/streets; seqaug cache clear ~/.cache/streets",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, help_, run in (
        ("info", "count its samples and bytes", _info),
        ("clear", "delete its samples; the next run decodes them again", _clear),
    ):
        action = actions.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
        action.add_argument("directory", metavar="DIR", type=local_path, help="the directory of the cache")
        action.add_argument("--json", action="store_true", help="print it as JSON")
        action.set_defaults(run=run, parser=action)


def _info(chosen: argparse.Namespace) -> int:
    return _print("", folder_contents(chosen.directory), chosen.json)


def _clear(chosen: argparse.Namespace) -> int:
    return _print("deleted: ", clear_folder(chosen.directory), chosen.json)


def _print(what: str, contents: FolderContents, as_json: bool) -> int:
    if as_json:
        print(json.dumps(contents._asdict()))
        return 0
    print(f"{what}{contents.entries:,} samples, {described_bytes(contents.size)}")
    if contents.unfinished:
        print(
            f"{what}{contents.unfinished:,} unfinished files, {described_bytes(contents.unfinished_size)} (being "
            "written now, or left by a process that was killed)"
        )
    return 0
