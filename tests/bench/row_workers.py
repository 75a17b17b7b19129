"""Checks a minute by one to four workers, each with one thread and pinned to one core.

More workers than cores share them. They start together; the last to end stops the clock. Deployed
ones are not given cores, so two that the system places are held against two that have one each.
"""

from __future__ import annotations

import os
import time

from tests.bench.clips import clip
from tests.bench.measure import Comparison, Measured
from tests.bench.worker import Worker

_CHECKS_EACH = 5
_MOST_WORKERS = 4


def measure(runs: int) -> list[Comparison]:
    cores = sorted(os.sched_getaffinity(0))
    crowds = {
        count: Measured(f"{count} worker{'s' if count > 1 else ''}", "checks_per_minute")
        for count in range(1, _MOST_WORKERS + 1)
    }
    placed = Measured("two workers placed by the system", "checks_per_minute")
    given = Measured("two workers with a core each", "checks_per_minute", crowds[2].values)
    for _ in range(runs):
        for count, measured in crowds.items():
            measured.values.append(_checks_per_minute(count, cores))
        placed.values.append(_checks_per_minute(2, []))
    one = crowds[1]
    wanted = {2: "at least 1.6"} if len(cores) > 1 else {}
    return [
        Comparison("workers" if count == 2 else f"workers, {count}", crowds[count], one,
                   "ours / other", wanted.get(count, ""))
        for count in range(2, _MOST_WORKERS + 1)
    ] + [Comparison("placing", placed, given, "ours / other", "at least 0.9")]  # fmt: skip


def _checks_per_minute(count: int, cores: list[int]) -> float:
    workers = [
        Worker(str(clip()), "--threads", "1", "--checks", str(_CHECKS_EACH),
               *(("--core", str(cores[number % len(cores)])) if cores else ()))
        for number in range(count)
    ]  # fmt: skip
    began_at = time.perf_counter()
    for worker in workers:
        worker.go()
    for worker in workers:
        worker.costs()
    return count * _CHECKS_EACH * 60 / (time.perf_counter() - began_at)
