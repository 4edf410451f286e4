"""Read files from a slow server with different numbers of threads, and from disk.

python scripts/benchmarks/remote.py
python scripts/benchmarks/remote.py --images train/images --masks train/masks --palette camvid --delay-ms 100

The server is a local process. Prints the speed of each number of threads, relative to the first.
"""

from __future__ import annotations

import argparse
import functools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

from pairs import add_pair_options, pairs_from_options

import seqaug
from seqaug.sources.discovery.pairing import pair_directories

GENERATED_PAIRS = 48


def main() -> None:
    """Measure and print, or run the server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_pair_options(parser)
    parser.add_argument("--delay-ms", type=float, default=30, help="delay of the server's answers (%(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 8, 16], help="numbers of threads (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each (%(default)s)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.delay_ms / 1000)
    with tempfile.TemporaryDirectory() as folder:
        images, masks = pairs_from_options(arguments, folder, GENERATED_PAIRS)
        compare(*pair_directories(images, masks), arguments)


def compare(images: list[str], masks: list[str], arguments: argparse.Namespace) -> None:
    """Read all pairs from the server with each number of threads, and from disk with one, in turn."""
    with server(arguments.delay_ms) as url:
        remote = [[f"{url}{Path(path).resolve().as_posix()}" for path in paths] for paths in (images, masks)]
        contenders: dict[str, tuple[list[list[str]], int]] = {
            **{f"server, threads: {number}": (remote, number) for number in arguments.threads},
            "disk, threads: 1": ([images, masks], 1),
        }
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(arguments.rounds):
            for name, (paths, workers) in contenders.items():
                times[name].append(timed_epoch(*paths, arguments.palette, workers))
    first = next(iter(times.values()))
    for name, seconds in times.items():
        ratio = median(one / other for one, other in zip(first, seconds, strict=True))
        each = median(seconds) / len(images) * 1000
        print(f"{name}; {each:.1f} ms per pair, {ratio:.1f} times as fast as the first")


def timed_epoch(images: list[str], masks: list[str], palette: str, workers: int) -> float:
    """Measure the seconds of an epoch, once the first batch has connected and imported."""
    with seqaug.SegmentationSequence(images, masks, palette=palette, workers=workers, batch_size=1) as sequence:
        sequence[0]  # connects, and imports libraries
        start = time.perf_counter()
        for _ in sequence:
            pass
        return time.perf_counter() - start


@contextmanager
def server(delay: float) -> Iterator[str]:
    """Serve the local files, and yield the URL of the root folder."""
    command = [sys.executable, __file__, "--serve", "--delay-ms", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


class SlowHandler(SimpleHTTPRequestHandler):
    """Answers after a delay."""

    protocol_version = "HTTP/1.1"
    delay = 0.0

    def do_GET(self) -> None:
        """Wait, then answer."""
        time.sleep(self.delay)
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


def serve(delay: float) -> None:
    """Serve the local files forever; print the port first."""
    SlowHandler.delay = delay
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(SlowHandler, directory="/")) as listening:
        print(listening.server_address[1], flush=True)
        listening.serve_forever()


if __name__ == "__main__":
    main()
