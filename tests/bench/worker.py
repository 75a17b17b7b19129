"""A process that checks one video, in the way a worker does, and says what it cost.

    python -m tests.bench.worker VIDEO --threads 1 --checks 3 [--core 0]

It loads the bundle and checks the short clip once, says ``ready``, waits for a line on its standard
input, makes its checks, and ends with one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from analysis.sandbox import nursery
from tests import leash
from tests.bench.clips import ROOT, clip
from tests.bench.measure import cpu_s


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("video", type=Path)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--checks", type=int, default=1)
    parser.add_argument("--core", type=int)
    given = parser.parse_args()
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    # Imported on the right core: libraries count the cores when they start.
    from analysis.check_video import check_video
    from analysis.models.bundles import DEFAULT_BUNDLE, load_bundle

    bundle = load_bundle(DEFAULT_BUNDLE, threads=given.threads)

    def check(path: Path) -> None:
        with tempfile.TemporaryDirectory() as evidence:
            check_video(path, bundle=bundle, evidence=Path(evidence))

    check(clip())
    print("ready", flush=True)
    sys.stdin.readline()
    began_at, cpu_before = time.perf_counter(), cpu_s()
    for _ in range(given.checks):
        check(given.video)
    print(
        json.dumps(
            {
                "wall_s": time.perf_counter() - began_at,
                "cpu_s": cpu_s() - cpu_before,
                "peak_mb": _peak_mb(resource.RUSAGE_SELF) + nursery.used.peak_bytes / 1e6,
            }
        )
    )


def _peak_mb(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss * 1024 / 1e6


class Worker:
    """The caller's side."""

    def __init__(self, *arguments: str) -> None:
        self._process = leash.start(
            [sys.executable, "-m", "tests.bench.worker", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout.readline().strip() != "ready":
            raise SystemExit("a worker did not start")

    def go(self) -> None:
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def costs(self) -> dict[str, Any]:
        out, _ = self._process.communicate()
        if self._process.returncode:
            raise SystemExit("a worker broke")
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
        return found


if __name__ == "__main__":
    main()
