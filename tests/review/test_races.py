"""The same races on SQLite and on PostgreSQL, each on a real server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@pytest.fixture
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, reached through a socket; it refuses to run as root."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("no PostgreSQL on this machine")
    place = tmp_path_factory.mktemp("pg")
    user = "nobody" if os.getuid() == 0 else None
    if user is not None:
        shutil.chown(place, user)
        for folder in place.parents[:2]:
            folder.chmod(0o755)

    def run(*command: str) -> None:  # its server keeps the pipe open, so nothing is captured
        subprocess.run(command, user=user, cwd=place, stdout=subprocess.DEVNULL, check=True)

    data = str(place / "data")
    run(initdb, "-D", data, "-U", "review", "-A", "trust", "-N")
    options = f"-c listen_addresses='' -c unix_socket_directories={place} -c fsync=off"
    run(pg_ctl, "-D", data, "-w", "-o", options, "-l", str(place / "log"), "start")
    try:
        yield f"postgres://review@/postgres?host={place}"
    finally:
        run(pg_ctl, "-D", data, "-m", "immediate", "stop")


def run_races(database_url: str = "") -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.review.races"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.review.race_settings",
            "RACE_DATABASE_URL": database_url,
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert told.stdout.strip().endswith("whole"), told.stdout + told.stderr[-4000:]


def test_on_sqlite_nobody_gets_what_another_has() -> None:
    run_races()


@pytest.mark.postgres
def test_on_postgresql_nobody_gets_what_another_has(postgres: str) -> None:
    run_races(postgres)
