"""The whole service on this machine, as ``make run`` starts it, for the rows that ask it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests import leash
from tests.bench.clips import ROOT

_READY_WITHIN_S = 300.0
_DONE_WITHIN_S = 300.0
_UNDER_WAY = {"queued", "fetching", "analysing"}


class Service:
    """``group`` is the process group of everything that it started."""

    def __init__(self, address: str, group: int) -> None:
        self.address = address
        self.group = group

    def check(self, url: str) -> dict[str, Any]:
        """Ask for a check and wait until it is done."""
        check = self._answer(
            urllib.request.Request(
                f"{self.address}/api/v1/checks",
                data=json.dumps({"url": url}).encode(),
                headers={"Content-Type": "application/json"},
            )
        )
        until = time.monotonic() + _DONE_WITHIN_S
        while check["state"] in _UNDER_WAY and time.monotonic() < until:
            check = self._answer(f"{check['links']['self']}?wait=20")
        if check["state"] != "done":
            raise SystemExit(f"{url}: {check['state']} {check.get('problem')}")
        return check

    def _answer(self, request: urllib.request.Request | str) -> dict[str, Any]:
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A site with the files of one folder; whatever follows a ``?`` makes another address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def started(*, may_fetch_from: str) -> Iterator[Service]:
    with tempfile.TemporaryDirectory(prefix="deepfake-check-bench-") as name:
        folder, said = Path(name), Path(name) / "said"
        with said.open("w") as out:
            process = leash.start(
                ["docker/embedded.sh"],
                cwd=ROOT,
                env={
                    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                    "HOME": name,
                    "VAR_DIR": str(folder / "var"),
                    "PORT": str(_free_port()),
                    "FETCH_ALLOWED_PRIVATE": may_fetch_from,
                    # The benchmark is one impatient client.
                    "ASKS_PER_MINUTE": "100000",
                    "READS_PER_MINUTE": "100000",
                },
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Service(_address(process, said), process.pid)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"is ready: +(\S+)", said.read_text())
        if found:
            return found.group(1).rstrip("/")
        time.sleep(0.2)
    raise SystemExit(said.read_text())


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
