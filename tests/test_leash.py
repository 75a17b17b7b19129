"""A run that is killed leaves no server and no worker behind."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

RUN = """
import sys, time
from tests import leash
process = leash.start(["bash", "-c", "sleep 1000 & echo $! > $0; wait", sys.argv[1]])
print(process.pid, flush=True)
if sys.argv[2] == "ends":
    sys.exit()
time.sleep(1000)
"""


@pytest.mark.parametrize("how", ["is killed", "ends"])
def test_what_a_run_has_started_ends_with_it(how: str, tmp_path: Path) -> None:
    told = tmp_path / "grandchild"
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, told, how],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    child = int(run.stdout.readline())
    _until(lambda: told.exists() and told.read_text().strip() != "")
    grandchild = int(told.read_text())
    if how == "is killed":
        assert _runs(child) and _runs(grandchild)
        run.kill()
    run.wait()
    _until(lambda: not _runs(child) and not _runs(grandchild))


def _runs(pid: int) -> bool:
    """A zombie that nobody has waited for yet runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
