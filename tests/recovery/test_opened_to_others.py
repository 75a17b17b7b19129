"""``make run`` at an address for others, on a machine that has a proxy: it starts there too."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from tests import leash
from tests.recovery.service import ROOT, Service, wait_until


def test_it_finds_out_that_it_is_ready(tmp_path: Path) -> None:
    toy, out = Service(tmp_path, redis=False, database=None), tmp_path / "out"
    address = f"127.0.0.2:{toy.port}"
    settings = {
        "BIND": address,
        "PUBLIC_URL": f"http://{address}",
        "ALLOWED_HOSTS": "127.0.0.2",
        "http_proxy": "http://127.0.0.1:9",  # where nobody listens
    }
    with out.open("w") as file:
        process = leash.start(
            ["docker/embedded.sh"],
            cwd=ROOT,
            env=toy.environment | settings,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(
            lambda: f"is ready:  http://{address}" in out.read_text(),
            "the service says that it is ready",
            out.read_text,
        )
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
