"""Files of a server that takes its time to answer, read by more or fewer threads, beside the same files from disk.

python scripts/benchmarks/remote.py
python scripts/benchmarks/remote.py --images train/images --masks train/masks --palette camvid --delay-ms 100

The server is a process of this machine. Prints how many times as fast each number of threads is as one.
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

from pairs import add_pair_options, given_or_made

import seqaug
from seqaug.sources.discovery.pairing import pair_directories

GENERATED_PAIRS = 48


def main() -> None:
    """Measure and print, or be the server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_pair_options(parser)
    parser.add_argument("--delay-ms", type=float, default=30, help="before the server answers (%(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 8, 16], help="to compare (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (%(default)s)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.delay_ms / 1000)
    with tempfile.TemporaryDirectory() as folder:
        images, masks = given_or_made(arguments, folder, GENERATED_PAIRS)
        compare(*pair_directories(images, masks), arguments)


def compare(images: list[str], masks: list[str], arguments: argparse.Namespace) -> None:
    """Read everything from the server with each number of threads, and from disk with one, in turn."""
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
        print(f"{name}; {each:.1f} ms a pair, {ratio:.1f} times as fast as the first")


def timed_epoch(images: list[str], masks: list[str], palette: str, workers: int) -> float:
    """Give the seconds of an epoch, from the second batch's request on."""
    with seqaug.SegmentationSequence(images, masks, palette=palette, workers=workers, batch_size=1) as sequence:
        sequence[0]  # connections are made, and libraries imported
        begin = time.perf_counter()
        for _ in sequence:
            pass
        return time.perf_counter() - begin


@contextmanager
def server(delay: float) -> Iterator[str]:
    """Serve the files of this machine, and give the URL of its root."""
    command = [sys.executable, __file__, "--serve", "--delay-ms", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


class Slow(SimpleHTTPRequestHandler):
    """Answers after a while."""

    protocol_version = "HTTP/1.1"
    delay = 0.0

    def do_GET(self) -> None:
        """Wait, and answer."""
        time.sleep(self.delay)
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def serve(delay: float) -> None:
    """Serve the files of this machine to itself, for ever; the port is printed first."""
    Slow.delay = delay
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Slow, directory="/")) as listening:
        print(listening.server_address[1], flush=True)
        listening.serve_forever()


if __name__ == "__main__":
    main()
