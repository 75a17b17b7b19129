"""The same code on the database of a deployment: what races and locks, again on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import postgres_server, programs

HERE = Path(__file__).parent


@pytest.mark.postgres
@pytest.mark.skipif(programs() is None, reason="no PostgreSQL server on this machine")
def test_the_job_is_the_same_on_postgresql() -> None:
    files = ["submit", "lifecycle", "run_check", "state_machine", "housekeeping", "overrides"]
    with postgres_server() as url:
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0"),
                *(str(HERE / f"test_{name}.py") for name in files),
            ],
            cwd=HERE.parents[1],
            env={**os.environ, "TESTS_DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout[-5000:]
