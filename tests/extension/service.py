"""The whole service as `make run` starts it: real API, real workers, the real model."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests import leash

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 120.0


class Service:
    def __init__(self, folder: Path, *, may_fetch_from: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._out = folder / "out"
        with self._out.open("w") as out:
            self._process = leash.start(
                ["docker/embedded.sh"],
                cwd=ROOT,
                env={
                    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                    "HOME": str(folder),
                    "VAR_DIR": str(folder / "var"),
                    "PORT": str(self.port),
                    "FETCH_ALLOWED_PRIVATE": may_fetch_from,
                    "THREADS": "2",
                },
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.url = self._address()

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def said(self) -> str:
        return self._out.read_text()

    def _address(self) -> str:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and self._process.poll() is None:
            found = re.search(r"is ready: +(\S+)", self.said())
            if found:
                return found.group(1).rstrip("/")
            time.sleep(0.2)
        self.stop()
        raise AssertionError(self.said())
