"""Checks a minute by one to four workers of one thread each, placed by the system as deployed ones.

More workers than cores share them. They start together; the last to end stops the clock.
"""

from __future__ import annotations

import time

from analysis.models.bundles import usable_cores
from tests.bench.clips import clip
from tests.bench.measure import Comparison, Measured
from tests.bench.worker import Worker

_CHECKS_EACH = 5
_MOST_WORKERS = 4


def measure(runs: int) -> list[Comparison]:
    crowds = {
        count: Measured(f"{count} worker{'s' if count > 1 else ''}", "checks_per_minute")
        for count in range(1, _MOST_WORKERS + 1)
    }
    for _ in range(runs):
        for count, measured in crowds.items():
            measured.values.append(_checks_per_minute(count))
    one = crowds[1]
    wanted = {2: "at least 1.6"} if usable_cores() > 1 else {}
    return [
        Comparison("workers" if count == 2 else f"workers, {count}", crowds[count], one,
                   "ours / other", wanted.get(count, ""))
        for count in range(2, _MOST_WORKERS + 1)
    ]  # fmt: skip


def _checks_per_minute(count: int) -> float:
    workers = [
        Worker(str(clip()), "--threads", "1", "--checks", str(_CHECKS_EACH)) for _ in range(count)
    ]
    began_at = time.perf_counter()
    for worker in workers:
        worker.go()
    for worker in workers:
        worker.costs()
    return count * _CHECKS_EACH * 60 / (time.perf_counter() - began_at)
