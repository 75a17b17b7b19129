"""What a training step frees is still there for the next one."""

from __future__ import annotations

import subprocess
import sys

import pytest

HELD_BY_FREED = """
import os, sys, numpy as np
from pathlib import Path
from analysis.training.kept_memory import keep_freed_memory

def held_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

if sys.argv[1] == "keep" and not keep_freed_memory():
    print("not here")
    sys.exit()
before = held_mb()
buffer = np.ones(200_000_000, np.uint8)
assert held_mb() > before + 150
del buffer
print(held_mb() - before)
"""


def held_by_freed(way: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", HELD_BY_FREED, way], capture_output=True, text=True, check=True
    )
    if "not here" in done.stdout:
        pytest.skip("this C library is not glibc")
    return float(done.stdout)


def test_freed_memory_is_kept_where_it_was_given_back() -> None:
    assert held_by_freed("plain") < 50
    assert held_by_freed("keep") > 150
