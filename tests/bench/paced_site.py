"""A site in a process of its own, so that who downloads does not share an interpreter with it.

    python -m tests.bench.paced_site FILE

Serves the file at ``/<megabits a second>/video.mp4``, 0 being as fast as it can, prints its port,
and answers ``/took`` with the seconds for which it was busy with the last download.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.bench.clips import ROOT

_PIECE_S = 0.01


class _Site(BaseHTTPRequestHandler):
    body = b""
    took_s = 0.0

    def do_GET(self) -> None:
        if self.path == "/took":
            return self._answer(repr(_Site.took_s).encode())
        began_at = time.perf_counter()
        self._answer(self.body, megabits_per_s=int(self.path.split("/")[1]))
        _Site.took_s = time.perf_counter() - began_at
        return None

    def _answer(self, body: bytes, *, megabits_per_s: int = 0) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not megabits_per_s:
            self.wfile.write(body)
            return
        began_at = time.perf_counter()
        bytes_per_s = megabits_per_s * 1e6 / 8
        piece = round(bytes_per_s * _PIECE_S)
        for start in range(0, len(body), piece):
            self.wfile.write(body[start : start + piece])
            ahead_s = (start + piece) / bytes_per_s - (time.perf_counter() - began_at)
            time.sleep(max(0.0, ahead_s))

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving(file: Path) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.paced_site", str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def took_s(port: int) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/took") as answer:
        return float(answer.read())


if __name__ == "__main__":
    _Site.body = Path(sys.argv[1]).read_bytes()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
