"""Processes that end with the test run, however it ends: a run that is killed cannot tidy up.

A small program of our own holds the other end of a pipe. When the run is gone, for whatever reason,
it reads the end of the pipe and kills what was put on the leash, with all that that has started.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import Any

_HOLD = """
import os, signal, sys
groups = [int(line) for line in sys.stdin]
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
"""


def start(command: list[Any], **options: Any) -> subprocess.Popen[Any]:
    """As ``subprocess.Popen``, in a group of its own."""
    holder = _holder()
    assert holder.stdin is not None
    process = subprocess.Popen(command, start_new_session=True, **options)
    holder.stdin.write(f"{process.pid}\n")
    holder.stdin.flush()
    return process


@functools.cache
def _holder() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _HOLD],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
