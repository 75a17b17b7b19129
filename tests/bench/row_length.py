"""What a longer video costs: ten minutes and an hour beside one minute, time and peak memory.

Memory is that of the process and of its decoding child together, each at its own peak.
"""

from __future__ import annotations

from tests.bench.clips import repeated
from tests.bench.measure import Comparison, Measured
from tests.bench.worker import Worker

_MINUTES = (1, 10, 60)


def measure(runs: int) -> list[Comparison]:
    time = {minutes: Measured(f"{minutes} min") for minutes in _MINUTES}
    memory = {minutes: Measured(f"{minutes} min", "peak_mb") for minutes in _MINUTES}
    for _ in range(runs):
        for minutes in _MINUTES:
            worker = Worker(str(repeated(minutes)))
            worker.go()
            costs = worker.costs()
            time[minutes].values.append(costs["wall_s"])
            time[minutes].cpu_s.append(costs["cpu_s"])
            memory[minutes].values.append(costs["peak_mb"])
    return [
        Comparison("length, an hour", time[60], time[1], "ours / other", "at most 3"),
        Comparison("length, ten minutes", time[10], time[1], "ours / other"),
        Comparison("length, memory of an hour", memory[60], memory[1], "ours / other",
                   "at most 1.1"),
    ]  # fmt: skip
