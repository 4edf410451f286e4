"""A local HTTP server, for tests of remote files."""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

STALLED = -1


class FileServer:
    """Requests to the server, and how it responds.

    Attributes:
        url: URL of the served folder, without a final slash.
        requests: number of requests for each path, as it follows the host.
        sent: bytes of content sent for each path, if `ranges`.
        ranges: whether requests for a part of a file get only that.
        failures: statuses that a path responds with, one per request, before it succeeds; 0 drops the connection, and
            `STALLED` sends nothing until the server stops.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.ranges = False
        self.failures: dict[str, list[int]] = {}
        self.lock = threading.Lock()
        self.stopped = threading.Event()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, state: FileServer, **named: Any) -> None:
        self.state = state
        super().__init__(*arguments, **named)

    def do_GET(self) -> None:
        with self.state.lock:
            self.state.requests[self.path] += 1
            status = self.state.failures.get(self.path, []).pop(0) if self.state.failures.get(self.path) else None
        if status is None and self.state.ranges and "Range" in self.headers:
            self._send_range(*map(int, self.headers["Range"].removeprefix("bytes=").split("-")))
        elif status is None:
            super().do_GET()
        elif status == STALLED:
            self.state.stopped.wait()
            self.close_connection = True
        elif status == 0:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        else:
            self.send_error(status)

    def _send_range(self, first: int, last: int) -> None:
        data = Path(self.translate_path(self.path)).read_bytes()
        part = data[first : last + 1]
        with self.state.lock:
            self.state.sent[self.path] += len(part)
        self.send_response(206)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(data)}")
        self.end_headers()
        self.wfile.write(part)

    def do_HEAD(self) -> None:
        with self.state.lock:
            self.state.requests[f"HEAD {self.path}"] += 1
        super().do_HEAD()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[FileServer]:
    """Serve a folder, with index pages, inside the block."""
    state = FileServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder), state=state))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
