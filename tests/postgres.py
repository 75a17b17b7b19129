"""A PostgreSQL server of one's own, thrown away afterwards. It refuses to run as root, so there it
runs as nobody."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import leash


def programs() -> Path | None:
    """The folder of the newest server on this machine."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("postgres")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """Its URL, for ``DATABASE_URL``."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    somebody: dict[str, Any] = {}
    if os.geteuid() == 0:
        somebody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        shutil.chown(folder, "nobody", "nogroup")
    here = programs()
    assert here is not None
    data = folder / "data"
    subprocess.run(
        [here / "initdb", "-D", data, "-U", "checker", "-A", "trust", "-E", "UTF8", "--no-sync"],
        cwd=folder,
        check=True,
        capture_output=True,
        **somebody,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = (
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
    )
    server = leash.start(
        [here / "postgres", "-D", data, *options.split()],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **somebody,
    )
    try:
        for _ in range(600):
            ready = subprocess.run(
                [here / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
            )
            if ready.returncode == 0:
                break
            assert server.poll() is None, "PostgreSQL ended at once"
            time.sleep(0.1)
        yield f"postgres://checker@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
