"""Python's hook holds by itself, where the kernel gives nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.sandbox.attempts import REFUSED

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys
from pathlib import Path
from analysis.sandbox import wall
from tests.sandbox import attempts
import ctypes, socket, subprocess, tempfile
folder, outside = sys.argv[1:3]
readable = [Path(path) for path in (sys.prefix, sys.base_prefix, "/usr", "analysis", "tests")]
wall.build_wall(readable=[path.resolve() for path in readable], folder=Path(folder))
for name in sys.argv[3:]:
    try:
        getattr(attempts, name)({"folder": folder, "outside": outside, "port": 9}, None)
        print(name, "done")
    except PermissionError as error:
        print(name, "refused" if "sandbox" in str(error) else error)
"""


def test_the_hook_refuses_without_the_kernels_help(folder: Path, outside: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), str(outside), *REFUSED, "write_inside"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    seen = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert seen == {**dict.fromkeys(REFUSED, "refused"), "write_inside": "done"}
    assert (outside / "kept").read_text() == "kept"
