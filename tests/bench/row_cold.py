"""The same clip from the start of a process to its end."""

from __future__ import annotations

import subprocess
import sys

from analysis.commands.arguments import EXIT_CLEAR, EXIT_MANIPULATED, EXIT_NOT_JUDGED
from tests.bench.clips import ROOT, clip
from tests.bench.measure import Comparison, Measured, in_turn

_VERDICTS = {EXIT_CLEAR, EXIT_MANIPULATED, EXIT_NOT_JUDGED}


def measure(runs: int) -> list[Comparison]:
    path = str(clip())
    ours = Measured("python -m analysis check")
    old = Measured("the old recipe, InceptionV3 at 299 px")

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", *arguments, path],
            cwd=ROOT,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode not in _VERDICTS:
            raise SystemExit(f"{arguments} ended with {done.returncode}")

    in_turn(
        runs,
        (ours, lambda: run("analysis", "check")),
        (old, lambda: run("tests.bench.old_recipe")),
    )
    return [Comparison("cold", ours, old, "other / ours")]
