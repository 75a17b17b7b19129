"""What a larger picture costs: the same ten seconds in 360, 720, 1080 and 2160 lines."""

from __future__ import annotations

from functools import partial

from tests.bench.clips import with_lines
from tests.bench.measure import Comparison, Measured, in_turn
from tests.bench.warm import warm_check

_LINES = (360, 720, 1080, 2160)


def measure(runs: int) -> list[Comparison]:
    check = warm_check()
    costs = {lines: Measured(f"{lines} lines") for lines in _LINES}
    clips = {lines: with_lines(lines) for lines in _LINES}
    for clip in clips.values():
        check(clip)
    in_turn(runs, *((costs[lines], partial(check, clips[lines])) for lines in _LINES))
    return [
        Comparison("resolution" if lines == 2160 else f"resolution, {lines}", costs[lines],
                   costs[720], "ours / other")
        for lines in (2160, 1080, 360)
    ]  # fmt: skip
