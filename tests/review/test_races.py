"""The same races on SQLite and on PostgreSQL, each on a real server of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import postgres_server, programs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def postgres() -> Iterator[str]:
    if programs() is None:
        pytest.skip("no PostgreSQL on this machine")
    with postgres_server() as url:
        yield url


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
