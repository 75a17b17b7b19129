"""The same clip from the start of a process to its end."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.clips import ROOT, clip
from tests.bench.measure import Comparison, Measured, in_turn


def measure(runs: int) -> list[Comparison]:
    path = str(clip())
    ours = Measured("python -m analysis check")
    old = Measured("the old recipe, InceptionV3 at 299 px")

    def run(*arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", *arguments, path],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    in_turn(
        runs,
        (ours, lambda: run("analysis", "check")),
        (old, lambda: run("tests.bench.old_recipe")),
    )
    return [Comparison("cold", ours, old, "other / ours")]
