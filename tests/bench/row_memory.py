"""Resident memory of the service after its first checks, beside that of the old recipe.

Proportional: what processes share is counted once, in parts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import leash
from tests.bench.clips import ROOT, clip
from tests.bench.measure import Comparison, Measured
from tests.bench.service import serving, started

_OLD = """
import sys
from pathlib import Path
from tests.bench.old_recipe import OldRecipe
OldRecipe().check(Path(sys.argv[1]))
print(flush=True)
sys.stdin.readline()
"""
_PARTS = {
    "web": "gunicorn",
    "fetch worker": "fetch",
    "analyse worker": "analyse",
    "housekeeping worker": "housekeeping",
}
_WEB_LIMIT_MB = 150


def measure(runs: int) -> list[Comparison]:
    parts = {name: Measured(f"all of the {name}", "resident_mb") for name in _PARTS}
    largest = Measured("the web's largest process", "resident_mb")
    limit = Measured("what it may have", "resident_mb", [_WEB_LIMIT_MB])
    old = Measured("the old recipe, loaded", "resident_mb", [_old_recipe_mb()])
    with serving(clip().parent) as site, started(may_fetch_from=site) as service:
        for number in range(runs):
            service.check(f"http://{site}/{clip().name}?{number}")
            for name, measured in parts.items():
                measured.values.append(sum(map(_proportional_mb, _processes(service.group, name))))
            web = _processes(service.group, "web")
            largest.values.append(max(map(_resident_mb, web)))
            for process in web:
                _refuse_tensorflow(process)
    return [
        Comparison("memory, web", largest, limit, "ours / other", "at most 1"),
        *(Comparison(f"memory, {measured.what}", measured, old, "other / ours")
          for name, measured in parts.items()),
    ]  # fmt: skip


def _processes(group: int, part: str) -> list[int]:
    """The processes of one part, found by what their command line says, and all that they began."""
    everybody = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    found = [process for process in everybody if _is_of(process, group, part)]
    if not found:
        raise SystemExit(f"no process of the {part}")
    for process in found:  # it grows on the way
        found += [one for one in everybody if _parent(one) == process and one not in found]
    return found


def _is_of(process: int, group: int, part: str) -> bool:
    try:
        if os.getpgid(process) != group and os.getsid(process) != group:
            return False
        command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    words = [word.decode(errors="replace") for word in command]
    return "python" in words[0] and _PARTS[part] in words


def _parent(process: int) -> int | None:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _proportional_mb(process: int) -> float:
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit("this kernel does not say how memory is shared")


def _resident_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _refuse_tensorflow(process: int) -> None:
    if "tensorflow" in Path(f"/proc/{process}/maps").read_text():
        raise SystemExit("TensorFlow is in the web process")


def _old_recipe_mb() -> float:
    process = leash.start(
        [sys.executable, "-c", _OLD, str(clip())],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    process.stdout.readline()
    try:
        return _resident_mb(process.pid)
    finally:
        process.communicate(b"\n")
